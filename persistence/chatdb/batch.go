package chatdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
	// Unsure is set by a Commit that fails once its end was sent: whether it is stored
	// is not known.
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

// commit is one run of a batch. Its transaction begins with its first statements and
// ends with its last ones, in the same round trips.
type commit struct {
	conn  *persistence.Conn
	batch *Batch
	rooms map[uuid.UUID]*room
	now   time.Time
	kept  []*Send  // what is appended
	told  []*event // what is told: of the messages, then of the changes
}

// Commit runs a batch in one transaction. Refusals of single sends and tasks are
// in their Err; an error means that nothing of the batch is stored, or, where it is
// Unsure, nothing or all of it.
func Commit(ctx context.Context, db persistence.Pool, b *Batch) error {
	b.Unsure = false
	conn, err := db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("commit chat batch: %w", err)
	}
	defer conn.Release()
	c := &commit{conn: conn, batch: b, rooms: map[uuid.UUID]*room{}}
	if err := c.run(ctx); err != nil {
		return fmt.Errorf("commit chat batch: %w", errors.Join(err, c.rollback(ctx)))
	}
	return nil
}

func (c *commit) run(ctx context.Context) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	last := &pgx.Batch{}
	if err := c.append(last); err != nil {
		return err
	}
	if err := c.change(ctx, last); err != nil {
		return err
	}
	if err := c.end(ctx, last); err != nil {
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

// end sends the last statements and the commit behind them. A statement that is refused
// is sure to end the transaction, as PostgreSQL then skips what follows; a connection that is
// lost, or closed by the server, leaves open whether the commit was reached.
func (c *commit) end(ctx context.Context, last *pgx.Batch) error {
	var tag persistence.CommandTag
	last.Queue("commit").Exec(func(t persistence.CommandTag) error { tag = t; return nil })
	err := c.conn.SendBatch(ctx, last).Close()
	if tag.String() == "COMMIT" {
		return nil // whatever becomes of the connection
	}
	if err == nil {
		return pgx.ErrTxCommitRollback
	}
	var refused *pgconn.PgError
	c.batch.Unsure = !errors.As(err, &refused) || refused.SeverityUnlocalized != "ERROR"
	return err
}

// rollback gives up what was begun, where there still is a connection.
func (c *commit) rollback(ctx context.Context) error {
	pg := c.conn.Conn().PgConn()
	if pg.IsClosed() || pg.TxStatus() == 'I' {
		return nil
	}
	_, err := c.conn.Exec(ctx, "rollback")
	return err
}

// change gives each task its turn and adds the events of the batch to its last
// statements. A task that refuses has written nothing, so that its neighbours go on; one
// that the database refused ends the transaction.
func (c *commit) change(ctx context.Context, last *pgx.Batch) error {
	if len(c.batch.Tasks) == 0 {
		return nil
	}
	// Each change sees what was sent before it.
	if last.Len() > 0 {
		if err := c.conn.SendBatch(ctx, last).Close(); err != nil {
			return err
		}
		*last = pgx.Batch{}
	}
	for _, t := range c.batch.Tasks {
		t.Err = c.turn(ctx, t)
		if t.Err == nil {
			continue
		}
		if _, ok := wire.AsProblem(t.Err); !ok || c.conn.Conn().PgConn().TxStatus() != 'T' {
			return t.Err
		}
	}
	publishChanges(last, c.told[len(c.kept):], c.told, c.now)
	return nil
}

func (c *commit) turn(ctx context.Context, t *Task) error {
	r := c.rooms[t.Room]
	if r == nil || r.organization != t.By.Organization {
		return roomMissing(t.Room)
	}
	turn := &Turn{tx: c.conn, room: r, By: t.By, now: c.now}
	var err error
	if turn.role, err = roleOf(ctx, c.conn, t.Room, t.By.User); err != nil {
		return err
	}
	if turn.role == "" {
		return notMember()
	}
	err = t.run(ctx, turn)
	c.told = append(c.told, turn.told...)
	return err
}
