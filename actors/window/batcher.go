package window

import (
	"time"

	"athena/actors"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

const (
	// patience is how long one row that is stored alone may keep the next batch
	// waiting: it may be waiting for a lock itself.
	patience = 25 * time.Millisecond
	// pause is how long rows are stored alone after a batch has met a lock, since
	// the next batch would most likely meet it, too.
	pause = 250 * time.Millisecond
	// margin is what a window leaves of a caller's deadline for the statement.
	margin = 2 * time.Second
)

// row is one insert that waits for its answer.
type row struct {
	actors.For[gatewaydb.Result]
	store     *gatewaydb.Store
	statement *gatewaydb.Statement
	deadline  time.Time // of the caller of a row with a delay, zero for none
	due       time.Time
	taken     bool // by a window, which answers
}

// Messages to a batcher beside rows.
type (
	// freed says that the next batch may begin.
	freed struct {
		by     *batcher
		number int
		locked bool // the batch has met a lock
	}
	// due says that the oldest row has waited long enough.
	due struct{ by *batcher }
)

// batcher collects rows and has one batch in flight. Its fields belong to its
// mailbox.
type batcher struct {
	windows *Windows
	client  string
	delay   time.Duration

	queue   []*row
	running bool
	number  int // of the batch in flight, or of the last one
	alone   time.Time
	timer   *time.Timer
	next    time.Time // when the timer ends, zero for none
}

// Receive never waits: statements run elsewhere.
func (b *batcher) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *row:
		b.take(c, m)
	case freed:
		b.free(c, m)
	case due:
		if m.by == b {
			b.next = time.Time{}
			b.start(c)
		}
	case *actor.Restarting:
		b.abandon()
	case *actors.Stopping:
		b.finish()
	}
}

// Quiet reports whether the window may be closed.
func (b *batcher) Quiet() bool { return len(b.queue) == 0 && !b.running }

func (b *batcher) take(c actors.Context, r *row) {
	r.taken = true
	if b.delay == 0 && time.Now().Before(b.alone) {
		b.windows.late.Go(r.storeAlone)
		return
	}
	r.due = b.dueAt(r)
	b.queue = append(b.queue, r)
	b.start(c)
}

// dueAt is when a row has waited long enough: sooner than its window says where
// its caller would not be there any more.
func (b *batcher) dueAt(r *row) time.Time {
	now := time.Now()
	end := now.Add(b.delay)
	if r.deadline.IsZero() {
		return end
	}
	latest := r.deadline.Add(-min(margin, r.deadline.Sub(now)/2))
	if latest.Before(end) {
		return latest
	}
	return end
}

// free lets the next batch begin. A row alone frees its place twice: when it is
// stored, and when it takes too long.
func (b *batcher) free(c actors.Context, m freed) {
	if m.by != b || m.number != b.number {
		return
	}
	if m.locked {
		b.alone = time.Now().Add(pause)
	}
	b.running = false
	b.start(c)
}

// start begins the next batch if it is time for one.
func (b *batcher) start(c actors.Context) {
	if b.running || len(b.queue) == 0 {
		return
	}
	if wait := b.wait(); wait > 0 {
		b.wake(c, wait)
		return
	}
	batch := b.fill()
	if len(batch) == 0 {
		return
	}
	b.running = true
	b.number++
	self, system, m := c.Self(), b.windows.system, freed{by: b, number: b.number}
	if len(batch) == 1 {
		system.After(patience, self, m)
	}
	b.windows.late.Go(func() {
		write(batch, func(locked bool) {
			m.locked = locked
			system.Send(self, m)
		})
	})
}

// wait is how long the batch may still fill.
func (b *batcher) wait() time.Duration {
	if b.delay == 0 || len(b.queue) >= b.windows.config.cap(b.client) {
		return 0
	}
	soonest := b.queue[0].due
	for _, r := range b.queue[1:] {
		if r.due.Before(soonest) {
			soonest = r.due
		}
	}
	return time.Until(soonest)
}

// wake sets the timer, unless it ends soon enough already.
func (b *batcher) wake(c actors.Context, wait time.Duration) {
	end := time.Now().Add(wait)
	if !b.next.IsZero() && !end.Before(b.next) {
		return
	}
	if b.timer != nil {
		b.timer.Stop()
	}
	b.next = end
	b.timer = b.windows.system.After(wait, c.Self(), due{b})
}

// fill takes from the queue what fits into one statement: rows of one shape, in
// their order.
func (b *batcher) fill() []*row {
	batch := make([]*row, 0, min(len(b.queue), b.windows.config.cap(b.client)))
	size := 0
	kept := b.queue[:0]
	for _, r := range b.queue {
		switch {
		case r.Context().Err() != nil: // only a row without delay has its caller's context
			r.Fail(wire.Expired(r.Context()))
		case len(batch) == cap(batch) || len(batch) > 0 && !b.fits(batch[0], r, size):
			kept = append(kept, r)
		default:
			size += r.statement.Size()
			batch = append(batch, r)
		}
	}
	clear(b.queue[len(kept):])
	b.queue = kept
	return batch
}

func (b *batcher) fits(first, r *row, size int) bool {
	return first.statement.SameShape(r.statement) && first.store == r.store && size+r.statement.Size() <= b.windows.config.Bytes
}

// abandon answers what waits when the actor has panicked.
func (b *batcher) abandon() {
	for _, r := range b.queue {
		r.Fail(wire.Fail(wire.BackendUnavailable, "the row was not stored: its insert window is being restarted").After(time.Second))
	}
	b.queue = nil
}

// finish stores what waits when the window is closed.
func (b *batcher) finish() {
	if b.timer != nil {
		b.timer.Stop()
	}
	for len(b.queue) > 0 {
		if batch := b.fill(); len(batch) > 0 {
			b.windows.late.Go(func() { write(batch, func(bool) {}) })
		}
	}
}
