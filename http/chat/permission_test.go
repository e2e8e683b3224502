package chat_test

import (
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/http/chat"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// callers are those of the permission table, each with its column.
var callers = []struct {
	name   string
	column int
}{
	{"nobody", 0}, {"foreigner", 1}, {"stranger", 2}, {"former", 2}, {"member", 3}, {"admin", 4}, {"owner", 5}, {"founder", 6},
}

// permissions are the cells of the table in ARCHITECTURE.md.
var permissions = []struct {
	what, operation, body string
	want                  [7]int // nobody, foreigner, stranger, member, admin, owner, founder
}{
	{"list rooms", "GET /chat/rooms", "", [7]int{401, 200, 200, 200, 200, 200, 200}},
	{"make a room", "POST /chat/rooms", `{"kind":"group"}`, [7]int{401, 201, 201, 201, 201, 201, 201}},
	{"find the room of a pair", "POST /chat/rooms/direct/resolve", `{"participant_user_ids":["{self}","pal"]}`, [7]int{401, 201, 201, 201, 201, 201, 201}},
	{"search", "POST /chat/messages/search", `{"query":"message"}`, [7]int{401, 200, 200, 200, 200, 200, 200}},
	{"search the room", "POST /chat/messages/search", `{"query":"message","room_id":"{room}"}`, [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"read the room", "GET /chat/rooms/{room}", "", [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"read history", "GET /chat/rooms/{room}/messages", "", [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"read members", "GET /chat/rooms/{room}/members", "", [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"send", "POST /chat/rooms/{room}/messages", `{"body_text":"hi"}`, [7]int{401, 404, 403, 201, 201, 201, 201}},
	{"move cursor", "POST /chat/rooms/{room}/read-cursor", `{"seq":1}`, [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"react", "POST /chat/messages/{message}/reactions", `{"emoji":"👍"}`, [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"take a reaction back", "DELETE /chat/messages/{message}/reactions/%E2%9D%A4", "", [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"rename", "PATCH /chat/rooms/{room}", `{"title":"x"}`, [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"archive", "POST /chat/rooms/{room}/archive", "", [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"edit one's own message", "PATCH /chat/rooms/{room}/messages/{own}", `{"body_text":"x"}`, [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"edit another's message", "PATCH /chat/rooms/{room}/messages/{message}", `{"body_text":"x"}`, [7]int{401, 404, 403, 403, 403, 403, 403}},
	{"delete one's own message", "DELETE /chat/rooms/{room}/messages/{own}", "", [7]int{401, 404, 403, 200, 200, 200, 200}},
	{"delete another's message", "DELETE /chat/rooms/{room}/messages/{message}", "", [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"add a member", "POST /chat/rooms/{room}/members", `{"user_ids":["new"]}`, [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"make an admin", "POST /chat/rooms/{room}/members", `{"user_ids":["new"],"role":"admin"}`, [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"make an owner", "POST /chat/rooms/{room}/members", `{"user_ids":["new"],"role":"owner"}`, [7]int{401, 404, 403, 403, 403, 200, 200}},
	{"demote an admin", "POST /chat/rooms/{room}/members", `{"user_ids":["target"],"role":"member"}`, [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"demote an owner", "POST /chat/rooms/{room}/members", `{"user_ids":["second"],"role":"member"}`, [7]int{401, 404, 403, 403, 403, 200, 200}},
	{"demote the founder", "POST /chat/rooms/{room}/members", `{"user_ids":["founder"],"role":"member"}`, [7]int{401, 404, 403, 403, 403, 403, 403}},
	{"remove a member", "DELETE /chat/rooms/{room}/members/plain", "", [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"remove an admin", "DELETE /chat/rooms/{room}/members/target", "", [7]int{401, 404, 403, 403, 200, 200, 200}},
	{"remove an owner", "DELETE /chat/rooms/{room}/members/second", "", [7]int{401, 404, 403, 403, 403, 200, 200}},
	{"remove nobody's member", "DELETE /chat/rooms/{room}/members/zoe", "", [7]int{401, 404, 403, 403, 404, 404, 404}},
	{"leave", "DELETE /chat/rooms/{room}/members/{self}", "", [7]int{401, 404, 403, 200, 200, 200, 200}},
}

// scene is a room with one of each kind of member, and messages of theirs.
type scene struct {
	*world
	room    uuid.UUID
	message uuid.UUID            // of an admin
	own     map[string]uuid.UUID // of those who are members, or were
}

func newScene(t *testing.T) scene {
	t.Helper()
	w := newWorld(t)
	id := do[wire.CreatedChatRoom](w, "founder", "POST /chat/rooms", `{"kind":"channel","member_user_ids":["member","admin","owner","target","second","plain","former"]}`, 201).Data.ID
	s := scene{w, id, w.send("target", id, "message of an admin").ID, map[string]uuid.UUID{}}
	for _, user := range []string{"former", "member", "admin", "owner", "founder"} {
		s.own[user] = w.send(user, id, "message of one's own").ID
	}
	do[wire.RemovedChatMember](w, "founder", at("DELETE /chat/rooms/%s/members/former", id), "", 200)
	s.restore()
	return s
}

// restore puts back what callers have changed.
func (s scene) restore() {
	s.t.Helper()
	_, err := s.db.Exec(s.t.Context(), "UPDATE athena.chat_rooms SET archived_at = NULL")
	require.NoError(s.t, err)
	for role, named := range map[string]string{"member": `"plain"`, "admin": `"admin","target"`, "owner": `"owner","second"`} {
		do[[]wire.ChatMember](s.world, "founder", at("POST /chat/rooms/%s/members", s.room), `{"user_ids":[`+named+`],"role":"`+role+`"}`, 200)
	}
	_, err = s.db.Exec(s.t.Context(), `
		INSERT INTO athena.chat_message_reactions (message_id, user_id, emoji)
		SELECT $1, unnest($2::text[]), '❤' ON CONFLICT DO NOTHING`, s.message, []string{"former", "member", "admin", "owner", "founder"})
	require.NoError(s.t, err)
}

// fill puts a caller, a room and its messages into an operation or a body.
func (s scene) fill(text, caller string) string {
	own, found := s.own[caller]
	if !found {
		own = s.message
	}
	return strings.NewReplacer("{room}", s.room.String(), "{message}", s.message.String(), "{own}", own.String(), "{self}", caller).Replace(text)
}

// as are the headers of a caller.
func as(caller string) []string {
	switch caller {
	case "nobody":
		return apitest.As("acme", "", "")
	case "foreigner":
		return apitest.As("acme", "elsewhere", "founder")
	}
	return apitest.As("acme", "org", caller)
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	for _, c := range permissions {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			for _, caller := range callers {
				s.restore()
				self := caller.name
				if self == "foreigner" {
					self = "founder" // of that name, in another organization
				}
				reply := s.api.Do(t, s.fill(c.operation, self), s.fill(c.body, self), as(caller.name)...)
				require.Equal(t, c.want[caller.column], reply.Status, "%s: %s", caller.name, reply.Body)
			}
		})
	}
}

// TestEveryOperationHasItsPermissions finds operations that the table leaves out.
func TestEveryOperationHasItsPermissions(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, c := range permissions {
		method, path, _ := strings.Cut(c.operation, " ")
		told[method+" "+shape(path)] = true
	}
	for _, r := range (chat.API{}).Routes() {
		require.True(t, told[r.Method+" "+shape(r.Path)], "%s %s", r.Method, r.Path)
		delete(told, r.Method+" "+shape(r.Path))
	}
	require.Empty(t, told, "there are no such operations")
}

// shape is a path without what differs from call to call.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") || i > 0 && (parts[i-1] == "members" || parts[i-1] == "reactions") {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// TestMissingAndForeignRoomsLookTheSame holds what another organization's rooms
// answer against what none answers, and what a hidden message answers in a room of
// one's own organization against what none does.
func TestMissingAndForeignRoomsLookTheSame(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	none := scene{world: s.world, room: uuid.New(), message: uuid.New()}
	hidden := scene{world: s.world, room: s.room, message: uuid.New()}
	for _, c := range permissions {
		for _, caller := range []struct {
			name  string
			other scene
		}{{"foreigner", none}, {"stranger", hidden}, {"former", hidden}} {
			if caller.name != "foreigner" && !strings.Contains(c.operation, "{room}") {
				continue // it names a message alone
			}
			if !strings.Contains(c.operation+c.body, "{room}") && !strings.Contains(c.operation, "{message}") {
				continue
			}
			headers := append(as(caller.name), "X-Request-Id: same")
			theirs := s.api.Do(t, s.fill(c.operation, "x"), s.fill(c.body, "x"), headers...)
			missing := s.api.Do(t, caller.other.fill(c.operation, "x"), caller.other.fill(c.body, "x"), headers...)
			require.Equal(t, theirs.Status, missing.Status, "%s as %s", c.what, caller.name)
			same := strings.NewReplacer(caller.other.room.String(), s.room.String(), caller.other.message.String(), s.message.String())
			require.Equal(t, same.Replace(missing.Body), theirs.Body, "%s as %s", c.what, caller.name)
		}
	}
}

func TestHiddenRoomsAreNotListed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, caller := range callers {
		if caller.column == 0 {
			continue
		}
		want := 0
		if caller.column > 2 {
			want = 1
		}
		rooms := s.api.Do(t, "GET /chat/rooms?include_archived=true", "", as(caller.name)...)
		require.Len(t, read[wire.ChatRoomPage](t, rooms).Items, want, caller.name)
		found := s.api.Do(t, "POST /chat/messages/search", `{"query":"message of an admin"}`, as(caller.name)...)
		require.Len(t, read[wire.ChatSearchPage](t, found).Items, want, caller.name)
	}
}
