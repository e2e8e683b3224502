package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// twoNodes are two servers on one control database and one client, and the tokens
// of two users.
type twoNodes struct {
	here, there *process
	tokens      map[string]string
	room        string
}

func newTwoNodes(t *testing.T, env ...string) *twoNodes {
	t.Helper()
	control, chat := dbtest.New(t), dbtest.New(t)
	first, second := newHome(t), newHome(t)
	config := configFile(t, "postgres_clients: {demo: {pg_uri_env_var: CHAT}}\n")
	for _, h := range []*home{&first, &second} {
		h.config = config
		h.env = append([]string{"ATHENA_CONTROL_URI=" + control, "CHAT=" + chat}, env...)
	}
	first.succeed(t, "migrate", "--client", "demo")
	n := &twoNodes{here: serve(t, first), there: serve(t, second), tokens: map[string]string{}}
	for _, user := range []string{"ann", "bob"} {
		n.tokens[user] = first.succeed(t, "session", "create", "--user", user, "--organization", "acme", "--client", "demo")
	}
	r := n.here.do(t, "POST", "/chat/rooms", `{"kind":"group","member_user_ids":["bob"]}`, n.headers("ann")...)
	require.Equal(t, 201, r.status, r.body)
	var made struct{ Data struct{ ID uuid.UUID } }
	require.NoError(t, json.Unmarshal([]byte(r.body), &made))
	n.room = made.Data.ID.String()
	return n
}

func (n *twoNodes) headers(user string) []string {
	return []string{"X-Athena-Client: demo", "Authorization: Bearer " + n.tokens[user]}
}

func (n *twoNodes) send(t *testing.T, p *process, user, text string) reply {
	t.Helper()
	return p.do(t, "POST", "/chat/rooms/"+n.room+"/messages", fmt.Sprintf(`{"body_text":%q}`, text), n.headers(user)...)
}

// follow opens a socket that follows the room from its beginning.
func (n *twoNodes) follow(t *testing.T, p *process, user string) *websocket.Conn {
	t.Helper()
	ws, response, err := websocket.DefaultDialer.Dial("ws://"+p.address+"/wss/gateway", nil)
	require.NoError(t, err)
	response.Body.Close()
	t.Cleanup(func() { ws.Close() })
	hello := fmt.Sprintf(`{"type":"auth.hello","client":"demo","token":%q,"room_subscriptions":[{"room_id":%q,"from_seq":1}]}`, n.tokens[user], n.room)
	require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(hello)))
	return ws
}

// await reads a socket up to the message with a text and gives all messages.
func await(t *testing.T, ws *websocket.Conn, text string) (texts []string) {
	t.Helper()
	require.NoError(t, ws.SetReadDeadline(time.Now().Add(patience)))
	for {
		var e wire.ChatEvent
		require.NoError(t, ws.ReadJSON(&e))
		if e.Type != wire.EventMessageCreated {
			require.NotEqual(t, wire.EventError, e.Type)
			continue
		}
		texts = append(texts, *e.Message.BodyText)
		require.EqualValues(t, len(texts), *e.RoomSeq)
		if *e.Message.BodyText == text {
			return texts
		}
	}
}

func TestEventsReachSocketsOfAllNodes(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	here, there := n.follow(t, n.here, "ann"), n.follow(t, n.there, "bob")
	var want []string
	for i := range 40 {
		want = append(want, fmt.Sprint(i))
		p, user := n.here, "ann"
		if i%3 == 0 {
			p, user = n.there, "bob"
		}
		require.Equal(t, 201, n.send(t, p, user, want[i]).status)
	}
	require.Equal(t, want, await(t, here, "39"))
	require.Equal(t, want, await(t, there, "39"))

	call := `{"type":"gateway.query","request_id":"q","payload":{"query":"SELECT 1"}}`
	require.NoError(t, here.WriteMessage(websocket.TextMessage, []byte(call)))
	var result wire.LiveResult
	for result.Type != wire.EventGateway {
		result = wire.LiveResult{}
		require.NoError(t, here.ReadJSON(&result))
	}
	require.Equal(t, 401, result.Status, "a gateway command wants a key, as its operation does: %s", result.Body)

	require.Zero(t, n.here.end(t, syscall.SIGTERM))
	_, _, err := here.ReadMessage()
	for err == nil {
		_, _, err = here.ReadMessage()
	}
	require.True(t, websocket.IsCloseError(err, websocket.CloseGoingAway), "%v", err)
	require.Equal(t, 201, n.send(t, n.there, "bob", "alone").status, "the other node goes on")
	require.Equal(t, []string{"alone"}, awaitFrom(t, there))
	require.Zero(t, n.there.end(t, syscall.SIGTERM))
}

// awaitFrom gives the text of the next message.
func awaitFrom(t *testing.T, ws *websocket.Conn) []string {
	t.Helper()
	require.NoError(t, ws.SetReadDeadline(time.Now().Add(patience)))
	for {
		var e wire.ChatEvent
		require.NoError(t, ws.ReadJSON(&e))
		if e.Type == wire.EventMessageCreated {
			return []string{*e.Message.BodyText}
		}
	}
}

func TestEventStreamAndRateLimit(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t, "ATHENA_CHAT_RATE_LIMIT=2")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.there.address+"/chat/events?from_seq=1&rooms="+n.room, nil)
	require.NoError(t, err)
	request.Header.Set("X-Athena-Client", "demo")
	request.Header.Set("Authorization", "Bearer "+n.tokens["bob"])
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, 200, response.StatusCode)

	refused := reply{}
	for i := 0; refused.status == 0; i++ {
		if r := n.send(t, n.here, "ann", fmt.Sprint("burst ", i)); r.status != 201 {
			refused = r
		}
	}
	require.Equal(t, 429, refused.status, refused.body)
	require.NotEmpty(t, refused.header.Get("Retry-After"))
	require.Equal(t, 201, n.send(t, n.here, "bob", "done").status, "the limit is each user's own")

	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(data, `"done"`) {
			return
		}
	}
	require.FailNow(t, "the stream ended", "%v", lines.Err())
}
