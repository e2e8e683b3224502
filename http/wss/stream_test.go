package wss_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"athena/http/wss"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// listener is one event stream as a client has it.
type listener struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

type event struct{ id, kind, data string }

// follow opens an event stream and gives its status.
func (w *world) follow(user, query, lastID string) (*listener, int) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.address+"/chat/events?"+query, nil)
	require.NoError(w.t, err)
	request.Header.Set("X-Athena-Client", "acme")
	request.Header.Set("Authorization", "Bearer "+user)
	request.Header.Set("Origin", "https://good.example")
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode == http.StatusOK {
		require.Equal(w.t, "text/event-stream", response.Header.Get("Content-Type"))
		require.NotEmpty(w.t, response.Header.Get("X-Request-Id"))
		require.Equal(w.t, "https://good.example", response.Header.Get("Access-Control-Allow-Origin"))
	}
	return &listener{w.t, bufio.NewScanner(response.Body), func() { response.Body.Close() }}, response.StatusCode
}

func TestAnEventStreamGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id, other := w.room("bob"), w.room("bob")
	w.send(id, "ann", "one")
	l, status := w.follow("bob", "rooms="+id.String()+","+other.String()+":0&from_seq=1", "")
	require.Equal(t, 200, status)
	w.send(id, "ann", "two")
	w.send(other, "ann", "elsewhere")
	heard := l.until("elsewhere")
	require.Contains(t, datas(heard), `"one"`, "what was sent before from the number on")
	last := heard[len(heard)-1].id
	l.close()
	require.Eventually(t, func() bool { return w.sockets.Len() == 0 }, patience, time.Millisecond)

	w.send(id, "ann", "three\nlines")
	l, status = w.follow("bob", "rooms="+id.String(), last)
	require.Equal(t, 200, status)
	again := datas(l.until("three"))
	require.NotContains(t, again, `"one"`)
	require.NotContains(t, again, `"two"`)
	require.NotContains(t, again, "elsewhere")
}

// until gives the events up to the one whose data hold a text.
func (l *listener) until(text string) (list []event) {
	l.t.Helper()
	for len(list) == 0 || !strings.Contains(list[len(list)-1].data, text) {
		list = append(list, l.next())
	}
	return list
}

func datas(list []event) string {
	var all strings.Builder
	for _, e := range list {
		all.WriteString(e.data)
	}
	return all.String()
}

func (l *listener) next() (e event) {
	l.t.Helper()
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.kind = value
		case "data":
			e.data = value
		case "":
			if e.kind != "" {
				return e
			}
		}
	}
	require.FailNow(l.t, "the stream ended")
	return e
}

func TestAnEventStreamIsRefusedBeforeItBegins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wss.Limits{})
	id := w.room()
	for _, tc := range []struct {
		name, user, query string
		status            int
	}{
		{"no session", "nobody", "rooms=" + id.String(), 401},
		{"no organization", "ann@", "rooms=" + id.String(), 403},
		{"stranger", "bob", "rooms=" + id.String(), 403},
		{"unknown room", "ann", "rooms=" + uuid.NewString(), 404},
		{"no id", "ann", "rooms=7", 400},
		{"no number", "ann", "rooms=" + id.String() + ":x", 400},
		{"below zero", "ann", "rooms=" + id.String() + ":-1", 400},
		{"from below zero", "ann", "from_seq=-1", 400},
		{"not a number", "ann", "from_seq=x", 400},
		{"too many", "ann", "rooms=" + manyRooms(), 400},
	} {
		_, status := w.follow(tc.user, tc.query, "")
		require.Equal(t, tc.status, status, tc.name)
	}
	require.Zero(t, w.sockets.Len(), "nothing is left of them")
}

func manyRooms() string {
	var list []string
	for range 60 {
		list = append(list, uuid.NewString())
	}
	return strings.Join(list, ",")
}

// TestStreamsWithoutChatTables tell so.
func TestStreamsWithoutChatTables(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, dbtest.New(t), wss.Limits{}, nil)
	status, body := w.call("ann", http.MethodGet, "/chat/events?rooms="+uuid.NewString(), "")
	require.Equal(t, 503, status, string(body))
	require.Contains(t, string(body), "no chat tables")
	w.connect("ann").refuse(wire.ChatUnavailable.Name, `{"type":"chat.read.up_to","room_id":%q,"seq":1}`, uuid.New())
}
