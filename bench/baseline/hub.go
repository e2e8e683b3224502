package baseline

import (
	"fmt"
	"slices"
	"sync"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"
)

// hub brings new messages to the sockets that follow their rooms. A message is
// encoded once for all of them; each has a queue and a writer. Messages of one room
// may come in another order than their numbers', since each is told by whoever
// stored it.
type hub struct {
	mu    sync.RWMutex
	rooms map[string][]*listener
}

// listener is one socket.
type listener struct {
	conn  *websocket.Conn
	queue chan *websocket.PreparedMessage
}

// waiting is how many messages may wait for a socket.
const waiting = 4096

func newHub() *hub { return &hub{rooms: map[string][]*listener{}} }

// tell queues a message for everybody who follows its room.
func (h *hub) tell(m *message, text []byte) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := h.rooms[m.RoomID]
	if len(all) == 0 {
		return nil
	}
	event := fmt.Appendf(nil, `{"type":"chat.message.created","room_id":%q,"room_seq":%d,"message":%s}`, m.RoomID, m.RoomSeq, text)
	frame, err := websocket.NewPreparedMessage(websocket.TextMessage, event)
	if err != nil {
		return fmt.Errorf("baseline: encode the event: %w", err)
	}
	for _, l := range all {
		select {
		case l.queue <- frame:
		default: // too slow
			_ = l.conn.Close() // its reader learns of it
		}
	}
	return nil
}

// upgrade makes the connection a socket.
func (h *hub) upgrade(c *fasthttp.RequestCtx) error {
	var up websocket.FastHTTPUpgrader
	return up.Upgrade(c, func(conn *websocket.Conn) {
		l := &listener{conn, make(chan *websocket.PreparedMessage, waiting)}
		h.serve(l)
	})
}

// serve takes the rooms of the first frame, then waits for the socket's end.
func (h *hub) serve(l *listener) {
	defer func() { _ = l.conn.Close() }()
	var hello struct {
		Rooms []string `json:"room_subscriptions"`
	}
	if l.conn.ReadJSON(&hello) != nil {
		return
	}
	if l.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello.ok"}`)) != nil {
		return
	}
	ended := make(chan struct{})
	defer close(ended)
	for _, room := range hello.Rooms {
		h.enter(room, l)
		defer h.leave(room, l)
		if l.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"type":"chat.subscribed","room_id":%q}`, room)) != nil {
			return
		}
	}
	go l.write(ended)
	for {
		if _, _, err := l.conn.ReadMessage(); err != nil {
			return
		}
	}
}

// write writes what is queued until the socket has ended.
func (l *listener) write(ended <-chan struct{}) {
	for {
		select {
		case frame := <-l.queue:
			if l.conn.WritePreparedMessage(frame) != nil {
				_ = l.conn.Close() // its reader learns of it
				return
			}
		case <-ended:
			return
		}
	}
}

func (h *hub) enter(room string, l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rooms[room] = append(h.rooms[room], l)
}

func (h *hub) leave(room string, l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rooms[room] = slices.DeleteFunc(h.rooms[room], func(other *listener) bool { return other == l })
}
