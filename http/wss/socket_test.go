package wss_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"athena/actors/room"
	"athena/http/wss"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestASocketFollowsRooms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id, other := w.room("bob"), w.room("bob")
	w.send(id, "ann", "one")
	w.send(id, "ann", "two")

	c := w.dial()
	c.say(`{"type":"auth.hello","client":"acme","token":"bob","room_subscriptions":[%q,{"room_id":%q,"from_seq":2}]}`, other, id)
	c.hear(wire.EventHello)
	require.Equal(t, other, c.hear(wire.EventSubscribed).RoomID)
	require.EqualValues(t, 2, c.hear(wire.EventSubscribed).FromSeq)
	require.Equal(t, "two", *c.hear(wire.EventMessageCreated).Message.BodyText)
	for i := range 20 {
		w.send(id, "ann", fmt.Sprint(i))
		require.EqualValues(t, i+3, c.hear(wire.EventMessageCreated).RoomSeq)
	}
	c.say(`{"type":"chat.read.up_to","room_id":%q,"seq":5}`, id)
	require.EqualValues(t, 5, c.hear(wire.EventRead).ReadSeq)
	c.say(`{"type":"chat.unsubscribe","room_id":%q}`, id)
	c.say(`{"type":"ping","at":"now"}`)
	require.JSONEq(t, `"now"`, string(c.hear(wire.EventPong).At))
	w.send(id, "ann", "unheard")
	w.send(other, "ann", "heard")
	require.Equal(t, "heard", *c.hear(wire.EventMessageCreated).Message.BodyText)
	c.say(`{"type":"chat.resume","rooms":[{"room_id":%q,"last_seq":22},{"room_id":%q,"last_seq":0}]}`, id, uuid.New())
	c.hear(wire.EventSubscribed)
	c.hear(wire.EventRead) // it happened after message 22, which is all that the client has told
	require.Equal(t, "unheard", *c.hear(wire.EventMessageCreated).Message.BodyText)
	require.Equal(t, wire.ChatNotFound.Name, c.hear(wire.EventError).Code)
}

func TestTypingAndPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id := w.room("bob")
	ann, bob := w.connect("ann"), w.connect("bob")
	for _, c := range []*client{ann, bob} {
		c.say(`{"type":"chat.subscribe","room_id":%q}`, id)
		c.hear(wire.EventSubscribed)
	}
	ann.say(`{"type":"chat.typing.start","room_id":%q}`, id)
	ann.say(`{"type":"chat.presence.heartbeat","active_room_id":%q}`, id)
	typing, active := false, false
	for !typing || !active {
		_, text, err := bob.ws.ReadMessage()
		require.NoError(t, err)
		typing = typing || strings.Contains(string(text), `"user_ids":["ann"]`)
		active = active || (strings.Contains(string(text), `"active_room_id"`) && strings.Contains(string(text), wire.EventPresence))
	}
}

