package chat_test

import (
	"sync"
	"testing"

	"athena/http/apitest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestDirectRoomIsOneForEachPair(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const create, resolve = "POST /chat/rooms", "POST /chat/rooms/direct/resolve"
	var wg sync.WaitGroup
	replies := make([]apitest.Reply, 24)
	for i := range replies {
		wg.Go(func() {
			switch i % 3 {
			case 0:
				replies[i] = w.api.Do(t, create, `{"kind":"dm","member_user_ids":["bob"]}`, apitest.As("acme", "org", "ann")...)
			case 1:
				replies[i] = w.api.Do(t, resolve, `{"participant_user_ids":["ann","bob"]}`, apitest.As("acme", "org", "bob")...)
			case 2:
				replies[i] = w.api.Do(t, resolve, `{"participant_user_ids":["bob","ann"]}`, apitest.As("acme", "org", "ann")...)
			}
		})
	}
	wg.Wait()
	made := 0
	for _, r := range replies {
		require.Contains(t, []int{200, 201}, r.Status, r.Body)
		if r.Status == 201 {
			made++
		}
	}
	require.Equal(t, 1, made, "one made it, the others found it")
	var rooms, events int
	require.NoError(t, w.db.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM athena.chat_rooms), (SELECT count(*) FROM athena.chat_outbox)").Scan(&rooms, &events))
	require.Equal(t, []int{1, 1}, []int{rooms, events})

	reply := w.api.Do(t, resolve, `{"participant_user_ids":["ann","bob"]}`, apitest.As("acme", "other", "ann")...)
	require.Equal(t, 201, reply.Status, "another organization has a room of its own")
}

func TestDirectRoomTakesBackWhoLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const resolve = "POST /chat/rooms/direct/resolve"
	id := do[wire.CreatedChatRoom](w, "ann", resolve, `{"participant_user_ids":["ann","bob"]}`, 201).Data.ID
	w.refused("ann", at("POST /chat/rooms/%s/members", id), `{"user_ids":["cy"]}`, 400, "exactly two")
	w.refused("ann", at("DELETE /chat/rooms/%s/members/bob", id), "", 403, "direct room")
	do[wire.RemovedChatMember](w, "bob", at("DELETE /chat/rooms/%s/members/bob", id), "", 200)
	w.refused("bob", at("GET /chat/rooms/%s", id), "", 403, "not a member")
	n := len(w.events(id))

	require.Equal(t, id, do[wire.CreatedChatRoom](w, "ann", resolve, `{"participant_user_ids":["ann","bob"]}`, 200).Data.ID)
	w.send("bob", id, "back")
	_, types := w.since(id, n)
	require.Equal(t, "chat.members.updated chat.message.created", types)
}

func TestListOfRooms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second, third := w.room("bob"), w.room("bob"), w.room("bob")
	w.send("ann", first, "a")
	w.send("ann", first, "b")
	w.room() // of ann alone
	do[wire.ChatRoom](w, "ann", at("POST /chat/rooms/%s/archive", third), "", 200)
	do[wire.ChatReadCursor](w, "bob", at("POST /chat/rooms/%s/read-cursor", first), `{"seq":1}`, 200)

	list := func(query string) (ids []uuid.UUID) {
		for _, r := range do[wire.ChatRoomPage](w, "bob", "GET /chat/rooms"+query, "", 200).Items {
			ids = append(ids, r.ID)
		}
		return ids
	}
	require.Equal(t, []uuid.UUID{first, second}, list(""), "the latest message first, no archived room")
	require.Equal(t, []uuid.UUID{first, third, second}, list("?include_archived=true"))
	require.Equal(t, []uuid.UUID{second}, list("?limit=1&offset=1"))
	top := do[wire.ChatRoomPage](w, "bob", "GET /chat/rooms?limit=1", "", 200).Items[0]
	require.EqualValues(t, 1, top.UnreadCount)
	require.Equal(t, wire.RoleMember, top.Role)
}

func TestRoomChangesRaiseItsVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	w.send("bob", id, "hi")
	op := at("PATCH /chat/rooms/%s", id)
	renamed := do[wire.ChatRoom](w, "ann", op, `{"title":"New"}`, 200)
	require.Equal(t, "New", *renamed.Title)
	require.EqualValues(t, 2, renamed.Version)
	do[wire.ChatRoom](w, "ann", op, `{"title":"New"}`, 200)
	cleared := do[wire.ChatRoom](w, "ann", op, `{"title":null}`, 200)
	require.Nil(t, cleared.Title)
	do[[]wire.ChatMember](w, "ann", at("POST /chat/rooms/%s/members", id), `{"user_ids":["cy","bob"]}`, 200)
	do[[]wire.ChatMember](w, "ann", at("POST /chat/rooms/%s/members", id), `{"user_ids":["cy","bob"]}`, 200)
	archived := do[wire.ChatRoom](w, "ann", at("POST /chat/rooms/%s/archive", id), "", 200)
	require.NotNil(t, archived.ArchivedAt)
	require.Equal(t, archived, do[wire.ChatRoom](w, "ann", at("POST /chat/rooms/%s/archive", id), "", 200))
	require.EqualValues(t, 5, archived.Version)

	list, types := w.since(id, 2)
	require.Equal(t, "chat.room.updated chat.room.updated chat.members.updated chat.room.archived", types, "what changes nothing is not told")
	require.EqualValues(t, 1, *list[0].Seq)
	require.EqualValues(t, 4, *list[2].Version)
	require.Nil(t, list[2].Seq)
	require.Len(t, list[2].Members, 3)
}

func TestReadCursorOnlyMovesForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	var sent []wire.ChatMessage
	for range 3 {
		sent = append(sent, w.send("ann", id, "x"))
	}
	n := len(w.events(id))
	for _, c := range []struct {
		body string
		want int64
	}{
		{`{"seq":1}`, 1},
		{at(`{"message_id":"%s"}`, sent[1].ID), 2},
		{`{"seq":1}`, 2},
		{`{"seq":99}`, 3},
	} {
		cursor := do[wire.ChatReadCursor](w, "bob", at("POST /chat/rooms/%s/read-cursor", id), c.body, 200)
		require.Equal(t, c.want, cursor.LastReadSeq, c.body)
		require.Equal(t, sent[c.want-1].ID, *cursor.LastReadMessageID)
	}
	list, types := w.since(id, n)
	require.Equal(t, "chat.read.updated chat.read.updated chat.read.updated", types)
	require.Equal(t, "bob", list[2].UserID)
	require.EqualValues(t, 3, *list[2].ReadSeq)
	foreign := w.send("ann", w.room(), "elsewhere")
	w.refused("bob", at("POST /chat/rooms/%s/read-cursor", id), at(`{"message_id":"%s"}`, foreign.ID), 404, "not found")
}

func TestReactionsAreCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room(users(20)...)
	m := w.send("ann", id, "like me")
	op := at("POST /chat/messages/%s/reactions", m.ID)
	var wg sync.WaitGroup
	for _, user := range users(20) {
		for range 2 {
			wg.Go(func() { do[wire.ChatReactionSummary](w, user, op, `{"emoji":"👍🏽"}`, 200) })
		}
	}
	wg.Wait()
	got := do[wire.ChatReactionSummary](w, "ann", op, `{"emoji":"❤️"}`, 200)
	require.Equal(t, []wire.ChatReactionCount{{Emoji: "👍🏽", Count: 20}, {Emoji: "❤️", Count: 1, Reacted: true}}, got.Reactions)
	require.Len(t, w.events(id), 2+21, "a repeat makes no event")

	gone := at("DELETE /chat/messages/%s/reactions/%%E2%%9D%%A4%%EF%%B8%%8F", m.ID)
	require.Len(t, do[wire.ChatReactionSummary](w, "ann", gone, "", 200).Reactions, 1)
	w.refused("ann", gone, "", 404, "not found")
	require.EqualValues(t, 20, w.history("ann", id, "").Items[0].Reactions[0].Count)
}
