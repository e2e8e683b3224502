package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestSearchLooksThroughTheCallersRooms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shared, own := w.room("bob"), w.room()
	for i := range 3 {
		w.send("ann", shared, fmt.Sprintf("Apple pie %d", i))
	}
	w.send("ann", own, "an APPLE alone")
	w.send("ann", own, "100% sure_thing")

	find := func(user, body string) wire.ChatSearchPage {
		return do[wire.ChatSearchPage](w, user, "POST /chat/messages/search", body, 200)
	}
	require.Len(t, find("ann", `{"query":"apple"}`).Items, 4)
	require.Len(t, find("bob", `{"query":"apple"}`).Items, 3, "not in rooms of others")
	require.Empty(t, find("zoe", `{"query":"apple"}`).Items)
	require.Len(t, find("ann", `{"query":"0% s"}`).Items, 1, "pattern characters mean themselves")
	require.Empty(t, find("ann", `{"query":"p_e"}`).Items)
	require.Len(t, find("ann", at(`{"query":"apple","room_id":"%s"}`, own)).Items, 1)
	w.refused("bob", "POST /chat/messages/search", at(`{"query":"apple","room_id":"%s"}`, own), 403, "not a member")

	page := find("bob", `{"query":"apple","limit":2}`)
	require.Equal(t, "Apple pie 2", *page.Items[0].Message.BodyText, "the newest first")
	rest := find("bob", at(`{"query":"apple","limit":2,"cursor":"%s"}`, *page.NextCursor))
	require.Len(t, rest.Items, 1)
	require.Equal(t, "Apple pie 0", *rest.Items[0].Message.BodyText)
	require.Nil(t, rest.NextCursor)
}

// found gives the texts that a query finds, in the order of the answer.
func (w *world) found(user, query string) []string {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "limit": 100})
	require.NoError(w.t, err)
	texts := []string{}
	for _, hit := range do[wire.ChatSearchPage](w, user, "POST /chat/messages/search", string(body), 200).Items {
		require.Equal(w.t, hit.RoomID, hit.Message.RoomID)
		texts = append(texts, *hit.Message.BodyText)
	}
	return texts
}

func TestSearchReadsWordsPhrasesAndParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room()
	for _, text := range []string{
		"hello wide world", "the world says Hello", "othello", "write to ann.lee@example.com", "see https://example.org/docs/start.html",
		"a well-known trick", "C++ is not C", "<bold> claims", "version 10.21.3", "日本語の文章です", "Straße und ÄPFEL", "don't panic", "party 🎉 time", "„quoted“ – and so on…",
	} {
		w.send("ann", id, text)
	}
	for _, c := range []struct {
		query string
		found []string
	}{
		{"hello", []string{"the world says Hello", "hello wide world"}},
		{"HEL", []string{"the world says Hello", "hello wide world"}},
		{"world hel", []string{"the world says Hello", "hello wide world"}},
		{"hel world", nil}, // only the last word may be unfinished
		{`"wide world"`, []string{"hello wide world"}},
		{`"world wide"`, nil},
		{`"wide wor"`, nil}, // a phrase that is closed is whole
		{`"wide wor`, []string{"hello wide world"}},
		{`"hello wide" wor`, []string{"hello wide world"}},
		{"lo", []string{"othello", "the world says Hello", "hello wide world"}},
		{"hello wi", []string{"hello wide world"}},
		{"example", []string{"see https://example.org/docs/start.html", "write to ann.lee@example.com"}},
		{"ann.lee@exam", []string{"write to ann.lee@example.com"}},
		{"docs/start", []string{"see https://example.org/docs/start.html"}},
		{"known", []string{"a well-known trick"}},
		{"well-known", []string{"a well-known trick"}},
		{"c++", []string{"C++ is not C"}},
		{"bold", []string{"<bold> claims"}},
		{"10.21", []string{"version 10.21.3"}},
		{"文章", []string{"日本語の文章です"}},
		{"ÄPF", []string{"Straße und ÄPFEL"}},
		{"don't", []string{"don't panic"}},
		{"🎉", []string{"party 🎉 time"}},
		{"quoted and", []string{"„quoted“ – and so on…"}},
		{`"so on"`, []string{"„quoted“ – and so on…"}},
		{"party 🎉", []string{"party 🎉 time"}},
		{`""`, nil},
		{`"`, nil},
		{`hello & !world | :* \\ ' ( <->`, nil},
		{`hello'`, []string{"the world says Hello", "hello wide world"}},
		{`hello:*`, []string{"the world says Hello", "hello wide world"}},
		{`hello\\`, []string{"the world says Hello", "hello wide world"}},
		{`%`, nil},
		{`\`, nil},
		{strings.Repeat(`word "p q r" x `, 60), nil},
	} {
		require.ElementsMatch(t, c.found, w.found("ann", c.query), c.query)
	}
}

func TestTheBestHitComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	w.send("ann", id, "tea tea tea and more tea")
	for i := range 5 {
		w.send("ann", id, fmt.Sprintf("tea number %d", i))
	}
	want := []string{"tea tea tea and more tea", "tea number 4", "tea number 3", "tea number 2", "tea number 1", "tea number 0"}
	require.Equal(t, want, w.found("bob", "tea"))

	var got []string
	for cursor := ""; ; {
		page := do[wire.ChatSearchPage](w, "bob", "POST /chat/messages/search", at(`{"query":"tea","limit":2,"cursor":"%s"}`, cursor), 200)
		for _, hit := range page.Items {
			got = append(got, *hit.Message.BodyText)
		}
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	require.Equal(t, want, got, "pages neither repeat nor leave out")
}

func TestSearchFollowsEditsDeletionsAndMembership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	m := w.send("bob", id, "first words")
	message := at("/chat/rooms/%s/messages/%s", id, m.ID)
	do[wire.Success[wire.ChatMessage]](w, "bob", "PATCH "+message, `{"body_text":"second thoughts"}`, 200)
	both := func(user string, found ...string) {
		t.Helper()
		require.ElementsMatch(t, found, w.found(user, "thought"))
		require.ElementsMatch(t, found, w.found(user, "nd"), "within words")
	}
	require.Empty(t, w.found("bob", "first"))
	both("bob", "second thoughts")
	both("zoe")

	_, err := w.db.Exec(t.Context(), "UPDATE athena.chat_rooms SET organization_id = 'other'")
	require.NoError(t, err)
	both("bob")
	_, err = w.db.Exec(t.Context(), "UPDATE athena.chat_rooms SET organization_id = 'org'")
	require.NoError(t, err)

	do[json.RawMessage](w, "bob", at("DELETE /chat/rooms/%s/members/bob", id), "", 200)
	both("bob")
	both("ann", "second thoughts")
	do[wire.DeletedChatMessage](w, "ann", "DELETE "+message, "", 200)
	both("ann")
}

func TestSearchRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const op = "POST /chat/messages/search"
	w.refused("ann", op, `{"query":"a\u0000b"}`, 400, "")
	w.refused("ann", op, at(`{"query":"%s"}`, strings.Repeat("x", 1001)), 400, "query")
	w.refused("ann", op, at(`{"query":"x","room_id":"%s"}`, uuid.New()), 404, "was not found")
}

func TestWordsAreLookedUpInTheIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.db.Exec(t.Context(), `
		INSERT INTO athena.chat_messages (id, room_id, room_seq, sender_id, body_text, created_at)
		SELECT gen_random_uuid(), gen_random_uuid(), 1, 'ann', 'word' || n, now()
		  FROM generate_series(1, 20000) AS n;
		ANALYZE athena.chat_messages`)
	require.NoError(t, err)
	rows, err := w.db.Query(t.Context(), `
		EXPLAIN SELECT id FROM athena.chat_messages
		 WHERE deleted_at IS NULL AND body_text IS NOT NULL AND athena.chat_words(body_text) @@ (SELECT 'word7'::tsquery)`)
	require.NoError(t, err)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Contains(t, strings.Join(plan, "\n"), "chat_messages_words")
}