func TestBadFramesAreAnsweredAndTheSocketStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{Rooms: 1})
	id, foreign := w.room("bob"), w.room()
	elsewhere := w.send(foreign, "ann", "elsewhere").ID
	fresh := w.dial("X-Athena-Client: acme")
	before := w.stored()
	for _, command := range infoOf(t, w).Actions {
		if command == wire.CommandHello || command == wire.CommandPing {
			continue
		}
		f := fresh.refuse(wire.ChatUnauthenticated.Name, `{"type":%q,"request_id":"early","room_id":%q,"seq":1,"rooms":[{"room_id":%q,"last_seq":0}],"payload":{}}`, command, id, id)
		require.Equal(t, command, f.Command)
		require.Equal(t, "early", f.RequestID)
	}
	c := w.connect("bob")
	for _, tc := range []struct{ name, frame, code string }{
		{"not JSON", `hello`, wire.InvalidJSON.Name},
		{"half an object", `{"type":`, wire.InvalidJSON.Name},
		{"an array", `[]`, wire.InvalidJSON.Name},
		{"no type", `{}`, wire.ChatBadRequest.Name},
		{"unknown type", `{"type":"chat.fly"}`, wire.ChatBadRequest.Name},
		{"wrong type of a field", `{"type":"chat.subscribe","room_id":7}`, wire.InvalidJSON.Name},
		{"no uuid", `{"type":"chat.subscribe","room_id":"x"}`, wire.InvalidJSON.Name},
		{"no room", `{"type":"chat.subscribe"}`, wire.ChatBadRequest.Name},
		{"unknown room", `{"type":"chat.subscribe","room_id":"` + uuid.NewString() + `"}`, wire.ChatNotFound.Name},
		{"foreign room", `{"type":"chat.subscribe","room_id":"` + foreign.String() + `"}`, wire.ChatForbidden.Name},
		{"typing unfollowed", `{"type":"chat.typing.start","room_id":"` + id.String() + `"}`, wire.ChatBadRequest.Name},
		{"looking at an unfollowed room", `{"type":"chat.presence.heartbeat","active_room_id":"` + id.String() + `"}`, wire.ChatBadRequest.Name},
		{"resuming nothing", `{"type":"chat.resume"}`, wire.ChatBadRequest.Name},
		{"resuming from below zero", `{"type":"chat.resume","rooms":[{"room_id":"` + id.String() + `","last_seq":-1}]}`, wire.ChatBadRequest.Name},
		{"subscribing from below zero", `{"type":"chat.subscribe","room_id":"` + id.String() + `","from_seq":-1}`, wire.ChatBadRequest.Name},
		{"a number too large", `{"type":"chat.subscribe","room_id":"` + id.String() + `","from_seq":9223372036854775808}`, wire.InvalidJSON.Name},
		{"null", `null`, wire.ChatBadRequest.Name},
		{"two objects", `{"type":"ping"} {"type":"ping"}`, wire.InvalidJSON.Name},
		{"an empty frame", ``, wire.InvalidJSON.Name},
		{"unsubscribing from nothing", `{"type":"chat.unsubscribe"}`, wire.ChatBadRequest.Name},
		{"reading another room's message", `{"type":"chat.read.up_to","room_id":"` + id.String() + `","message_id":"` + elsewhere.String() + `"}`, wire.ChatNotFound.Name},
		{"reading a foreign room", `{"type":"chat.read.up_to","room_id":"` + foreign.String() + `","seq":1}`, wire.ChatForbidden.Name},
		{"resuming a foreign room", `{"type":"chat.resume","rooms":[{"room_id":"` + foreign.String() + `","last_seq":0}]}`, wire.ChatForbidden.Name},
		{"reading nothing", `{"type":"chat.read.up_to","room_id":"` + id.String() + `"}`, wire.ChatBadRequest.Name},
		{"reading below zero", `{"type":"chat.read.up_to","room_id":"` + id.String() + `","seq":-4}`, wire.ChatBadRequest.Name},
		{"reading an unknown message", `{"type":"chat.read.up_to","room_id":"` + id.String() + `","message_id":"` + uuid.NewString() + `"}`, wire.ChatNotFound.Name},
		{"hello again", `{"type":"auth.hello"}`, wire.ChatConflict.Name},
		{"a call without a name", `{"type":"gateway.fetch","payload":{}}`, wire.ChatBadRequest.Name},
		{"invalid UTF-8", "{\"type\":\"\xff\"}", wire.InvalidJSON.Name},
	} {
		t.Log(tc.name)
		c.refuse(tc.code, "%s", tc.frame)
	}
	c.say(`{"type":"chat.subscribe","room_id":%q}`, id)
	c.hear(wire.EventSubscribed)
	c.refuse(wire.ChatBadRequest.Name, `{"type":"chat.subscribe","room_id":%q}`, foreign)
	fresh.say(`{"type":"ping"}`)
	fresh.hear(wire.EventPong)
	require.Equal(t, before, w.stored(), "nothing has changed")
}

