package room

import (
	"context"

	"athena/actors"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

// work is a question on its way into a transaction: a message or a change.
type work interface {
	Fail(error)
	Context() context.Context
	// by is who asks.
	by() chatdb.Caller
	// room is where it belongs.
	room() uuid.UUID
	// twin identifies a message by what its sender calls it; two of the same must
	// not stand in one batch.
	twin() (twin, bool)
	// join adds it to a batch.
	join(*chatdb.Batch)
	// conclude notes that its transaction ended; err says that nothing is stored.
	conclude(err error)
	// answer tells the caller what came of it.
	answer()
}

type twin struct {
	room       uuid.UUID
	sender, id string
}

// send is the question that appends a message.
type send struct {
	actors.For[wire.ChatMessage]
	chatdb.Send
	failure error
}

func (s *send) by() chatdb.Caller    { return s.By }
func (s *send) room() uuid.UUID      { return s.Message.RoomID }
func (s *send) join(b *chatdb.Batch) { b.Sends = append(b.Sends, &s.Send) }

func (s *send) twin() (twin, bool) {
	if s.Message.ClientMessageID == nil {
		return twin{}, false
	}
	return twin{s.Message.RoomID, s.Message.SenderID, *s.Message.ClientMessageID}, true
}

func (s *send) conclude(err error) {
	if s.failure = err; err == nil {
		s.failure = s.Err
	}
}

func (s *send) answer() {
	if s.failure != nil {
		s.Fail(s.failure)
		return
	}
	s.Reply(s.Message)
}

// change is the question that changes a room.
type change[T any] struct {
	actors.For[T]
	task    *chatdb.Task
	result  T
	failure error
}

func (c *change[T]) by() chatdb.Caller    { return c.task.By }
func (c *change[T]) room() uuid.UUID      { return c.task.Room }
func (c *change[T]) join(b *chatdb.Batch) { b.Tasks = append(b.Tasks, c.task) }
func (c *change[T]) twin() (twin, bool)   { return twin{}, false }

func (c *change[T]) conclude(err error) {
	if c.failure = err; err == nil {
		c.failure = c.task.Err
	}
}

func (c *change[T]) answer() {
	if c.failure != nil {
		c.Fail(c.failure)
		return
	}
	c.Reply(c.result)
}
