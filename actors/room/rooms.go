// Package room guards chat rooms. A room takes what happens to it in the order in
// which it arrives and hands it to the committer of its client, which writes what
// waits, from however many rooms, in one transaction, and has few transactions
// in flight: the more there is to write, the more goes into the next one.
//
// It promises that a room's messages are numbered without a gap or a double, that
// what was answered with success is durable, and that one refused message fails no
// other. It publishes what was stored and then answers the sender, both after the
// commit, never before. A transaction that meets a database that is away is run
// again until it comes back, for those whose deadline has not passed; chatdb sees to
// it that what a run stored whose reply was lost is not stored again. A caller whose
// deadline passes is told that the outcome is not known.
//
// It does not promise that an actor knows the truth. A room remembers who belongs
// to it only to keep others away from the committer: what it remembers lets a
// caller pass, and the transaction decides; before it turns a caller away, it reads
// the store again. So another node, or a change made by hand, can make a room
// slower but not wrong.
package room

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"athena/actors"
	"athena/persistence"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

// Databases finds the database of a client.
type Databases interface {
	DB(ctx context.Context, client string) (persistence.Pool, error)
}

// Key names one room.
type Key struct {
	Client string
	Room   uuid.UUID
}

// Config bounds the work of the rooms. Zero values take the defaults.
type Config struct {
	// AtOnce is how many transactions of a client are in flight while none takes long;
	// default 2: while one waits for the disk, the other keeps the processor busy.
	AtOnce int
	// Overdue is how long a transaction may take, perhaps because a room of it is
	// locked, before it counts as one no more and leaves its place to other rooms;
	// default 50 ms.
	Overdue time.Duration
	// Batch is how many messages and changes one transaction takes; default 1024.
	Batch int
	// Waiting is how many may wait at one room while it is loaded; default 1024.
	Waiting int
	// Queue is how many may wait at a committer; default 16384.
	Queue int
	// Idle is how long an unused room is remembered; default two minutes.
	Idle time.Duration
	// Rate is how many messages a second each user may send into each room; zero
	// sets no bound. A second's worth may come at once.
	Rate int
	// Publish gets the events of each transaction after its commit and before its
	// callers are answered, each room's in their order. It is also called, without
	// events, when something was stored that this process has no record of. It must
	// not wait.
	Publish func(client string, events []chatdb.Event)
	// Policy is how failing actors are treated.
	Policy actors.Policy
}

func (c Config) withDefaults() Config {
	c.AtOnce = cmp.Or(c.AtOnce, 2)
	c.Overdue = cmp.Or(c.Overdue, 50*time.Millisecond)
	c.Batch = cmp.Or(c.Batch, 1024)
	c.Waiting = cmp.Or(c.Waiting, 1024)
	c.Queue = cmp.Or(c.Queue, 16<<10)
	c.Idle = cmp.Or(c.Idle, 2*time.Minute)
	if c.Publish == nil {
		c.Publish = func(string, []chatdb.Event) {}
	}
	return c
}

// Rooms are the rooms of all clients.
type Rooms struct {
	config     Config
	system     *actors.System
	databases  Databases
	rooms      *actors.Family[Key]
	committers *actors.Family[string]
	late       sync.WaitGroup // transactions that outlive their committer
}

// New starts the families of rooms and committers.
func New(system *actors.System, databases Databases, config Config) *Rooms {
	r := &Rooms{config: config.withDefaults(), system: system, databases: databases}
	policy := config.Policy
	policy.Idle = 0 // a committer is as good as free, and rooms count on it
	r.committers = actors.NewFamily(system, "committer", policy, func(client string) actors.Actor { return newCommitter(r, client) })
	policy.Idle = r.config.Idle
	r.rooms = actors.NewFamily(system, "room", policy, func(key Key) actors.Actor {
		return &room{rooms: r, key: key}
	})
	return r
}

// Send appends a message to a room and answers with the message as it is stored:
// numbered, or the first one where its client_message_id was sent before.
func (r *Rooms) Send(ctx context.Context, client string, by chatdb.Caller, m wire.ChatMessage) (wire.ChatMessage, error) {
	q := &send{Send: chatdb.Send{By: by, Message: m}}
	stored, err := actors.Ask[wire.ChatMessage](ctx, r.rooms, Key{client, m.RoomID}, q)
	return stored, unconfirmed(err)
}

// Do makes a change of a room and answers with its result.
func Do[T any](ctx context.Context, r *Rooms, key Key, by chatdb.Caller, c chatdb.Change[T]) (T, error) {
	q := &change[T]{}
	q.task = chatdb.NewTask(key.Room, by, c, &q.result)
	result, err := actors.Ask[T](ctx, r.rooms, key, q)
	return result, unconfirmed(err)
}

// Told says that a change was stored past the rooms' actors, such as a new room.
func (r *Rooms) Told(client string) { r.config.Publish(client, nil) }

// Len counts the rooms that are remembered.
func (r *Rooms) Len() int { return r.rooms.Len() }

// Drain lets everything that was taken be committed and answered, and takes no
// more.
func (r *Rooms) Drain(ctx context.Context) error {
	if err := errors.Join(r.rooms.Drain(ctx), r.committers.Drain(ctx)); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { r.late.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain rooms: %w", ctx.Err())
	}
}

// guarded runs what happens outside of a mailbox, where a panic would end the
// whole process.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
