package wss

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"athena/actors/live"
	"athena/http/route"
	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
	"golang.org/x/time/rate"
)

// socket is one WebSocket. Its fields belong to its reader.
type socket struct {
	*connection
	ws      *websocket.Conn
	conn    net.Conn // below ws
	rate    *rate.Limiter
	refused int // commands in a row that came too fast
	headers []header
	remote  net.Addr
	calls   chan struct{} // gateway commands under way
	ctx     context.Context
}

// writeBuffers are shared: frames of ours bypass the library's writer.
var writeBuffers sync.Pool

// upgrade opens a socket.
func (a API) upgrade(ctx context.Context, rc *fasthttp.RequestCtx) error {
	if !websocket.FastHTTPIsWebSocketUpgrade(rc) {
		return wire.Fail(wire.InvalidRequest, "the request is no WebSocket handshake").WithHint("connect with a WebSocket client; GET /chat/events gives the same events over plain HTTP")
	}
	origin := string(rc.Request.Header.Peek("Origin"))
	if !a.originAllowed(origin, string(rc.Host())) {
		return wire.Fail(wire.ChatForbidden, "sockets may not be opened from this origin").At("Origin")
	}
	if err := a.Sockets.admit(); err != nil {
		return err
	}
	s := a.newSocket(rc, route.CallOf(ctx))
	up := websocket.FastHTTPUpgrader{
		ReadBufferSize: 1024, WriteBufferSize: 512, WriteBufferPool: &writeBuffers,
		CheckOrigin: func(*fasthttp.RequestCtx) bool { return true },
		Error:       func(*fasthttp.RequestCtx, int, error) {}, // told by the envelope
	}
	if err := up.Upgrade(rc, s.serve); err != nil {
		return wire.Fail(wire.InvalidRequest, "the WebSocket handshake is incomplete: %s", err.Error())
	}
	return nil
}

// originAllowed keeps pages of strangers from using their visitors' cookies.
func (a API) originAllowed(origin, host string) bool {
	if origin == "" || slices.Contains(a.Origins, origin) || slices.Contains(a.Origins, "*") {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == host
}

func (a API) newSocket(rc *fasthttp.RequestCtx, call *route.Call) *socket {
	limits := a.Sockets.limits
	client := string(rc.Request.Header.Peek("X-Athena-Client"))
	if client == "" {
		client = string(rc.QueryArgs().Peek("client"))
	}
	s := &socket{
		connection: &connection{
			api: &a, id: uuid.New(), limits: limits, client: client, session: a.Sessions.Shown(rc),
			out:  newOutlet(limits, syncFrame, slowFrame),
			beat: appendFrame(nil, pingFrame, ""), words: closing,
		},
		rate: rate.NewLimiter(rate.Limit(limits.Commands), 2*limits.Commands), headers: forwarded(rc),
		remote: rc.RemoteAddr(), calls: make(chan struct{}, maxCalls),
	}
	if call.Caller.From.IsValid() {
		s.remote = net.TCPAddrFromAddrPort(netAddr(call))
	}
	return s
}

// serve reads commands until the socket is closed, by either side.
func (s *socket) serve(ws *websocket.Conn) {
	s.ws, s.conn = ws, unwrap(ws.NetConn())
	ctx, cancel := context.WithCancel(context.Background())
	s.ctx = ctx
	defer s.depart(s.conn)
	defer cancel()
	defer s.recover()
	s.out.open(s.conn, nil)
	if err := s.api.Sockets.enter(s.connection); err != nil {
		s.end(closeTryLater, "the server takes no more connections")
	}
	s.listen()
	s.ws.SetReadLimit(s.limits.Frame)
	hello := time.Now().Add(s.limits.Hello)
	for {
		s.awaitUntil(hello)
		kind, text, err := s.ws.ReadMessage()
		if err != nil {
			s.hangUp(err)
			return
		}
		s.take(kind, text)
	}
}

// recover keeps one socket's failure from ending the process.
func (s *socket) recover() {
	if p := recover(); p != nil {
		s.api.Log.Error("socket panicked", "connection", s.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		s.end(closeInternal, "internal error")
	}
}

// listen answers what is no command: pings, pongs and the other side's close.
func (s *socket) listen() {
	s.ws.SetPingHandler(func(text string) error {
		s.out.put(appendFrame(nil, pongFrame, text))
		return nil
	})
	s.ws.SetPongHandler(func(string) error {
		s.awaitUntil(time.Time{})
		return nil
	})
	s.ws.SetCloseHandler(func(int, string) error {
		s.end(closeNormal, "")
		return nil
	})
}

// awaitUntil sets how long the socket waits for the next frame: until hello, or
// for some beats once the session is known.
func (s *socket) awaitUntil(hello time.Time) {
	end := time.Now().Add(3 * s.limits.Beat)
	if s.identity.Load() == nil && !hello.IsZero() {
		end = hello
	}
	s.out.waitUntil(end)
}

// hangUp says why nothing more is read.
func (s *socket) hangUp(err error) {
	var network net.Error
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		// the library has said so already, with its own code
	case errors.As(err, &network) && network.Timeout() && s.identity.Load() == nil:
		s.end(closePolicy, "auth.hello did not come in time")
	case errors.As(err, &network) && network.Timeout():
		s.end(closeGoingAway, "no sign of life")
	}
}

// Send takes events; see live.Sink.
func (s *socket) Send(b *live.Batch) { s.out.tell(b.Encoded(encodeEvents)) }
