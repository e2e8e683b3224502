package room

import (
	"context"
	"time"

	"athena/persistence"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

// patience bounds a transaction whose callers have no deadline.
const patience = 30 * time.Second

// write settles a batch. Once it is settled, it tells the rooms, then calls done,
// so that the next transaction can begin, and then answers the callers.
func (r *Rooms) write(client string, batch []work, done func()) {
	err := guarded(func() error {
		ctx, cancel := context.WithDeadline(context.Background(), latest(batch))
		defer cancel()
		w := writer{rooms: r, client: client}
		err := patiently(ctx, func() (err error) {
			w.db, err = r.databases.DB(ctx, client)
			return err
		})
		if err != nil {
			return err
		}
		w.settle(ctx, batch, false)
		return nil
	})
	if err != nil {
		conclude(batch, explain(err))
	}
	done()
	for _, w := range batch {
		if w.Context().Err() != nil {
			w.Fail(wire.Expired(w.Context())) // it may have been left out
			continue
		}
		w.answer()
	}
}

// latest is the deadline of the caller who waits longest.
func latest(batch []work) time.Time {
	var end time.Time
	for _, w := range batch {
		deadline, ok := w.Context().Deadline()
		if !ok {
			return time.Now().Add(patience)
		}
		if deadline.After(end) {
			end = deadline
		}
	}
	return end
}

// writer writes for the rooms of one client.
type writer struct {
	rooms  *Rooms
	client string
	db     persistence.Pool
}

// settle writes a batch. One that is refused is split, until what is to blame
// stands alone and fails alone. unsure says that the reply to an earlier commit was
// lost, so that any part of the batch may be stored.
func (w *writer) settle(ctx context.Context, batch []work, unsure bool) {
	unsure, err := w.commit(ctx, batch, unsure)
	if err == nil {
		conclude(batch, nil)
		return
	}
	if unsure && (away(err) || ctx.Err() != nil) {
		conclude(batch, doubtful(err))
		return
	}
	if len(batch) == 1 || away(err) {
		conclude(batch, explain(err))
		return
	}
	for _, part := range split(batch) {
		w.settle(ctx, part, unsure)
	}
}

// commit runs the transaction until the database is there to answer, and once more
// where a run met a conflict. It reports whether the reply to any commit was lost.
func (w *writer) commit(ctx context.Context, batch []work, unsure bool) (bool, error) {
	err := patiently(ctx, func() error {
		lost, err := w.try(ctx, batch, unsure)
		unsure = unsure || lost
		if persistence.Undone(err) && ctx.Err() == nil {
			lost, err = w.try(ctx, batch, unsure)
			unsure = unsure || lost
		}
		return err
	})
	return unsure, err
}

// try runs the transaction for the callers who still wait. lost says that it fails
// without anybody knowing whether it was committed.
func (w *writer) try(ctx context.Context, batch []work, unsure bool) (lost bool, err error) {
	b := &chatdb.Batch{Again: unsure}
	for _, item := range batch {
		if item.Context().Err() == nil {
			item.join(b)
		}
	}
	if len(b.Sends)+len(b.Tasks) == 0 {
		return false, nil
	}
	if err := chatdb.Commit(ctx, w.db, b); err != nil {
		return b.Unsure, err
	}
	for id, version := range b.Versions {
		w.rooms.rooms.Send(Key{w.client, id}, committed{version})
	}
	w.rooms.config.Publish(w.client, b.Events)
	return false, nil
}

// split halves a batch: by rooms while there are several, then within the room.
// The order within each room stays.
func split(batch []work) [][]work {
	order := map[uuid.UUID]int{}
	for _, w := range batch {
		if _, ok := order[w.room()]; !ok {
			order[w.room()] = len(order)
		}
	}
	if len(order) == 1 {
		return [][]work{batch[:len(batch)/2], batch[len(batch)/2:]}
	}
	parts := make([][]work, 2)
	for _, w := range batch {
		half := 0
		if order[w.room()] >= len(order)/2 {
			half = 1
		}
		parts[half] = append(parts[half], w)
	}
	return parts
}

func conclude(batch []work, err error) {
	for _, w := range batch {
		w.conclude(err)
	}
}

// explain says what a failed transaction means for its callers. A room that stayed
// locked is no conflict of theirs: they may try again.
func explain(err error) error {
	err = chatdb.Explain(err)
	if p, ok := wire.AsProblem(err); ok && p.Code.Name == wire.SerializationFail.Name {
		return wire.Fail(wire.ChatUnavailable, "the room is busy with another change").After(time.Second).Because(err)
	}
	return err
}
