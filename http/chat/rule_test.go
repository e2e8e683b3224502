package chat_test

import (
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestTheFounderCannotBeRemovedAndTheLastOwnerCannotLeave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	members := at("/chat/rooms/%s/members", id)
	w.refused("ann", "DELETE "+members+"/ann", "", 403, "without an owner")
	do[[]wire.ChatMember](w, "ann", "POST "+members, `{"user_ids":["bob"],"role":"owner"}`, 200)
	w.refused("bob", "DELETE "+members+"/ann", "", 403, "founding owner")
	do[wire.RemovedChatMember](w, "ann", "DELETE "+members+"/ann", "", 200)
	w.refused("bob", "POST "+members, `{"user_ids":["bob"],"role":"member"}`, 403, "without an owner")
}

func TestWhoIsRemovedIsOutAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	w.send("bob", id, "in")
	do[wire.RemovedChatMember](w, "ann", at("DELETE /chat/rooms/%s/members/bob", id), "", 200)
	w.refused("bob", at("POST /chat/rooms/%s/messages", id), `{"body_text":"out"}`, 403, "not a member")
	back := do[[]wire.ChatMember](w, "ann", at("POST /chat/rooms/%s/members", id), `{"user_ids":["bob"]}`, 200)
	require.Len(t, back, 1)
	require.Nil(t, back[0].HiddenAt)
	w.send("bob", id, "in again")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	foreign := w.send("ann", w.room(), "elsewhere").ID
	m := w.send("ann", id, "x").ID
	before := len(w.events(id))
	messages := at("/chat/rooms/%s/messages", id)
	many := `["u` + strings.Repeat(`","u`, 1000) + `"]`
	for _, c := range []struct {
		name, operation, body string
		status                int
		field                 string
	}{
		{"empty body", "POST " + messages, ``, 400, ""},
		{"not JSON", "POST " + messages, `{"body_text":`, 400, "body"},
		{"nothing to say", "POST " + messages, `{}`, 400, "body_text"},
		{"blank text", "POST " + messages, `{"body_text":""}`, 400, "body_text"},
		{"text of another type", "POST " + messages, `{"body_text":7}`, 400, ""},
		{"NUL", "POST " + messages, `{"body_text":"a\u0000b"}`, 400, "body"},
		{"text too long", "POST " + messages, `{"body_text":"` + strings.Repeat("x", 64<<10+1) + `"}`, 400, "body_text"},
		{"body_json too long", "POST " + messages, `{"body_json":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, 400, "body_json"},
		{"body_json no object", "POST " + messages, `{"body_json":[1]}`, 400, ""},
		{"body_json malformed", "POST " + messages, `{"body_json":{"a":tru}}`, 400, ""},
		{"body_json without quotes", "POST " + messages, `{"body_json":{a:1}}`, 400, ""},
		{"metadata no object", "POST " + messages, `{"body_text":"x","metadata_json":"y"}`, 400, ""},
		{"number out of range", "POST " + messages, `{"body_json":{"n":1e999999}}`, 400, ""},
		{"client id too long", "POST " + messages, `{"body_text":"x","client_message_id":"` + strings.Repeat("x", 256) + `"}`, 400, "client_message_id"},
		{"reply to another room", "POST " + messages, at(`{"body_text":"x","reply_to_message_id":"%s"}`, foreign), 400, "reply_to_message_id"},
		{"reply to a message that is not there", "POST " + messages, at(`{"body_text":"x","reply_to_message_id":"%s"}`, uuid.New()), 400, "reply_to_message_id"},
		{"reply to nothing", "POST " + messages, `{"body_text":"x","reply_to_message_id":"x"}`, 400, ""},
		{"same ordinal", "POST " + messages, `{"attachments":[{"file_id":"a","ordinal":0},{"file_id":"b","ordinal":0}]}`, 400, "attachments[1].ordinal"},
		{"ordinal negative", "POST " + messages, `{"attachments":[{"file_id":"a","ordinal":-1}]}`, 400, "attachments[0].ordinal"},
		{"attachment without a file", "POST " + messages, `{"attachments":[{"file_id":"","ordinal":0}]}`, 400, "attachments[0].file_id"},
		{"too many attachments", "POST " + messages, `{"attachments":[` + strings.TrimSuffix(strings.Repeat(`{"file_id":"a","ordinal":0},`, 33), ",") + `]}`, 400, "attachments"},
		{"attachment of nobody", "POST " + messages, `{"attachments":[{"file_id":"a","ordinal":0}]}`, 404, "attachments[0].file_id"},
		{"metadata too long", "POST " + messages, `{"body_text":"x","metadata_json":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, 400, "metadata_json"},
		{"edit too long", at("PATCH /chat/rooms/%s/messages/%s", id, m), `{"body_text":"` + strings.Repeat("x", 64<<10+1) + `"}`, 400, "body_text"},
		{"edit of the body too long", at("PATCH /chat/rooms/%s/messages/%s", id, m), `{"body_json":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, 400, "body_json"},
		{"room id no uuid", "POST /chat/rooms/7/messages", `{"body_text":"x"}`, 400, "room_id"},
		{"limit zero", "GET " + messages + "?limit=0", ``, 400, "limit"},
		{"limit negative", "GET " + messages + "?limit=-1", ``, 400, "limit"},
		{"limit no number", "GET " + messages + "?limit=x", ``, 400, "limit"},
		{"before negative", "GET " + messages + "?before_seq=-1", ``, 400, "before_seq"},
		{"after too large", "GET " + messages + "?after_seq=99999999999999999999", ``, 400, "after_seq"},
		{"rooms limit negative", "GET /chat/rooms?limit=-1", ``, 400, "limit"},
		{"rooms limit zero", "GET /chat/rooms?limit=0", ``, 400, "limit"},
		{"search limit negative", "POST /chat/messages/search", `{"query":"x","limit":-1}`, 400, "limit"},
		{"search limit zero", "POST /chat/messages/search", `{"query":"x","limit":0}`, 400, "limit"},
		{"query too long", "POST /chat/messages/search", `{"query":"` + strings.Repeat("x", 1001) + `"}`, 400, "query"},
		{"search room no uuid", "POST /chat/messages/search", `{"query":"x","room_id":"x"}`, 400, ""},
		{"offset negative", "GET /chat/rooms?offset=-1", ``, 400, "offset"},
		{"kind unknown", "POST /chat/rooms", `{"kind":"club"}`, 400, "kind"},
		{"kind missing", "POST /chat/rooms", `{"title":"x"}`, 400, "kind"},
		{"dm with oneself", "POST /chat/rooms", `{"kind":"dm","member_user_ids":["ann"]}`, 400, "member_user_ids"},
		{"dm of three", "POST /chat/rooms", `{"kind":"dm","member_user_ids":["bob","cy"]}`, 400, "member_user_ids"},
		{"blank member", "POST /chat/rooms", `{"kind":"group","member_user_ids":["bob"," "]}`, 400, "member_user_ids[1]"},
		{"too many members", "POST /chat/rooms", `{"kind":"group","member_user_ids":` + many + `}`, 400, "member_user_ids"},
		{"title too long", "POST /chat/rooms", `{"kind":"group","title":"` + strings.Repeat("x", 256) + `"}`, 400, "title"},
		{"pair of one", "POST /chat/rooms/direct/resolve", `{"participant_user_ids":["ann"]}`, 400, "participant_user_ids"},
		{"pair of others", "POST /chat/rooms/direct/resolve", `{"participant_user_ids":["bob","cy"]}`, 403, "participant_user_ids"},
		{"rename to nothing", at("PATCH /chat/rooms/%s", id), `{}`, 400, "title"},
		{"no users", at("POST /chat/rooms/%s/members", id), `{"user_ids":[]}`, 400, "user_ids"},
		{"too many users", at("POST /chat/rooms/%s/members", id), `{"user_ids":` + many + `}`, 400, "user_ids"},
		{"rename too long", at("PATCH /chat/rooms/%s", id), `{"title":"` + strings.Repeat("x", 256) + `"}`, 400, "title"},
		{"role unknown", at("POST /chat/rooms/%s/members", id), `{"user_ids":["cy"],"role":"king"}`, 400, "role"},
		{"no emoji", at("POST /chat/messages/%s/reactions", m), `{"emoji":"ok"}`, 400, "emoji"},
		{"empty emoji", at("POST /chat/messages/%s/reactions", m), `{"emoji":""}`, 400, "emoji"},
		{"only a joiner", at("POST /chat/messages/%s/reactions", m), `{"emoji":"\u200d"}`, 400, "emoji"},
		{"two emoji", at("POST /chat/messages/%s/reactions", m), `{"emoji":"👍👍"}`, 400, "emoji"},
		{"half a flag", at("POST /chat/messages/%s/reactions", m), `{"emoji":"🇩"}`, 400, "emoji"},
		{"emoji too long", at("POST /chat/messages/%s/reactions", m), `{"emoji":"` + strings.Repeat("👍\u200d", 20) + `👍"}`, 400, "emoji"},
		{"taking back what is no emoji", at("DELETE /chat/messages/%s/reactions/ok", m), ``, 400, "emoji"},
		{"reaction to nothing", at("POST /chat/messages/%s/reactions", uuid.New()), `{"emoji":"👍"}`, 404, "message_id"},
		{"empty cursor", at("POST /chat/rooms/%s/read-cursor", id), `{}`, 400, "seq"},
		{"negative cursor", at("POST /chat/rooms/%s/read-cursor", id), `{"seq":-1}`, 400, "seq"},
		{"cursor at another room's message", at("POST /chat/rooms/%s/read-cursor", id), at(`{"message_id":"%s"}`, foreign), 404, "message_id"},
		{"empty query", "POST /chat/messages/search", `{"query":" "}`, 400, "query"},
		{"broken search cursor", "POST /chat/messages/search", `{"query":"x","cursor":"!"}`, 400, "cursor"},
		{"edit of another room's message", at("PATCH /chat/rooms/%s/messages/%s", id, foreign), `{"body_text":"x"}`, 404, "message_id"},
		{"delete of nothing", at("DELETE /chat/rooms/%s/messages/%s", id, uuid.New()), ``, 404, "message_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply := w.api.Do(t, c.operation, c.body, apitest.As("acme", "org", "ann")...)
			require.Equal(t, c.status, reply.Status, reply.Body)
			f := read[wire.Failure](t, reply)
			require.NotEmpty(t, f.Error)
			if c.field != "" {
				require.Equal(t, c.field, f.Field, reply.Body)
			}
		})
	}
	require.Len(t, w.events(id), before, "nothing has changed")
}

// TestBodiesThatAreNone gives every operation that takes a body none, and what is no
// object.
func TestBodiesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	m := w.send("ann", id, "x").ID
	before := w.count("chat_outbox")
	for _, op := range []string{
		"POST /chat/rooms", "POST /chat/rooms/direct/resolve", "POST /chat/messages/search",
		at("PATCH /chat/rooms/%s", id), at("POST /chat/rooms/%s/members", id), at("POST /chat/rooms/%s/messages", id),
		at("PATCH /chat/rooms/%s/messages/%s", id, m), at("POST /chat/rooms/%s/read-cursor", id), at("POST /chat/messages/%s/reactions", m),
	} {
		for _, body := range []string{``, ` `, `null`, `{}`, `[]`, `[{}]`, `"x"`, `7`, `true`, `{`, `{"a"}`, "{\"body_text\":\"\xff\"}", `{} {}`} {
			reply := w.api.Do(t, op, body, apitest.As("acme", "org", "ann")...)
			require.Equal(t, 400, reply.Status, "%s %q: %s", op, body, reply.Body)
			require.NotEmpty(t, read[wire.Failure](t, reply).Error, "%s %q", op, body)
		}
	}
	require.Equal(t, before, w.count("chat_outbox"), "nothing has changed")
	require.Equal(t, 1, w.count("chat_rooms"))
}

func TestPlacesBeyondTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room("bob")
	for range 3 {
		w.send("ann", id, "x")
	}
	n := len(w.events(id))
	const far = "9223372036854775807"
	require.Empty(t, w.history("bob", id, "?after_seq="+far).Items)
	require.Len(t, w.history("bob", id, "?before_seq="+far).Items, 3)
	require.Empty(t, w.history("bob", id, "?before_seq=0").Items)
	require.Empty(t, w.history("bob", id, "?after_seq=3&before_seq=2").Items)
	require.Empty(t, do[wire.ChatRoomPage](w, "bob", "GET /chat/rooms?offset="+far, "", 200).Items)
	require.Len(t, w.events(id), n, "reading changes nothing")

	op := at("POST /chat/rooms/%s/read-cursor", id)
	cursor := do[wire.ChatReadCursor](w, "bob", op, `{"seq":`+far+`}`, 200)
	require.EqualValues(t, 3, cursor.LastReadSeq, "no further than the last message")
	require.EqualValues(t, 3, do[wire.ChatReadCursor](w, "bob", op, `{"seq":1}`, 200).LastReadSeq, "and never back")
	require.Len(t, w.events(id), n+1)
	w.refused("bob", op, `{"seq":9223372036854775808}`, 400, "")
}

func TestWhoCallsAndWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name                       string
		client, organization, user string
		status                     int
	}{
		{"no session", "acme", "", "", 401},
		{"no organization", "acme", "", "ann", 403},
		{"no client", "", "org", "ann", 400},
		{"unknown client", "nope", "org", "ann", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			for op, body := range map[string]string{
				"GET /chat/rooms":                              "",
				"POST /chat/rooms":                             `{"kind":"group"}`,
				"POST /chat/messages/search":                   `{"query":"x"}`,
				at("GET /chat/rooms/%s", uuid.New()):           "",
				at("POST /chat/rooms/%s/messages", uuid.New()): `{"body_text":"x"}`,
			} {
				reply := w.api.Do(t, op, body, apitest.As(c.client, c.organization, c.user)...)
				require.Equal(t, c.status, reply.Status, "%s: %s", op, reply.Body)
			}
		})
	}
}
