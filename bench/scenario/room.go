package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"athena/bench/contender"
	"athena/bench/load"

	"github.com/goccy/go-json"
	"golang.org/x/sync/errgroup"
)

// hotRoom has every sender write into the same room.
func hotRoom() Scenario {
	return Scenario{
		Name: "hot-room", Title: "Chat, one hot room", Connections: []int{64, 256}, Goal: 8, Chat: true,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			return chat(ctx, c, connections, 1)
		},
	}
}

// manyRooms has every sender write into a room chosen anew for each message.
func manyRooms(name string, rooms int) Scenario {
	return Scenario{
		Name: name, Title: fmt.Sprintf("Chat, %d rooms", rooms), Connections: []int{64}, Goal: 2.5, Chat: true,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			return chat(ctx, c, connections, rooms)
		},
	}
}

// senders is how many users share the connections: more do not change the load,
// and each costs the start of a program.
const senders = 64

// chat makes rooms with all senders in them, and senders that write.
func chat(ctx context.Context, c *contender.Contender, connections, rooms int) (*Work, error) {
	t, err := newTalk(ctx, c, connections, rooms)
	if err != nil {
		return nil, err
	}
	return &Work{Callers: t.callers(), Verify: t.verify}, nil
}

// talk is rooms and who writes into them.
type talk struct {
	contender *contender.Contender
	sessions  []contender.Session // all are members of all rooms
	rooms     []string
	senders   []*sender
}

func newTalk(ctx context.Context, c *contender.Contender, connections, rooms int) (*talk, error) {
	sessions, err := c.Sessions(ctx, min(connections, senders))
	if err != nil {
		return nil, err
	}
	t := &talk{contender: c, sessions: sessions, rooms: make([]string, rooms)}
	if err := each(ctx, rooms, func(ctx context.Context, i int) (err error) {
		t.rooms[i], err = createRoom(ctx, c, sessions)
		return err
	}); err != nil {
		return nil, err
	}
	for i := range connections {
		t.senders = append(t.senders, newSender(c, i, sessions[i%len(sessions)], t.rooms))
	}
	return t, nil
}

func (t *talk) callers() []load.Caller {
	all := make([]load.Caller, len(t.senders))
	for i, s := range t.senders {
		all[i] = s
	}
	return all
}

// verify holds the history of every room against what was acknowledged.
func (t *talk) verify(ctx context.Context) error {
	acks := acknowledged(t.senders, len(t.rooms))
	return each(ctx, len(t.rooms), func(ctx context.Context, i int) error {
		if err := verify(ctx, t.contender, t.sessions[0], t.rooms[i], acks[i]); err != nil {
			return fmt.Errorf("room %s: %w", t.rooms[i], err)
		}
		return nil
	})
}

// each does something n times, a few at a time, until one fails.
func each(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	const atOnce = 16
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(atOnce)
	for i := range n {
		all.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return do(ctx, i)
		})
	}
	return all.Wait()
}

func createRoom(ctx context.Context, c *contender.Contender, sessions []contender.Session) (string, error) {
	members := make([]string, 0, len(sessions))
	for _, s := range sessions[1:] {
		members = append(members, s.User)
	}
	body, err := json.Marshal(map[string]any{"kind": "group", "title": "bench", "member_user_ids": members})
	if err != nil {
		return "", fmt.Errorf("write the room: %w", err)
	}
	request := load.NewTemplate("POST", "/chat/rooms", c.As(sessions[0])).Append(nil, body)
	answer, err := load.Once(ctx, c.Address, request)
	if err != nil {
		return "", fmt.Errorf("create a room: %w", err)
	}
	var reply struct{ Data struct{ ID string } }
	if err := json.Unmarshal(answer, &reply); err != nil {
		return "", fmt.Errorf("read the room: %w", err)
	}
	return reply.Data.ID, nil
}

// sender writes messages and keeps the numbers it was told.
type sender struct {
	connection int
	rooms      []string
	rest       load.Template // what follows the room's id
	random     *rand.Rand
	stamped    bool // the text begins with the time of sending
	room       int  // of the message under way
	sent       int
	body       []byte
	acks       []ack
}

// ack is the answer to a message: the number it has in its room.
type ack struct {
	room, message int
	seq           int64
}

func newSender(c *contender.Contender, connection int, session contender.Session, rooms []string) *sender {
	return &sender{connection: connection, random: random(connection), rooms: rooms, rest: load.NewRest("/messages", c.As(session))}
}

const (
	textField = `"body_text":"`
	text      = "The quick brown fox jumps over the lazy dog."
	// stamp stands before the time in a text.
	stamp = textField + "At "
)

func (s *sender) Next(dst []byte) []byte {
	s.room = s.random.IntN(len(s.rooms))
	s.sent++
	s.body = append(s.body[:0], "{"+textField...)
	if s.stamped {
		s.body = append(s.body[:1], stamp...)
		s.body = append(strconv.AppendInt(s.body, time.Now().UnixNano(), 10), ' ')
	}
	s.body = append(s.body, text+`","client_message_id":"`...)
	s.body = append(appendMessageID(s.body, s.connection, s.sent), `"}`...)
	dst = append(append(dst, "POST /chat/rooms/"...), s.rooms[s.room]...)
	return s.rest.Append(dst, s.body)
}

func (s *sender) Answered(body []byte) error {
	seq, err := roomSeq(body)
	if err != nil {
		return err
	}
	s.acks = append(s.acks, ack{room: s.room, message: s.sent, seq: seq})
	return nil
}
