package wss

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"athena/actors/live"
	"athena/http/route"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// stream is one client that follows rooms by Server-Sent Events.
type stream struct {
	*connection
	places map[uuid.UUID]int64 // number of the last message sent, by room
}

// maxStreamRooms bounds the rooms of a stream: each event's id names them all.
const maxStreamRooms = 50

// follow opens an event stream. Rooms that cannot be followed are refused before
// it begins.
func (a API) follow(ctx context.Context, in *wire.FollowChat, rc *fasthttp.RequestCtx) error {
	rooms, err := placesOf(in)
	if err != nil {
		return err
	}
	call := route.CallOf(ctx)
	by := chatdb.Caller{Organization: call.Caller.OrganizationID, User: call.Caller.UserID, Trace: call.RequestID}
	if by.Organization == "" {
		return wire.Fail(wire.ChatForbidden, "the session acts for no organization that its user is a member of")
	}
	s := a.newStream(call.Caller.Client)
	s.session = a.Sessions.Shown(rc)
	if err := a.Sockets.enter(s.connection); err != nil {
		return err
	}
	if err := s.begin(ctx, by, rooms); err != nil {
		s.cancel()
		return err
	}
	head := a.head(call.RequestID, string(rc.Request.Header.Peek("Origin")))
	rc.SetContentType("text/event-stream")
	rc.HijackSetNoResponse(true)
	rc.Hijack(func(conn net.Conn) { s.serve(unwrap(conn), head) })
	return nil
}

// placesOf reads which rooms are wanted, and from where on.
func placesOf(in *wire.FollowChat) (map[uuid.UUID]*int64, error) {
	rooms := map[uuid.UUID]*int64{}
	from, err := wire.AfterSeq(in.FromSeq)
	if err != nil {
		return nil, err
	}
	for _, list := range []string{in.Rooms, in.LastEventID} {
		for part := range strings.SplitSeq(list, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			id, after, err := parsePlace(part)
			if err != nil {
				return nil, err
			}
			if after == nil {
				after = from
			}
			rooms[id] = after
		}
	}
	if len(rooms) > maxStreamRooms {
		return nil, wire.Fail(wire.ChatBadRequest, "a stream may follow %d rooms", maxStreamRooms).At("rooms")
	}
	return rooms, nil
}

func parsePlace(text string) (id uuid.UUID, after *int64, err error) {
	name, number, numbered := strings.Cut(text, ":")
	if id, err = uuid.Parse(name); err != nil {
		return id, nil, wire.Fail(wire.ChatBadRequest, "%q is no room's id", name).At("rooms")
	}
	if !numbered {
		return id, nil, nil
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return id, nil, wire.Fail(wire.ChatBadRequest, "%q is no number of a message", number).At("rooms")
	}
	return id, &n, nil
}

func (a API) newStream(client string) *stream {
	limits := a.Sockets.limits
	s := &stream{places: map[uuid.UUID]int64{}}
	s.connection = &connection{
		api: &a, id: uuid.New(), limits: limits, client: client,
		beat: []byte(": still here\n\n"), words: lastComment,
		out: newOutlet(limits, func() []byte {
			return appendEvent(nil, "", wire.EventSync, `{"type":"chat.sync.required","reason":"`+wire.SyncSlow+`"}`)
		}, func() []byte { return lastComment(closeTryLater, "the events are not read as fast as they come") }),
	}
	return s
}

func lastComment(_ int, why string) []byte { return []byte(": " + why + "\n\n") }

// begin follows the rooms; what they send waits for the connection.
func (s *stream) begin(ctx context.Context, by chatdb.Caller, rooms map[uuid.UUID]*int64) error {
	if err := s.recognise(ctx, by, s); err != nil {
		return err
	}
	for id, after := range rooms {
		if err := s.identity.Load().follower.Subscribe(ctx, id, after); err != nil {
			return err
		}
	}
	return nil
}

// head is the answer before the events. The front end cannot write it: its own
// time-outs are those of answers that end.
func (a API) head(requestID, origin string) []byte {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\nX-Accel-Buffering: no\r\n")
	fmt.Fprintf(&b, "X-Request-Id: %s\r\n", requestID)
	if origin != "" && (slices.Contains(a.Origins, origin) || slices.Contains(a.Origins, "*")) {
		fmt.Fprintf(&b, "Access-Control-Allow-Origin: %s\r\nVary: Origin\r\n", origin)
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// serve writes until either side has enough.
func (s *stream) serve(conn net.Conn, head []byte) {
	defer s.depart(conn)
	defer func() {
		if p := recover(); p != nil {
			s.api.Log.Error("event stream panicked", "connection", s.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	s.out.open(conn, head)
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, conn) // it ends when the client goes away
		s.out.abandon()
		close(gone)
	}()
	<-s.out.done
	conn.Close()
	<-gone
}

// Send takes events; see live.Sink. Batches of several rooms may come at once.
func (s *stream) Send(b *live.Batch) {
	s.out.compose(func() []byte {
		var text []byte
		s.keepPlaces(b.Room)
		for i := range b.Events {
			e := &b.Events[i]
			if _, follows := s.places[b.Room]; follows {
				s.places[b.Room] = e.RoomSeq
			}
			text = appendEvent(text, s.eventID(), e.Type, e.Payload)
		}
		return text
	})
}

// keepPlaces notes whether a room is one of those that the stream follows: others
// are only told of.
func (s *stream) keepPlaces(id uuid.UUID) {
	if who := s.identity.Load(); who == nil || !who.follower.Follows(id) {
		delete(s.places, id)
	} else if _, known := s.places[id]; !known {
		s.places[id] = 0
	}
}

// eventID names how far each room has got: sent back, it is a list of rooms.
func (s *stream) eventID() string {
	parts := make([]string, 0, len(s.places))
	for _, id := range slices.SortedFunc(maps.Keys(s.places), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }) {
		parts = append(parts, id.String()+":"+strconv.FormatInt(s.places[id], 10))
	}
	return strings.Join(parts, ",")
}

// oneLine takes the line breaks out of JSON, where they mean nothing.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")

func appendEvent(to []byte, id, kind, payload string) []byte {
	if id != "" {
		to = append(append(append(to, "id: "...), id...), '\n')
	}
	to = append(append(append(to, "event: "...), kind...), "\ndata: "...)
	return append(append(to, oneLine.Replace(payload)...), "\n\n"...)
}
