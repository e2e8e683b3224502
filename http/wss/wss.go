// Package wss brings chat's events to clients as they happen: over a WebSocket,
// which takes commands too, and as Server-Sent Events for those who cannot have
// one. It promises each client the events of a room in their order and without a
// gap, and that a client which reads slowly is told so, or closed, and slows
// nobody else.
//
// A connection has a queue of its own, which is bounded, and at most one writer,
// which puts everything that waits into one write. Events come to it encoded
// already, once for all.
package wss

import (
	"cmp"
	"context"
	_ "embed"
	"log/slog"
	"time"

	"athena/actors/live"
	"athena/actors/room"
	"athena/http/route"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// Document describes the socket's frames, as GET /openapi-wss.yaml serves it.
//
//go:embed openapi-wss.yaml
var Document []byte

// Sessions finds out whom a session token belongs to.
type Sessions interface {
	Resolve(ctx context.Context, client, token string) (sessionsdb.Session, error)
	// Shown gives what looks up the session that a request shows; nil for none.
	Shown(*fasthttp.RequestCtx) func(ctx context.Context, client string) (sessionsdb.Session, error)
}

// API serves live connections.
type API struct {
	Hub       *live.Hub
	Rooms     *room.Rooms
	Databases room.Databases
	Sessions  Sessions
	// Gateway serves the gateway commands: the whole front end.
	Gateway fasthttp.RequestHandler
	// Origins are those from which browsers may connect beside the server's own;
	// "*" allows any, but takes no cookie from it.
	Origins []string
	// Sockets are the open connections.
	Sockets *Sockets
	Log     *slog.Logger
}

const (
	path = "/wss/gateway"
	tag  = "Live"
)

// Routes are the operations.
func (a API) Routes() route.Table {
	return route.Table{
		{Method: "GET", Path: path, Tag: tag, Static: true, Do: route.Raw("", a.upgrade), Status: 101, Fails: []int{400, 403, 503},
			Summary: "Open a WebSocket for events and commands", Notes: "The first frame is auth.hello with the session token, unless the handshake carried it. The frames are described in /openapi-wss.yaml."},
		{Method: "GET", Path: "/wss/info", Tag: tag, Do: route.JSON(a.info),
			Summary: "Describe the WebSocket"},
		{Method: "GET", Path: "/openapi-wss.yaml", Tag: tag, Do: route.Raw("application/yaml", a.document),
			Summary: "The description of the WebSocket's frames"},
		{Method: "GET", Path: "/chat/events", Access: route.Session, Right: "chat.messages.read", Tag: tag, Do: route.Stream("text/event-stream", a.follow), Fails: []int{404},
			Summary: "Follow rooms by Server-Sent Events", Notes: "The same events as over the WebSocket. Each has an id; sent back in Last-Event-ID it lets the stream go on where it broke off."},
	}
}

var commands = []string{
	wire.CommandHello, wire.CommandSubscribe, wire.CommandUnsubscribe, wire.CommandResume,
	wire.CommandTypingStart, wire.CommandTypingStop, wire.CommandHeartbeat, wire.CommandRead, wire.CommandPing,
	wire.CommandFetch, wire.CommandInsert, wire.CommandUpdate, wire.CommandDelete, wire.CommandQuery,
}

var events = []string{
	wire.EventHello, wire.EventSubscribed,
	wire.EventRoomCreated, wire.EventRoomUpdated, wire.EventRoomArchived,
	wire.EventMessageCreated, wire.EventMessageUpdated, wire.EventMessageDeleted,
	wire.EventReaction, wire.EventRead, wire.EventMembers, wire.EventTyping, wire.EventPresence,
	wire.EventSync, wire.EventGateway, wire.EventPong, wire.EventError,
}

func (a API) info(context.Context, *wire.Empty) (wire.Success[wire.LiveInfo], error) {
	return wire.OK("Athena's WebSocket", wire.LiveInfo{
		Transport: "wss", Path: path, State: "live", Actions: commands, Events: events,
		Notes: []string{
			"Frames are JSON objects in text, each with a type.",
			"Name the Athena client by the header X-Athena-Client, the query parameter client or the field client of auth.hello.",
			"New messages come in the order of room_seq without a gap; every other event has the room's last number in seq.",
			"After a lost connection send chat.resume with the last number of each room.",
			"After chat.sync.required read the history over HTTP; events go on.",
		},
	}), nil
}

func (a API) document(_ context.Context, rc *fasthttp.RequestCtx) error {
	rc.SetContentType("application/yaml")
	rc.SetBody(Document)
	return nil
}

// Limits bound a connection. Zero values take the defaults.
type Limits struct {
	// Connections is how many there may be; default 100,000.
	Connections int
	// Frame is the largest frame of a client in bytes; default 256 KiB.
	Frame int64
	// Rooms is how many rooms one connection may follow; default 500.
	Rooms int
	// Commands is how many commands a second a connection may send; twice as many
	// may come at once; default 50.
	Commands int
	// Queue is how many bytes may wait to be written; default 1 MiB.
	Queue int
	// Hello is how long a client has for its first command; default 10 s.
	Hello time.Duration
	// Write is how long one write may take; default 10 s.
	Write time.Duration
	// Beat is the time between two pings; a client that is silent for three of them
	// is gone; default 25 s.
	Beat time.Duration
	// Renew is how long a session counts without being looked up again, which is
	// then done at the next Beat; default 20 s.
	Renew time.Duration
}

func (l Limits) withDefaults() Limits {
	l.Connections = cmp.Or(l.Connections, 100_000)
	l.Frame = cmp.Or(l.Frame, 256<<10)
	l.Rooms = cmp.Or(l.Rooms, 500)
	l.Commands = cmp.Or(l.Commands, 50)
	l.Queue = cmp.Or(l.Queue, 1<<20)
	l.Hello = cmp.Or(l.Hello, 10*time.Second)
	l.Write = cmp.Or(l.Write, 10*time.Second)
	l.Beat = cmp.Or(l.Beat, 25*time.Second)
	l.Renew = cmp.Or(l.Renew, 20*time.Second)
	return l
}
