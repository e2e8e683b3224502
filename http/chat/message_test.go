package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// numbers sends from many users at once and gives the numbers of the answers.
func (w *world) numbers(room uuid.UUID, senders []string, each int) []int64 {
	w.t.Helper()
	var mu sync.Mutex
	var all []int64
	var wg sync.WaitGroup
	for _, user := range senders {
		wg.Go(func() {
			last := int64(0)
			for i := range each {
				m := w.send(user, room, fmt.Sprintf("%s %d", user, i))
				if !(m.RoomSeq > last) {
					w.t.Errorf("%s: %d after %d", user, m.RoomSeq, last)
				}
				last = m.RoomSeq
				mu.Lock()
				all = append(all, last)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	return all
}

func users(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("user%02d", i)
	}
	return list
}

func upTo(n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(i + 1)
	}
	return list
}

func TestSendersAreNumberedWithoutAGap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ senders, each int }{{8, 25}, {64, 8}} {
		t.Run(fmt.Sprint(c.senders), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.room(users(c.senders)...)
			total := c.senders * c.each
			require.Equal(t, upTo(total), w.numbers(id, users(c.senders), c.each))

			var created []int64
			for _, e := range w.events(id)[1:] {
				require.Equal(t, wire.EventMessageCreated, e.Type)
				require.Equal(t, *e.RoomSeq, e.Message.RoomSeq)
				created = append(created, *e.RoomSeq)
			}
			require.Equal(t, upTo(total), created, "the order of events is the order of numbers")
			room := do[wire.ChatRoom](w, "ann", at("GET /chat/rooms/%s", id), "", 200)
			require.EqualValues(t, total, room.LastMessageSeq)
		})
	}
}

func TestMessageComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	first := w.send("bob", id, "first")
	body := `{"client_message_id":"c1","body_text":"zwölf \"Boxkämpfer\"","body_json":{"a":[1,2]},"metadata_json":{"k":null},"reply_to_message_id":"` + first.ID.String() + `"}`
	sent := do[wire.Success[wire.ChatMessage]](w, "ann", at("POST /chat/rooms/%s/messages", id), body, 201)
	require.Equal(t, "success", sent.Status)
	m := sent.Data
	require.Equal(t, `zwölf "Boxkämpfer"`, *m.BodyText)
	require.JSONEq(t, `{"a":[1,2]}`, string(m.BodyJSON))
	require.JSONEq(t, `{"k":null}`, string(m.MetadataJSON))
	require.Equal(t, first.ID, *m.ReplyToMessageID)
	require.EqualValues(t, 2, m.RoomSeq)

	read := w.history("bob", id, "").Items
	require.Len(t, read, 2)
	require.JSONEq(t, string(m.BodyJSON), string(read[1].BodyJSON))
	require.WithinDuration(t, m.CreatedAt, read[1].CreatedAt, 0)
	read[1].BodyJSON, read[1].MetadataJSON, read[1].CreatedAt = m.BodyJSON, m.MetadataJSON, m.CreatedAt
	require.Equal(t, m, read[1])
}

func TestRepeatedMessageIsStoredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	op := at("POST /chat/rooms/%s/messages", id)
	const body = `{"client_message_id":"c1","body_text":"once","body_json":{"a":1,"b":2}}`
	var wg sync.WaitGroup
	answers := make([]wire.ChatMessage, 20)
	for i := range answers {
		wg.Go(func() { answers[i] = do[wire.Success[wire.ChatMessage]](w, "ann", op, body, 201).Data })
	}
	wg.Wait()
	for _, m := range answers {
		require.Equal(t, answers[0].ID, m.ID)
		require.EqualValues(t, 1, m.RoomSeq)
	}
	reordered := do[wire.Success[wire.ChatMessage]](w, "ann", op, `{"body_json":{"b":2,"a":1},"body_text":"once","client_message_id":"c1"}`, 201)
	require.Equal(t, answers[0].ID, reordered.Data.ID, "the order of keys is no difference")

	w.refused("ann", op, `{"client_message_id":"c1","body_text":"twice"}`, 409, "client_message_id")
	other := do[wire.Success[wire.ChatMessage]](w, "bob", op, body, 201).Data
	require.EqualValues(t, 2, other.RoomSeq, "another sender's ids are their own, and repeats take no number")
	require.Len(t, w.events(id), 3, "a repeat makes no event")

	do[wire.ChatRoom](w, "ann", at("POST /chat/rooms/%s/archive", id), "", 200)
	again := do[wire.Success[wire.ChatMessage]](w, "ann", op, body, 201).Data
	require.Equal(t, answers[0].ID, again.ID, "also after the room was archived")
	w.refused("ann", op, `{"body_text":"late"}`, 409, "archived")
}

func TestHistoryPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room()
	for range 7 {
		w.send("ann", id, "x")
	}
	for _, c := range []struct {
		query         string
		want          []int64
		before, after int64
	}{
		{"", upTo(7), 0, 0},
		{"?limit=3", []int64{5, 6, 7}, 5, 0},
		{"?limit=3&before_seq=5", []int64{2, 3, 4}, 2, 0},
		{"?limit=3&before_seq=2", []int64{1}, 0, 0},
		{"?limit=3&after_seq=0", []int64{1, 2, 3}, 0, 3},
		{"?limit=3&after_seq=5", []int64{6, 7}, 0, 0},
		{"?after_seq=2&before_seq=5", []int64{3, 4}, 0, 0},
		{"?after_seq=7", nil, 0, 0},
		{"?limit=1000", upTo(7), 0, 0},
	} {
		t.Run(c.query, func(t *testing.T) {
			page := w.history("ann", id, c.query)
			var got []int64
			for _, m := range page.Items {
				got = append(got, m.RoomSeq)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.before, value(page.NextBeforeSeq))
			require.Equal(t, c.after, value(page.NextAfterSeq))
		})
	}
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func TestEditChangesAMessageOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	m := w.send("bob", id, "old")
	w.send("ann", id, "newer")
	n := len(w.events(id))
	op := at("PATCH /chat/rooms/%s/messages/%s", id, m.ID)

	edited := do[wire.ChatMessage](w, "bob", op, `{"body_text":"new","metadata_json":{"v":2}}`, 200)
	require.Equal(t, "new", *edited.BodyText)
	require.NotNil(t, edited.EditedAt)
	same := do[wire.ChatMessage](w, "bob", op, `{"body_text":"new"}`, 200)
	require.JSONEq(t, `{"v":2}`, string(same.MetadataJSON), "what is left out stays")
	cleared := do[wire.ChatMessage](w, "bob", op, `{"metadata_json":null}`, 200)
	require.Nil(t, cleared.MetadataJSON)

	list, types := w.since(id, n)
	require.Equal(t, "chat.message.updated chat.message.updated", types, "an edit that changes nothing makes no event")
	require.EqualValues(t, 2, *list[0].Seq, "the place of the event is the room's last number")
	require.Nil(t, list[0].RoomSeq)
	require.EqualValues(t, 1, list[0].Message.RoomSeq)

	w.refused("ann", op, `{"body_text":"mine"}`, 403, "sender")
	w.refused("bob", op, `{"body_text":null}`, 400, "empty message")
	w.refused("bob", op, `{}`, 400, "edit needs")
	do[wire.DeletedChatMessage](w, "bob", strings.Replace(op, "PATCH", "DELETE", 1), "", 200)
	w.refused("bob", op, `{"body_text":"back"}`, 409, "deleted")
}

func TestDeletedMessageKeepsItsPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob", "cy")
	m := w.send("bob", id, "secret")
	w.send("bob", id, "stays")
	n := len(w.events(id))
	op := at("DELETE /chat/rooms/%s/messages/%s", id, m.ID)
	w.refused("cy", op, "", 403, "only its sender")
	for range 2 {
		require.Equal(t, wire.DeletedChatMessage{OK: true, MessageID: m.ID}, do[wire.DeletedChatMessage](w, "ann", op, "", 200))
	}
	list, types := w.since(id, n)
	require.Equal(t, "chat.message.deleted", types, "deleting twice is silent")
	require.EqualValues(t, 2, *list[0].Seq)
	require.EqualValues(t, 1, *list[0].MessageSeq)

	items := w.history("bob", id, "").Items
	require.Len(t, items, 2)
	require.NotNil(t, items[0].DeletedAt)
	require.Nil(t, items[0].BodyText)
	require.Empty(t, do[wire.ChatSearchPage](w, "bob", "POST /chat/messages/search", `{"query":"secret"}`, 200).Items)
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	op := at("POST /chat/rooms/%s/messages", id)
	w.refused("ann", op, `{"attachments":[{"file_id":"f1","ordinal":0}]}`, 404, "attachment file not found")

	_, err := w.db.Exec(t.Context(), `
		CREATE TABLE athena.files (id text PRIMARY KEY, organization_id text, file_name text, size_bytes bigint, deleted_at timestamptz);
		INSERT INTO athena.files VALUES ('f1', 'org', 'a.txt', 12, NULL), ('f2', 'other', 'b.txt', 1, NULL), ('f3', 'org', 'c.txt', 1, now())`)
	require.NoError(t, err)
	for _, file := range []string{"f2", "f3", "f4"} {
		w.refused("ann", op, at(`{"attachments":[{"file_id":"%s","ordinal":0}]}`, file), 404, "attachment file not found")
	}
	const body = `{"client_message_id":"c","attachments":[{"file_id":"f1","ordinal":3}]}`
	sent := do[wire.Success[wire.ChatMessage]](w, "ann", op, body, 201).Data
	read := w.history("bob", id, "").Items[0]
	require.Equal(t, sent.Attachments, read.Attachments)
	require.Equal(t, "a.txt", *read.Attachments[0].FileName)
	require.EqualValues(t, 12, *read.Attachments[0].SizeBytes)
	require.Equal(t, "/storage/files/f1/url", read.Attachments[0].AuthorizedURLPath)
	require.Equal(t, sent.ID, do[wire.Success[wire.ChatMessage]](w, "ann", op, body, 201).Data.ID)
	w.refused("ann", op, `{"client_message_id":"c","body_text":"no file"}`, 409, "client_message_id")
}

func TestOnlyWhoMayReadAFileAttachesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	_, err := w.db.Exec(t.Context(), `
		CREATE TABLE athena.files (id text PRIMARY KEY, organization_id text, uploaded_by_user_id text, visibility text, status text);
		INSERT INTO athena.files VALUES
		       ('anns', 'org', 'ann', 'private', 'available'), ('bobs', 'org', 'bob', 'private', 'available'), ('nobodys', 'org', NULL, 'private', 'available'),
		       ('shared', 'org', 'bob', 'organization', 'available'), ('open', 'org', 'bob', 'public', 'available'), ('old', 'org', 'bob', NULL, NULL),
		       ('gone', 'org', 'ann', 'private', 'soft_deleted'), ('purged', 'org', 'ann', 'organization', 'purged'), ('foreign', 'other', 'ann', 'public', 'available')`)
	require.NoError(t, err)
	op := at("POST /chat/rooms/%s/messages", id)
	body := func(file string) string {
		return at(`{"attachments":[{"file_id":"shared","ordinal":0},{"file_id":"%s","ordinal":1}]}`, file)
	}
	for _, file := range []string{"bobs", "nobodys", "gone", "purged", "foreign"} {
		w.refused("ann", op, body(file), 404, "attachment file not found: "+file)
	}
	require.Empty(t, w.history("bob", id, "").Items)
	for _, file := range []string{"anns", "open", "old"} {
		sent := do[wire.Success[wire.ChatMessage]](w, "ann", op, body(file), 201).Data
		require.Equal(t, file, sent.Attachments[1].FileID)
	}
}
