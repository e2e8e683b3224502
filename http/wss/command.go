package wss

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"athena/actors/room"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

const (
	// commandTimeout bounds one command.
	commandTimeout = 10 * time.Second
	// maxRefused is how many commands in a row may come too fast.
	maxRefused = 200
)

// take carries out one frame. What comes after the last word counts no more.
func (s *socket) take(kind int, text []byte) {
	if s.out.isEnded() {
		return // only its close is awaited
	}
	if kind != websocket.TextMessage {
		s.end(closeUnsupported, "frames are JSON in text, not binary")
		return
	}
	if !s.rate.Allow() {
		s.slowDown()
		return
	}
	s.refused = 0
	var c wire.LiveCommand
	if err := decode(text, &c); err != nil {
		s.fail(&c, err)
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, commandTimeout)
	defer cancel()
	if err := s.do(ctx, &c); err != nil {
		s.fail(&c, err)
	}
}

func decode(text []byte, c *wire.LiveCommand) error {
	if !utf8.Valid(text) {
		return wire.Fail(wire.InvalidJSON, "the frame is not valid UTF-8")
	}
	if err := wire.CheckJSONText(text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, c); err != nil {
		return wire.JSONProblem(err)
	}
	if c.Type == "" {
		return wire.Fail(wire.ChatBadRequest, "the frame has no type").At("type")
	}
	return nil
}

func (s *socket) slowDown() {
	s.refused++
	if s.refused > maxRefused {
		s.end(closePolicy, "too many commands")
		return
	}
	s.fail(&wire.LiveCommand{}, wire.Fail(wire.ChatRateLimited, "a connection may send %d commands a second", s.limits.Commands).After(time.Second))
}

// fail answers a command with an error.
func (s *socket) fail(c *wire.LiveCommand, err error) {
	problem, ok := wire.AsProblem(err)
	if !ok {
		s.api.Log.Error("command failed", "connection", s.id, "command", c.Type, "error", err)
		problem = wire.Fail(wire.Internal, "an unexpected condition; the log has it under the connection's id")
	}
	s.out.put(encodeFrame(wire.LiveError{
		Type: wire.EventError, Error: problem.Detail, Code: problem.Code.Name, Command: c.Type,
		RequestID: c.RequestID, RoomID: c.RoomID, RetryAfter: problem.RetryAfter.Seconds(),
	}))
}

// do carries out a command.
func (s *socket) do(ctx context.Context, c *wire.LiveCommand) error {
	switch {
	case c.Type == wire.CommandPing:
		s.out.put(encodeFrame(wire.LivePong{Type: wire.EventPong, At: c.At}))
		return nil
	case c.Type == wire.CommandHello:
		return s.hello(ctx, c)
	case !slices.Contains(commands, c.Type):
		return wire.Fail(wire.ChatBadRequest, "there is no command %q", c.Type).At("type")
	}
	who := s.identity.Load()
	if who == nil {
		return wire.Fail(wire.ChatUnauthenticated, "auth.hello must come first")
	}
	if strings.HasPrefix(c.Type, "gateway.") {
		return s.callGateway(c)
	}
	return s.chat(ctx, who, c)
}

func (s *socket) chat(ctx context.Context, who *identity, c *wire.LiveCommand) error {
	switch c.Type {
	case wire.CommandHeartbeat:
		return who.follower.Heartbeat(c.ActiveRoomID)
	case wire.CommandResume:
		return s.resume(ctx, who, c)
	}
	if c.RoomID == nil {
		return wire.Fail(wire.ChatBadRequest, "room_id is missing").At("room_id")
	}
	switch id := *c.RoomID; c.Type {
	case wire.CommandSubscribe:
		return s.subscribeFrom(ctx, who, id, c.FromSeq)
	case wire.CommandUnsubscribe:
		who.follower.Unsubscribe(id)
		return nil
	case wire.CommandTypingStart, wire.CommandTypingStop:
		return who.follower.Type(id, c.Type == wire.CommandTypingStart)
	default:
		return s.read(ctx, who, c)
	}
}

// subscribeFrom follows a room from a message on, or from now on.
func (s *socket) subscribeFrom(ctx context.Context, who *identity, id uuid.UUID, from *int64) error {
	after, err := wire.AfterSeq(from)
	if err != nil {
		return err
	}
	return s.subscribe(ctx, who, id, after)
}

// subscribe follows a room after the last message that the client has.
func (s *socket) subscribe(ctx context.Context, who *identity, id uuid.UUID, after *int64) error {
	if who.follower.Len() >= s.limits.Rooms && !who.follower.Follows(id) {
		return wire.Fail(wire.ChatBadRequest, "a connection may follow %d rooms", s.limits.Rooms).At("room_id")
	}
	if after != nil && *after < 0 {
		return wire.Fail(wire.ChatBadRequest, "the number must not be negative").At("last_seq")
	}
	return who.follower.Subscribe(ctx, id, after)
}

// resume follows rooms from where the client lost them. Each that cannot be is
// answered with an error of its own.
func (s *socket) resume(ctx context.Context, who *identity, c *wire.LiveCommand) error {
	if len(c.Rooms) == 0 {
		return wire.Fail(wire.ChatBadRequest, "rooms is empty").At("rooms")
	}
	for _, place := range c.Rooms {
		if err := s.subscribe(ctx, who, place.RoomID, &place.LastSeq); err != nil {
			s.fail(&wire.LiveCommand{Type: c.Type, RequestID: c.RequestID, RoomID: &place.RoomID}, err)
		}
	}
	return nil
}

// read moves the user's read cursor.
func (s *socket) read(ctx context.Context, who *identity, c *wire.LiveCommand) error {
	request := wire.ReadChatUpTo{MessageID: c.MessageID, Seq: c.Seq}
	if err := request.Check(); err != nil {
		return err
	}
	move := chatdb.MoveCursor{Message: c.MessageID}
	if c.Seq != nil {
		move.Seq = *c.Seq
	}
	_, err := room.Do(ctx, s.api.Rooms, room.Key{Client: s.client, Room: *c.RoomID}, who.by, move)
	return err
}
