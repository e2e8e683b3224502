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
		db, err := r.databases.DB(ctx, client)
		if err != nil {
			return err
		}
		w := writer{rooms: r, client: client, store: chatdb.Store{DB: db}}
		w.settle(ctx, batch, false)
		return nil
	})
	if err != nil {
		conclude(batch, err)
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
	store  chatdb.Store
}

// settle writes a batch. One that is refused is split, until what is to blame
// stands alone and fails alone. again says that an earlier run lost its connection,
// so that any part of the batch may be stored.
func (w *writer) settle(ctx context.Context, batch []work, again bool) {
	again, err := w.commit(ctx, batch, again)
	if err == nil || len(batch) == 1 || !blamesPart(err) {
		conclude(batch, err)
		return
	}
	for _, part := range split(batch) {
		w.settle(ctx, part, again)
	}
}

// commit runs the transaction, and once more where the first run lost its
// connection or met another one. It reports whether any run lost its connection.
func (w *writer) commit(ctx context.Context, batch []work, again bool) (bool, error) {
	err := w.try(ctx, batch, again)
	if err == nil || !worthRepeating(err) || ctx.Err() != nil {
		return again, err
	}
	again = again || persistence.Disconnected(err)
	return again, w.try(ctx, batch, again)
}

func (w *writer) try(ctx context.Context, batch []work, again bool) error {
	b := &chatdb.Batch{Again: again}
	for _, item := range batch {
		if again && item.Context().Err() != nil {
			continue // nobody is there to be told
		}
		item.join(b)
	}
	if err := w.store.Commit(ctx, b); err != nil {
		return err
	}
	for id, version := range b.Versions {
		w.rooms.rooms.Send(Key{w.client, id}, committed{version})
	}
	w.rooms.config.Publish(w.client, b.Events)
	return nil
}

// worthRepeating reports whether the same batch may fare better a second time.
func worthRepeating(err error) bool {
	return persistence.Undone(err) || persistence.Disconnected(err)
}

// blamesPart reports whether a part of the batch may be at fault.
func blamesPart(err error) bool { return !persistence.Disconnected(err) }

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
	if err != nil {
		err = explain(err)
	}
	for _, w := range batch {
		w.conclude(err)
	}
}

// explain says what a failed transaction means for its callers. A room that stayed
// locked is no conflict of theirs: they may try again.
func explain(err error) error {
	err = persistence.Explain(err)
	if p, ok := wire.AsProblem(err); ok && p.Code.Name == wire.SerializationFail.Name {
		return wire.Fail(wire.ChatUnavailable, "the room is busy with another change").After(time.Second).Because(err)
	}
	return err
}
