package scenario

import (
	"context"
	"fmt"
	"math/rand/v2"

	"athena/bench/contender"
	"athena/bench/load"

	"github.com/goccy/go-json"
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
func manyRooms() Scenario {
	return Scenario{
		Name: "many-rooms", Title: "Chat, 200 rooms", Connections: []int{64}, Goal: 2.5, Chat: true,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			return chat(ctx, c, connections, 200)
		},
	}
}

// senders is how many users share the connections: more do not change the load,
// and each costs the start of a program.
const senders = 64

// chat makes rooms with all senders in them, and senders that write.
func chat(ctx context.Context, c *contender.Contender, connections, rooms int) (*Work, error) {
	sessions, err := c.Sessions(ctx, min(connections, senders))
	if err != nil {
		return nil, err
	}
	ids := make([]string, rooms)
	for i := range ids {
		if ids[i], err = createRoom(ctx, c, sessions); err != nil {
			return nil, err
		}
	}
	work, all := &Work{}, make([]*sender, connections)
	for i := range all {
		all[i] = newSender(c, i, sessions[i%len(sessions)], ids)
		work.Callers = append(work.Callers, all[i])
	}
	work.Verify = func(ctx context.Context) error {
		for i, id := range ids {
			if err := verify(ctx, c, sessions[0], id, acknowledged(all, i)); err != nil {
				return fmt.Errorf("room %s: %w", id, err)
			}
		}
		return nil
	}
	return work, nil
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
	templates  []load.Template // one for each room
	random     *rand.Rand
	room       int // of the message under way
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
	s := &sender{connection: connection, random: random(connection)}
	for _, id := range rooms {
		s.templates = append(s.templates, load.NewTemplate("POST", "/chat/rooms/"+id+"/messages", c.As(session)))
	}
	return s
}

func (s *sender) Next(dst []byte) []byte {
	s.room = s.random.IntN(len(s.templates))
	s.sent++
	s.body = append(s.body[:0], `{"body_text":"The quick brown fox jumps over the lazy dog.","client_message_id":"`...)
	s.body = append(appendMessageID(s.body, s.connection, s.sent), `"}`...)
	return s.templates[s.room].Append(dst, s.body)
}

func (s *sender) Answered(body []byte) error {
	seq, err := roomSeq(body)
	if err != nil {
		return err
	}
	s.acks = append(s.acks, ack{room: s.room, message: s.sent, seq: seq})
	return nil
}