func TestRoomsOfOtherOrganizationsLookLikeNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id, none := w.room("bob"), uuid.New()
	for _, user := range []string{"bob", "ann"} {
		c := w.connect(user + "@elsewhere")
		for _, command := range []string{
			`{"type":"chat.subscribe","room_id":%q}`, `{"type":"chat.resume","rooms":[{"room_id":%q,"last_seq":0}]}`, `{"type":"chat.read.up_to","room_id":%q,"seq":1}`,
			`{"type":"chat.typing.start","room_id":%q}`, `{"type":"chat.presence.heartbeat","active_room_id":%q}`,
		} {
			theirs, missing := c.refuse("", command, id), c.refuse("", command, none)
			require.Equal(t, strings.ReplaceAll(missing.Error, none.String(), id.String()), theirs.Error)
			require.Equal(t, missing.Code, theirs.Code)
		}
	}
	for _, room := range []uuid.UUID{id, none} {
		_, status := w.follow("bob@elsewhere", "rooms="+room.String(), "")
		require.Equal(t, 404, status)
	}
}

// stored counts what chat has written.
func (w *world) stored() (counts [2]int) {
	w.t.Helper()
	const query = "SELECT (SELECT count(*) FROM athena.chat_outbox), (SELECT sum(last_read_seq) FROM athena.chat_room_members)"
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), query).Scan(&counts[0], &counts[1]))
	return counts
}

func TestPlacesBeyondTheEndOfARoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id := w.room("bob")
	w.send(id, "ann", "one")
	c := w.connect("bob")
	const far = int64(1) << 60
	for _, command := range []string{
		fmt.Sprintf(`{"type":"chat.subscribe","room_id":%q,"from_seq":%d}`, id, far),
		fmt.Sprintf(`{"type":"chat.resume","rooms":[{"room_id":%q,"last_seq":%d}]}`, id, far),
	} {
		c.say("%s", command)
		require.EqualValues(t, 2, c.hear(wire.EventSubscribed).FromSeq, "what comes next")
		require.Equal(t, wire.SyncTooFar, c.hear(wire.EventSync).Reason)
	}
	c.say(`{"type":"chat.read.up_to","room_id":%q,"seq":%d}`, id, far)
	require.EqualValues(t, 1, c.hear(wire.EventRead).ReadSeq, "no further than the last message")
	require.EqualValues(t, 2, w.send(id, "ann", "two").RoomSeq)
	require.EqualValues(t, 2, c.hear(wire.EventMessageCreated).RoomSeq)
}

func TestTooManyCommandsAreRefusedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{Commands: 1})
	c := w.connect("bob")
	const many = 50 // far more than a second brings, however slow the machine
	for range many {
		c.say(`{"type":"ping"}`)
	}
	refused := 0
	for range many {
		if answer := c.next(); answer.Type != wire.EventPong {
			require.Equal(t, wire.ChatRateLimited.Name, answer.Code)
			require.Positive(t, answer.RetryAfter)
			refused++
		}
	}
	require.Positive(t, refused)
	require.Less(t, refused, many)      // one is left of the two at once, of which its hello was the first
	require.Eventually(t, func() bool { // later the socket is served as before
		c.say(`{"type":"ping"}`)
		return c.next().Type == wire.EventPong
	}, patience, 100*time.Millisecond)
}

// TestBrokenFramesEndTheSocket breaks the protocol below the JSON.
func TestBrokenFramesEndTheSocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	for name, bytes := range map[string][]byte{
		"not masked":                  {0x81, 0x02, '{', '}'},
		"a reserved bit":              {0xc1, 0x80, 0, 0, 0, 0},
		"an unknown opcode":           {0x83, 0x80, 0, 0, 0, 0},
		"a continuation of nothing":   {0x80, 0x80, 0, 0, 0, 0},
		"a ping in parts":             {0x09, 0x80, 0, 0, 0, 0},
		"a ping that is too long":     {0x89, 0xfe, 0, 126, 0, 0, 0, 0},
		"a close with a code of none": {0x88, 0x82, 0, 0, 0, 0, 0, 1},
	} {
		t.Log(name)
		c := w.connect("bob")
		_, err := c.ws.NetConn().Write(bytes)
		require.NoError(t, err)
		c.closed(websocket.CloseProtocolError)
	}
	require.Eventually(t, func() bool { return w.sockets.Len() == 0 }, patience, time.Millisecond)
}

