package chatdb

import (
	"context"
	"errors"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Change is a change of a room. It decides by what the transaction sees under the
// room's lock, and refuses before it writes anything. Applied twice it does nothing
// the second time, so that it may be tried again when a connection was lost.
type Change[T any] interface {
	apply(context.Context, *Turn) (T, error)
}

// NewTask makes a change ready for a batch. Once it is committed, result is what
// it answered.
func NewTask[T any](room uuid.UUID, by Caller, change Change[T], result *T) *Task {
	return &Task{Room: room, By: by, run: func(ctx context.Context, t *Turn) (err error) {
		*result, err = change.apply(ctx, t)
		return err
	}}
}

// session runs the statements of a transaction.
type session interface {
	persistence.DB
	SendBatch(ctx context.Context, queue *pgx.Batch) pgx.BatchResults
}

// Turn is what a change works on: a room whose row is locked, and a caller who is
// a member of it.
type Turn struct {
	tx   session
	room *room
	By   Caller
	role string
	now  time.Time
	told []*event // what the transaction tells of
}

// manages reports whether the caller may change the room and its members.
func (t *Turn) manages() bool { return t.role == wire.RoleOwner || t.role == wire.RoleAdmin }

func (t *Turn) mustManage(what string) error {
	if !t.manages() {
		return wire.Fail(wire.ChatForbidden, "only an owner or admin of the room may %s", what)
	}
	return nil
}

// exec runs a statement and tells how many rows it touched.
func (t *Turn) exec(ctx context.Context, name string, args ...any) (int64, error) {
	return persistence.Exec(ctx, t.tx, sql.Get(name), args...)
}

// load reads the whole room as it is now.
func (t *Turn) load(ctx context.Context) (wire.ChatRoom, error) {
	return persistence.One[wire.ChatRoom](ctx, t.tx, "room", sql.Get("room"), t.room.id)
}

// touch notes that the room, its state or its members changed.
func (t *Turn) touch(ctx context.Context) error {
	t.room.version++
	_, err := t.exec(ctx, "touch", t.room.id, t.now)
	return err
}

// tell adds an event to the outbox of this transaction.
func (t *Turn) tell(about, id, kind string, fill func(*wire.ChatEvent)) error {
	e, err := newEvent(kind, t.room.id, t.By.Trace, t.now)
	if err != nil {
		return err
	}
	seq := t.room.lastSeq
	e.Seq = &seq
	fill(&e)
	payload, err := encode(e)
	if err != nil {
		return err
	}
	t.room.lastEvent++
	t.told = append(t.told, &event{
		Event: Event{Room: t.room.id, EventSeq: t.room.lastEvent, RoomSeq: seq, Type: kind, Payload: payload},
		about: about, aboutID: id,
	})
	return nil
}

// publish writes what the transaction tells of.
func (t *Turn) publish(ctx context.Context) error {
	queue := &pgx.Batch{}
	publishChanges(queue, t.told, t.told, t.now)
	return t.tx.SendBatch(ctx, queue).Close()
}

// roleOf gives a user's role in a room, empty for none.
func roleOf(ctx context.Context, db persistence.DB, room uuid.UUID, user string) (string, error) {
	rows, err := db.Query(ctx, sql.Get("role"), room, user)
	if err != nil {
		return "", err
	}
	role, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return role, err
}
