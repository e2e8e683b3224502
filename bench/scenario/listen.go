package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"athena/bench/contender"
	"athena/bench/load"

	"github.com/fasthttp/websocket"
)

// settleTime is how long messages may be on their way to the sockets.
const settleTime = 30 * time.Second

// audience are sockets that follow a room each.
type audience struct{ sockets []*socket }

// listen opens sockets, whose users and rooms take turns, and returns once all of
// them follow theirs.
func listen(ctx context.Context, t *talk, sockets int) (*audience, error) {
	a := &audience{sockets: make([]*socket, sockets)}
	err := each(ctx, sockets, func(ctx context.Context, i int) (err error) {
		a.sockets[i], err = follow(ctx, t.contender, t.sessions[i%len(t.sessions)], t.rooms[i%len(t.rooms)])
		return err
	})
	if err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *audience) close() {
	for _, s := range a.sockets {
		if s != nil {
			s.close()
		}
	}
}

// settle waits until every socket has heard all messages of the room, and adds the
// times that they took.
func (a *audience) settle(ctx context.Context, messages int, whole *load.Result) error {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	for i, s := range a.sockets {
		if err := s.settle(ctx, messages, &whole.Delivered); err != nil {
			return fmt.Errorf("socket %d: %w", i, err)
		}
	}
	return nil
}

// socket is one that follows a room.
type socket struct {
	ws *websocket.Conn
	// ordered says that every message must have the number after that of the one
	// before it.
	ordered bool
	ended   chan struct{} // closed once nothing more is read
	news    chan struct{} // has one when something was heard

	mu     sync.Mutex
	heard  int
	last   int64
	times  *load.Histogram // of what was not settled; nil where nothing was heard
	failed error
}

// follow opens a socket and has it follow a room.
func follow(ctx context.Context, c *contender.Contender, session contender.Session, room string) (*socket, error) {
	headers := http.Header{}
	for line := range strings.SplitSeq(strings.TrimSpace(c.As(session)), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		headers.Set(name, value)
	}
	ws, response, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+c.Address+"/wss/gateway", headers)
	if err != nil {
		return nil, fmt.Errorf("open a socket: %w", err)
	}
	response.Body.Close()
	s := &socket{ws: ws, ordered: c.Ordered, ended: make(chan struct{}), news: make(chan struct{}, 1)}
	if err := s.hello(room); err != nil {
		_ = ws.Close() // the first failure is told
		return nil, err
	}
	go s.listen()
	return s, nil
}

// hello subscribes and waits for the answer.
func (s *socket) hello(room string) error {
	hello := `{"type":"auth.hello","room_subscriptions":["` + room + `"]}`
	if err := s.ws.WriteMessage(websocket.TextMessage, []byte(hello)); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for {
		_, frame, err := s.ws.ReadMessage()
		switch {
		case err != nil:
			return fmt.Errorf("subscribe: %w", err)
		case is(frame, "error"):
			return fmt.Errorf("subscribe: %.300s", frame)
		case is(frame, "chat.subscribed"):
			return nil
		}
	}
}

// close ends the socket and waits until its reader has ended.
func (s *socket) close() {
	_ = s.ws.Close() // its reader ends
	<-s.ended
}

// listen reads to the end. What goes wrong is told by settle.
func (s *socket) listen() {
	defer close(s.ended)
	var frame bytes.Buffer
	for {
		_, r, err := s.ws.NextReader()
		if err == nil {
			frame.Reset()
			_, err = frame.ReadFrom(r)
		}
		if err == nil {
			err = s.take(frame.Bytes(), time.Now())
		}
		if err != nil {
			s.mu.Lock()
			s.failed = err
			s.mu.Unlock()
			s.tell()
			return
		}
	}
}

func (s *socket) tell() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// take looks into a frame as far as it must, since the bench shares its processors
// with what it measures.
func (s *socket) take(frame []byte, now time.Time) error {
	switch {
	case is(frame, "chat.message.created"):
	case is(frame, "error"), is(frame, "chat.sync.required"):
		return fmt.Errorf("told %.300s", frame)
	default:
		return nil // who is there, and who writes
	}
	seq, err := roomSeq(frame)
	if err != nil {
		return err
	}
	sent, err := stampOf(frame)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ordered && seq != s.last+1 {
		return fmt.Errorf("message %d follows message %d", seq, s.last)
	}
	s.last = seq
	s.heard++
	if s.times == nil {
		s.times = &load.Histogram{}
	}
	s.times.Record(now.Sub(sent))
	s.tell()
	return nil
}

// settle waits until all messages were heard. More than all are too many.
func (s *socket) settle(ctx context.Context, messages int, times *load.Histogram) error {
	for {
		s.mu.Lock()
		heard, failed := s.heard, s.failed
		if failed == nil && heard == messages && s.times != nil {
			times.Merge(s.times)
			s.times = nil
		}
		s.mu.Unlock()
		switch {
		case failed != nil:
			return failed
		case heard == messages:
			return nil
		case heard > messages:
			return fmt.Errorf("got %d messages where %d were acknowledged", heard, messages)
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d messages did not come: %w", messages-heard, messages, ctx.Err())
		}
	}
}

// is tells whether a frame is of a type, which stands first.
func is(frame []byte, kind string) bool {
	rest, found := bytes.CutPrefix(frame, []byte(`{"type":"`))
	return found && len(rest) > len(kind) && string(rest[:len(kind)]) == kind && rest[len(kind)] == '"'
}

// stampOf finds the time of sending in a message's text.
func stampOf(frame []byte) (time.Time, error) {
	_, after, found := bytes.Cut(frame, []byte(stamp))
	digits, _, ended := bytes.Cut(after, []byte{' '})
	if !found || !ended {
		return time.Time{}, errors.New("a message without the time of its sending")
	}
	ns, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time of sending: %w", err)
	}
	return time.Unix(0, ns), nil
}
