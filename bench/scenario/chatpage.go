package scenario

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
	"athena/bench/load"
)

// pageSize is how many messages a page of history has.
const pageSize = 50

// chatPage reads pages from anywhere in the history of a room.
func chatPage(messages int) Scenario {
	return Scenario{
		Name: "chat-page", Title: fmt.Sprintf("Chat, page of %d messages", pageSize), Connections: []int{64}, Chat: true,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			t, err := newTalk(ctx, c, senders, 1)
			if err != nil {
				return nil, err
			}
			if err := t.fill(ctx, messages); err != nil {
				return nil, err
			}
			work := &Work{Verify: t.verify}
			for i := range connections {
				work.Callers = append(work.Callers, &reader{
					room: t.rooms[0], headers: c.As(t.sessions[i%len(t.sessions)]), random: random(i), messages: messages,
				})
			}
			return work, nil
		},
	}
}

// fill sends this many messages into the first room, the senders in turn.
func (t *talk) fill(ctx context.Context, messages int) error {
	return each(ctx, len(t.senders), func(ctx context.Context, i int) error {
		conn, err := load.Dial(ctx, t.contender.Address)
		if err != nil {
			return err
		}
		defer conn.Close()
		s := t.senders[i]
		for n := i; n < messages; n += len(t.senders) {
			if err := s.sendOn(conn); err != nil {
				return err
			}
		}
		return nil
	})
}

// sendOn sends one message over a connection.
func (s *sender) sendOn(conn *load.Conn) error {
	status, body, err := conn.Do(s.Next(nil))
	if err != nil {
		return err
	}
	if status/100 != 2 {
		return fmt.Errorf("send a message: answered %d: %.300s", status, body)
	}
	return s.Answered(body)
}

// reader reads one page after another.
type reader struct {
	room, headers string
	random        *rand.Rand
	messages      int
	after         int64
	path          []byte
}

func (r *reader) Next(dst []byte) []byte {
	r.after = r.random.Int64N(int64(r.messages - pageSize + 1))
	r.path = append(append(r.path[:0], "/chat/rooms/"...), r.room...)
	r.path = strconv.AppendInt(append(r.path, "/messages?limit=50&after_seq="...), r.after, 10)
	return load.AppendGet(dst, string(r.path), r.headers)
}

func (r *reader) Answered(body []byte) error {
	first, err := roomSeq(body)
	if err != nil {
		return err
	}
	if n := bytes.Count(body, []byte(`"room_seq":`)); n != pageSize || first != r.after+1 {
		return fmt.Errorf("asked for %d messages after %d and got %d from %d on", pageSize, r.after, n, first)
	}
	return nil
}
