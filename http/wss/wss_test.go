package wss_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/live"
	"athena/actors/room"
	"athena/http/apitest"
	"athena/http/chat"
	"athena/http/route"
	"athena/http/server"
	"athena/http/wss"
	"athena/persistence"
	"athena/persistence/chatdb"
	"athena/persistence/dbtest"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const patience = 20 * time.Second

// world is a server on a port of its own.
type world struct {
	t       *testing.T
	db      *pgxpool.Pool
	address string
	rooms   *room.Rooms
	sockets *wss.Sockets
	ended   chan string // users whose session has ended
}

type databases struct{ db *pgxpool.Pool }

func (d databases) DB(_ context.Context, client string) (persistence.Pool, error) {
	if client != "acme" {
		return nil, wire.Fail(wire.ClientUnknown, "no client %s", client)
	}
	return d.db, nil
}

// sessions take "user" or "user@organization" for a token.
type sessions struct {
	databases
	ended chan string
}

func (s sessions) Resolve(ctx context.Context, client, token string) (sessionsdb.Session, error) {
	if _, err := s.DB(ctx, client); err != nil {
		return sessionsdb.Session{}, err
	}
	user, organization, named := strings.Cut(token, "@")
	if !named {
		organization = "org"
	}
	select {
	case gone := <-s.ended:
		s.ended <- gone
		if gone == user {
			return sessionsdb.Session{}, wire.Fail(wire.ChatUnauthenticated, "the session has ended")
		}
	default:
	}
	if user == "nobody" {
		return sessionsdb.Session{}, wire.Fail(wire.ChatUnauthenticated, "the session is not valid")
	}
	return sessionsdb.Session{UserID: user, OrganizationID: organization}, nil
}

func (s sessions) Shown(rc *fasthttp.RequestCtx) func(context.Context, string) (sessionsdb.Session, error) {
	shown := token(rc)
	if shown == "" {
		return nil
	}
	return func(ctx context.Context, client string) (sessionsdb.Session, error) {
		return s.Resolve(ctx, client, shown)
	}
}

// Check is the guard: a bearer is a session.
func (s sessions) Check(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	caller := route.Caller{Client: string(rc.Request.Header.Peek("X-Athena-Client"))}
	if r.Access != route.Session {
		return caller, nil
	}
	found, err := s.Resolve(ctx, caller.Client, token(rc))
	caller.UserID, caller.OrganizationID = found.UserID, found.OrganizationID
	return caller, err
}

func token(rc *fasthttp.RequestCtx) string {
	return strings.TrimPrefix(string(rc.Request.Header.Peek("Authorization")), "Bearer ")
}

type discard struct{}

func (discard) Record(*wire.RequestLog, *wire.OperationLog) {}

// newWorld hears of no other node.
func newWorld(t *testing.T, limits wss.Limits) *world {
	t.Helper()
	return newWorldOn(t, dbtest.Client(t), limits, nil)
}

func newWorldOn(t *testing.T, uri string, limits wss.Limits, listen live.ListenFunc) *world {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	w := &world{t: t, db: dbtest.Pool(t, uri), sockets: wss.NewSockets(limits), ended: make(chan string, 1)}
	system := actors.NewSystem(quiet)
	d := databases{w.db}
	hub := live.New(system, d, live.Config{Signs: 5 * time.Millisecond, Listen: listen})
	w.rooms = room.New(system, d, room.Config{Publish: hub.Publish})
	s := sessions{d, w.ended}
	api := wss.API{
		Hub: hub, Rooms: w.rooms, Databases: d, Sessions: s, Sockets: w.sockets, Log: quiet,
		Gateway: echo, Origins: []string{"https://good.example"},
	}
	front := server.New(server.Config{}, []route.Table{api.Routes(), chat.API{Rooms: w.rooms, Databases: d}.Routes()}, s, discard{}, server.NewMetrics(), quiet)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.address = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- front.Serve(listener) }()
	beating, stop := context.WithCancel(context.Background())
	beats := make(chan struct{})
	go func() { w.sockets.Run(beating); close(beats) }()
	t.Cleanup(func() {
		stop()
		<-beats
		require.NoError(t, w.sockets.Close(context.Background()))
		require.NoError(t, front.Shutdown(context.Background()))
		require.NoError(t, <-served)
		require.NoError(t, w.rooms.Drain(context.Background()))
		require.NoError(t, hub.Close(context.Background()))
		system.Shutdown()
	})
	return w
}

// echo stands for the front end behind gateway commands.
func echo(rc *fasthttp.RequestCtx) {
	rc.SetStatusCode(202)
	fmt.Fprintf(rc, `{"did":"%s %s","for":"%s","key":"%s","body":%s}`, rc.Method(), rc.Path(),
		rc.Request.Header.Peek("X-Athena-Client"), rc.Request.Header.Peek("apikey"), rc.Request.Body())
}

func (w *world) room(users ...string) uuid.UUID {
	w.t.Helper()
	made, err := chatdb.Store{DB: w.db}.CreateRoom(w.t.Context(), chatdb.Caller{Organization: "org", User: "ann"}, &wire.CreateChatRoom{Kind: wire.RoomGroup, MemberUserIDs: users})
	require.NoError(w.t, err)
	return made.ID
}

