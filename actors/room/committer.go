package room

import (
	"time"

	"athena/actors"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/uuid"
)

// committer collects work of all rooms of a client and writes it in transactions. The
// more there is in one, the less each message costs the database: so few are in flight,
// and a further one waits until it has as much to do as those. No two of them have work
// of the same room. Its fields belong to its mailbox.
type committer struct {
	rooms  *Rooms
	client string
	queue  []work
	under  map[*flight]struct{} // transactions in flight
	busy   map[uuid.UUID]bool   // their rooms
}

// flight is a transaction that was begun by one life of the actor.
type flight struct {
	by    *committer
	rooms []uuid.UUID
	size  int
	late  bool          // it is overdue
	ended chan struct{} // closed at its end
}

// maxOverdue is how many transactions may be overdue before all rooms wait for them.
const maxOverdue = 3

// Messages to a committer.
type (
	// offer hands over work; the committer answers its caller.
	offer struct{ work work }
	// done says that a transaction has ended.
	done struct{ flight *flight }
	// slow says that a transaction may be overdue.
	slow struct{ flight *flight }
	// ready asks nothing: whoever is answered knows that the committer runs.
	ready struct{ actors.For[struct{}] }
)

func newCommitter(r *Rooms, client string) *committer {
	return &committer{rooms: r, client: client, under: map[*flight]struct{}{}, busy: map[uuid.UUID]bool{}}
}

// Receive never waits: transactions run elsewhere.
func (c *committer) Receive(ctx actors.Context) {
	switch m := ctx.Message().(type) {
	case *ready:
		m.Reply(struct{}{})
	case offer:
		c.take(ctx, m.work)
	case done:
		if m.flight.by == c {
			c.land(m.flight)
			c.start(ctx)
		}
	case slow:
		if _, under := c.under[m.flight]; under {
			m.flight.late = true
			c.start(ctx)
		}
	case *actor.Restarting:
		c.abandon()
	case *actors.Stopping:
		c.finish()
	}
}

// Quiet is false: rooms count on their committer.
func (c *committer) Quiet() bool { return false }

func (c *committer) take(ctx actors.Context, w work) {
	if len(c.queue) >= c.rooms.config.Queue {
		w.Fail(wire.Fail(wire.Overloaded, "too many messages wait to be stored").After(time.Second))
		return
	}
	c.queue = append(c.queue, w)
	if !c.busy[w.room()] { // otherwise nothing could begin that could not before
		c.start(ctx)
	}
}

// start begins transactions with what waits, as many as may be in flight.
func (c *committer) start(ctx actors.Context) {
	for c.mayBegin() {
		batch := c.next()
		if len(batch) == 0 {
			return
		}
		c.launch(ctx, batch)
	}
}

// mayBegin reports whether there is room for another transaction beside those in flight,
// and as much to do as in those that are not overdue.
func (c *committer) mayBegin() bool {
	late, flying := 0, 0
	for f := range c.under {
		if f.late {
			late++
		} else {
			flying += f.size
		}
	}
	return len(c.queue) >= max(1, flying) && len(c.under)-late < c.rooms.config.AtOnce && late <= maxOverdue
}

func (c *committer) launch(ctx actors.Context, batch []work) {
	f := &flight{by: c, size: len(batch), ended: make(chan struct{})}
	for _, w := range batch {
		if room := w.room(); !c.busy[room] {
			c.busy[room] = true
			f.rooms = append(f.rooms, room)
		}
	}
	c.under[f] = struct{}{}
	self := ctx.Self()
	timer := time.AfterFunc(c.rooms.config.Overdue, func() { c.rooms.system.Send(self, slow{f}) })
	go c.rooms.write(c.client, batch, func() {
		timer.Stop()
		close(f.ended)
		c.rooms.system.Send(self, done{f})
	})
}

func (c *committer) land(f *flight) {
	delete(c.under, f)
	for _, room := range f.rooms {
		delete(c.busy, room)
	}
}

// next takes what fits into one transaction, in order. Work whose caller has left
// is dropped unwritten; work of a room that is in flight waits, and so does a message
// that repeats another one of the batch, for the store to answer it in the next.
func (c *committer) next() []work {
	batch := make([]work, 0, min(len(c.queue), c.rooms.config.Batch))
	var twins map[twin]struct{}
	kept := c.queue[:0]
	for _, w := range c.queue {
		if w.Context().Err() != nil {
			w.Fail(wire.Expired(w.Context()))
			continue
		}
		if len(batch) == cap(batch) || c.busy[w.room()] || isTwin(&twins, w) {
			kept = append(kept, w)
			continue
		}
		batch = append(batch, w)
	}
	clear(c.queue[len(kept):])
	c.queue = kept
	return batch
}

// isTwin reports whether the batch has the same message already, and notes it.
func isTwin(twins *map[twin]struct{}, w work) bool {
	id, ok := w.twin()
	if !ok {
		return false
	}
	if *twins == nil {
		*twins = map[twin]struct{}{}
	}
	_, taken := (*twins)[id]
	(*twins)[id] = struct{}{}
	return taken
}

// abandon answers what waits when the actor has panicked.
func (c *committer) abandon() {
	for _, w := range c.queue {
		w.Fail(wire.Fail(wire.ChatUnavailable, "the message was not stored: its committer is being restarted").After(time.Second))
	}
	c.queue = nil
}

// finish writes what waits when the actor is drained, each batch after those before it.
func (c *committer) finish() {
	var before []chan struct{}
	for f := range c.under {
		before = append(before, f.ended)
	}
	c.busy = nil
	for batch := c.next(); len(batch) > 0; batch = c.next() {
		last, ended := before, make(chan struct{})
		before = []chan struct{}{ended}
		c.rooms.late.Go(func() {
			for _, earlier := range last {
				<-earlier
			}
			c.rooms.write(c.client, batch, func() { close(ended) })
		})
	}
}
