package chatdb

import (
	"context"
	"fmt"
	"time"

	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Send is one message on its way into its room.
type Send struct {
	By Caller
	// Message has everything but its number and time, which Commit fills in. Where
	// the sender's client_message_id was used before, Commit puts the first message
	// in its place.
	Message wire.ChatMessage
	// Err is why the message was refused; nil says that it is stored.
	Err error

	// What the checks found.
	stranger, repeated, lostReply bool
}

// Task is a change on its way into its room.
type Task struct {
	Room uuid.UUID
	By   Caller
	// Err is why the change was refused; nil says that it is stored.
	Err error

	run func(context.Context, *Turn) error
}

// Batch is what one transaction does: the messages first, then the changes, each
// in the order given. No two sends of a batch share a room, sender and
// client_message_id.
type Batch struct {
	Sends []*Send
	Tasks []*Task
	// Again says that the batch ran before and the reply to its commit was lost, so
	// that its messages may be stored already.
	Again bool
	// Unsure is set by a Commit that fails after all was written: whether it is
	// stored is not known.
	Unsure bool
	// Versions are the versions of the rooms after Commit.
	Versions map[uuid.UUID]int64
	// Events are what Commit has stored of the batch, each room's in their order.
	// What an earlier run stored is not among them.
	Events []Event
}

// room is a room's row while a transaction holds its lock.
type room struct {
	id           uuid.UUID
	organization string
	archived     bool
	version      int64
	lastSeq      int64
	lastEvent    int64
	lastMessage  uuid.UUID
	advanced     bool
}

// commit is one run of a batch.
type commit struct {
	tx    pgx.Tx
	batch *Batch
	rooms map[uuid.UUID]*room
	now   time.Time
	kept  []*Send  // what is appended
	told  []*event // what is told: of the messages, then of the changes
}

// Commit runs a batch in one transaction. Refusals of single sends and tasks are
// in their Err; an error means that nothing of the batch is stored, or, where it is
// Unsure, nothing or all of it.
func (s Store) Commit(ctx context.Context, b *Batch) error {
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		c := &commit{tx: tx, batch: b, rooms: map[uuid.UUID]*room{}}
		err := c.run(ctx)
		b.Unsure = err == nil
		return err
	})
	if err != nil {
		return fmt.Errorf("commit chat batch: %w", err)
	}
	b.Unsure = false
	return nil
}

func (c *commit) run(ctx context.Context) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	if err := c.append(ctx); err != nil {
		return err
	}
	if err := c.change(ctx); err != nil {
		return err
	}
	c.batch.Versions = make(map[uuid.UUID]int64, len(c.rooms))
	for id, r := range c.rooms {
		c.batch.Versions[id] = r.version
	}
	c.batch.Events = make([]Event, len(c.told))
	for i, e := range c.told {
		c.batch.Events[i] = e.Event
	}
	return nil
}

// change gives each task its turn and then writes the events of the batch. A task
// that refuses has written nothing, so that its neighbours go on; one that the
// database refused ends the transaction.
func (c *commit) change(ctx context.Context) error {
	if len(c.batch.Tasks) == 0 {
		return nil
	}
	for _, t := range c.batch.Tasks {
		t.Err = c.turn(ctx, t)
		if t.Err == nil {
			continue
		}
		if _, ok := wire.AsProblem(t.Err); !ok || c.tx.Conn().PgConn().TxStatus() != 'T' {
			return t.Err
		}
	}
	return publishChanges(ctx, c.tx, c.told[len(c.kept):], c.told, c.now)
}

func (c *commit) turn(ctx context.Context, t *Task) error {
	r := c.rooms[t.Room]
	if r == nil || r.organization != t.By.Organization {
		return roomMissing(t.Room)
	}
	turn := &Turn{tx: c.tx, room: r, By: t.By, now: c.now}
	var err error
	if turn.role, err = roleOf(ctx, c.tx, t.Room, t.By.User); err != nil {
		return err
	}
	if turn.role == "" {
		return notMember()
	}
	err = t.run(ctx, turn)
	c.told = append(c.told, turn.told...)
	return err
}