func TestSocketsAreClosedWithACode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		limits wss.Limits
		do     func(*world) *client
		code   int
	}{
		{"binary frame", wss.Limits{}, func(w *world) *client {
			c := w.connect("bob")
			require.NoError(t, c.ws.WriteMessage(websocket.BinaryMessage, []byte{1}))
			return c
		}, 1003},
		{"frame too large", wss.Limits{Frame: 100}, func(w *world) *client {
			c := w.connect("bob")
			c.say(`{"type":"ping","at":%q}`, strings.Repeat("x", 200))
			return c
		}, 1009},
		{"no hello", wss.Limits{Hello: time.Millisecond}, func(w *world) *client { return w.dial() }, 1008},
		{"no session", wss.Limits{}, func(w *world) *client {
			c := w.dial("X-Athena-Client: acme")
			c.refuse(wire.ChatUnauthenticated.Name, `{"type":"auth.hello"}`)
			return c
		}, 1008},
		{"bad session", wss.Limits{}, func(w *world) *client {
			c := w.dial("X-Athena-Client: acme")
			c.refuse(wire.ChatUnauthenticated.Name, `{"type":"auth.hello","token":"nobody"}`)
			return c
		}, 1008},
		{"no organization", wss.Limits{}, func(w *world) *client {
			c := w.dial("X-Athena-Client: acme")
			c.refuse(wire.ChatForbidden.Name, `{"type":"auth.hello","token":"bob@"}`)
			return c
		}, 1008},
		{"unknown client", wss.Limits{}, func(w *world) *client {
			c := w.dial("X-Athena-Client: elsewhere")
			c.refuse(wire.ClientUnknown.Name, `{"type":"auth.hello","token":"bob"}`)
			return c
		}, 1008},
		{"flood", wss.Limits{Commands: 1}, func(w *world) *client {
			c := w.connect("bob")
			for range 400 {
				if c.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping"}`)) != nil {
					break
				}
			}
			return c
		}, 1008},
		{"session ends", wss.Limits{Beat: 300 * time.Millisecond, Renew: time.Millisecond}, func(w *world) *client {
			c := w.connect("bob")
			w.ended <- "bob"
			require.Equal(t, "the session has ended", c.closed(1008))
			return c
		}, 1008},
		{"no sign of life", wss.Limits{Beat: 100 * time.Millisecond}, func(w *world) *client {
			c := w.connect("bob")
			c.ws.SetPingHandler(func(string) error { return nil })
			return c
		}, 1001},
		{"shutdown", wss.Limits{}, func(w *world) *client {
			c := w.connect("bob")
			go func() { _ = w.sockets.Close(context.Background()) }()
			return c
		}, 1001},
		{"client closes", wss.Limits{}, func(w *world) *client {
			c := w.connect("bob")
			require.NoError(t, c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience)))
			return c
		}, 1000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.limits)
			tc.do(w).closed(tc.code)
			require.Eventually(t, func() bool { return w.sockets.Len() == 0 }, patience, time.Millisecond)
		})
	}
}

func TestHandshakesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{Connections: 1})
	ask := func(headers http.Header) int {
		ws, status, media := w.shake(headers)
		if ws == nil {
			require.Equal(t, "application/json", media)
		}
		return status
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+w.address+"/wss/gateway", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, 400, response.StatusCode)
	require.Equal(t, 403, ask(http.Header{"Origin": {"https://bad.example"}}))
	require.Equal(t, 101, ask(http.Header{"Origin": {"https://good.example"}}))
	require.Eventually(t, func() bool { return w.sockets.Len() == 1 }, patience, time.Millisecond)
	require.Equal(t, 503, ask(http.Header{"Origin": {"http://" + w.address}}))
}

func TestASlowReaderIsToldAndSlowsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{Queue: 32 << 10, Write: time.Minute})
	id := w.room("slow", "quick")
	slow, quick := w.connect("slow"), w.connect("quick")
	for _, c := range []*client{slow, quick} {
		c.say(`{"type":"chat.subscribe","room_id":%q}`, id)
		c.hear(wire.EventSubscribed)
	}
	text := strings.Repeat("x", 60<<10)
	for i := range 400 { // far more than the sockets' buffers hold
		w.send(id, "ann", text)
		require.EqualValues(t, i+1, quick.hear(wire.EventMessageCreated).RoomSeq)
	}
	told, seq := false, int64(0)
	require.NoError(t, slow.ws.SetReadDeadline(time.Now().Add(patience))) // sending took its time
	for {
		_, frameText, err := slow.ws.ReadMessage()
		if err != nil {
			require.True(t, websocket.IsCloseError(err, 1013), "%v", err)
			break
		}
		if strings.Contains(string(frameText), wire.EventSync) {
			told = true
			break
		}
		if strings.Contains(string(frameText), wire.EventMessageCreated) {
			seq++
			require.Contains(t, string(frameText), fmt.Sprintf(`"room_seq":%d,`, seq), "no gap before it is told")
		}
	}
	require.Less(t, seq, int64(400))
	t.Logf("after %d messages; told to read anew: %t", seq, told)
}

func TestManySocketsHearTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id := w.room("bob")
	const sockets, senders, each = 32, 4, 50
	var listening, sending sync.WaitGroup
	orders := make([][]string, sockets)
	for i := range sockets {
		c := w.connect("bob")
		c.say(`{"type":"chat.subscribe","room_id":%q,"from_seq":1}`, id)
		listening.Go(func() {
			for len(orders[i]) < senders*each {
				if f := c.next(); f.Type == wire.EventMessageCreated {
					orders[i] = append(orders[i], *f.Message.BodyText)
				}
			}
		})
	}
	for s := range senders {
		sending.Go(func() {
			for k := range each {
				w.send(id, "ann", fmt.Sprintf("%d/%d", s, k))
			}
		})
	}
	sending.Wait()
	listening.Wait()
	for _, order := range orders {
		require.Equal(t, orders[0], order)
	}
}

func TestRemovalEndsARoomsEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id := w.room("bob")
	c := w.connect("bob")
	c.say(`{"type":"chat.subscribe","room_id":%q}`, id)
	c.hear(wire.EventSubscribed)
	_, err := room.Do(t.Context(), w.rooms, room.Key{Client: "acme", Room: id}, chatdb.Caller{Organization: "org", User: "ann"}, chatdb.RemoveMember{User: "bob"})
	require.NoError(t, err)
	w.send(id, "ann", "without bob")
	c.hear(wire.EventMembers)
	c.say(`{"type":"ping"}`)
	c.hear(wire.EventPong)
	c.refuse(wire.ChatForbidden.Name, `{"type":"chat.subscribe","room_id":%q}`, id)
}

func TestGatewayCommandsAreOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	c := w.connect("bob", "apikey: ath_1.2")
	for command, operation := range map[string]string{
		"fetch": "POST /gateway/fetch", "insert": "PUT /gateway/insert", "update": "POST /gateway/update",
		"delete": "DELETE /gateway/delete", "query": "POST /gateway/query",
	} {
		c.say(`{"type":"gateway.%s","request_id":"r-%s","payload":{"table_name":"t"}}`, command, command)
		f := c.hear(wire.EventGateway)
		require.Equal(t, "r-"+command, f.RequestID)
		require.Equal(t, 202, f.Status)
		require.JSONEq(t, `{"did":"`+operation+`","for":"acme","key":"ath_1.2","body":{"table_name":"t"}}`, string(f.Body))
	}
}

func TestSocketsSessionsAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	w.connect("bob")
	c := w.dial("X-Athena-Client: acme")
	c.refuse(wire.ChatUnauthenticated.Name, `{"type":"auth.hello","token":"nobody"}`)
	var log string
	require.NoError(t, w.db.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', user_id, outcome, reason), '; ' ORDER BY id) FROM athena.chat_session_auth_log`).Scan(&log))
	require.Equal(t, "bob accepted; refused the session is not valid", log)
}