func (w *world) send(id uuid.UUID, user, text string) wire.ChatMessage {
	w.t.Helper()
	m, err := w.rooms.Send(w.t.Context(), "acme", chatdb.Caller{Organization: "org", User: user}, wire.ChatMessage{
		ID: uuid.Must(uuid.NewV7()), RoomID: id, SenderID: user, BodyText: &text,
		Attachments: []wire.ChatAttachmentView{}, Reactions: []wire.ChatReactionCount{},
	})
	require.NoError(w.t, err)
	return m
}

// client is one socket as a client has it.
type client struct {
	t     *testing.T
	ws    *websocket.Conn
	heard map[string]bool // types of frames
}

// frame is any frame of the server, as far as tests look into it.
type frame struct {
	Type, Error, Code, Command, Reason string
	RoomID                             uuid.UUID `json:"room_id"`
	RequestID                          string    `json:"request_id"`
	RoomSeq                            int64     `json:"room_seq"`
	FromSeq                            int64     `json:"from_seq"`
	ReadSeq                            int64     `json:"read_seq"`
	RetryAfter                         float64   `json:"retry_after"`
	Status                             int
	UserIDs                            []string `json:"user_ids"`
	Message                            *wire.ChatMessage
	At, Body                           json.RawMessage
}

// dial opens a socket; headers are written as "Name: value".
func (w *world) dial(headers ...string) *client {
	w.t.Helper()
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	ws, status, _ := w.shake(h)
	require.Equal(w.t, 101, status)
	return &client{w.t, ws, map[string]bool{}}
}

// shake asks for a socket, and compares the answer with what the document says.
func (w *world) shake(headers http.Header) (ws *websocket.Conn, status int, media string) {
	w.t.Helper()
	ws, response, err := websocket.DefaultDialer.Dial("ws://"+w.address+"/wss/gateway", headers)
	if err == nil {
		w.t.Cleanup(func() { ws.Close() })
	} else {
		require.ErrorIs(w.t, err, websocket.ErrBadHandshake)
	}
	body, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	response.Body.Close()
	asked, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, "http://"+w.address+"/wss/gateway", http.NoBody)
	require.NoError(w.t, err)
	require.NoError(w.t, apitest.Documented(asked, response.StatusCode, response.Header, body))
	return ws, response.StatusCode, response.Header.Get("Content-Type")
}

// connect opens a socket for a user.
func (w *world) connect(user string, more ...string) *client {
	w.t.Helper()
	c := w.dial(append(more, "X-Athena-Client: acme", "Authorization: Bearer "+user)...)
	c.say(`{"type":"auth.hello"}`)
	c.hear(wire.EventHello)
	return c
}

func (c *client) say(text string, args ...any) {
	c.t.Helper()
	require.NoError(c.t, c.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, text, args...)))
}

// next gives the next frame that is no sign of life.
func (c *client) next() (f frame) {
	c.t.Helper()
	for {
		if f = c.any(); f.Type != wire.EventPresence && f.Type != wire.EventTyping {
			return f
		}
	}
}

// any gives the next frame, which must be as the document describes it.
func (c *client) any() (f frame) {
	c.t.Helper()
	require.NoError(c.t, c.ws.SetReadDeadline(time.Now().Add(patience)))
	_, text, err := c.ws.ReadMessage()
	require.NoError(c.t, err)
	requireDescribed(c.t, text)
	require.NoError(c.t, json.Unmarshal(text, &f), string(text))
	c.heard[f.Type] = true
	return f
}

// hear expects the next frame to be of a type.
func (c *client) hear(kind string) frame {
	c.t.Helper()
	f := c.next()
	require.Equal(c.t, kind, f.Type, "%+v", f)
	return f
}

// refuse says something and expects an error, of a kind unless that is empty.
func (c *client) refuse(code, text string, args ...any) frame {
	c.t.Helper()
	c.say(text, args...)
	f := c.hear(wire.EventError)
	if code != "" {
		require.Equal(c.t, code, f.Code, "%+v", f)
	}
	require.NotEmpty(c.t, f.Error)
	return f
}

// closed expects the socket to be closed with a code, whatever comes before.
func (c *client) closed(code int) string {
	c.t.Helper()
	require.NoError(c.t, c.ws.SetReadDeadline(time.Now().Add(patience)))
	for {
		_, _, err := c.ws.ReadMessage()
		if err == nil {
			continue
		}
		var closing *websocket.CloseError
		require.ErrorAs(c.t, err, &closing)
		require.Equal(c.t, code, closing.Code, closing.Text)
		return closing.Text
	}
}

// call asks over HTTP as a user.
func (w *world) call(user, method, path, body string) (status int, answer []byte) {
	w.t.Helper()
	var request fasthttp.Request
	var response fasthttp.Response
	request.Header.SetMethod(method)
	request.SetRequestURI("http://" + w.address + path)
	request.Header.Set("X-Athena-Client", "acme")
	request.Header.Set("Authorization", "Bearer "+user)
	request.Header.SetContentType("application/json")
	request.SetBodyString(body)
	require.NoError(w.t, fasthttp.Do(&request, &response))
	return response.StatusCode(), response.Body()
}

func (w *world) get(path string) []byte {
	w.t.Helper()
	status, body, err := fasthttp.Get(nil, "http://"+w.address+path)
	require.NoError(w.t, err)
	require.Equal(w.t, 200, status)
	return body
}
