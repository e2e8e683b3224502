package room

import (
	"time"

	"athena/actors"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// committer collects work of many rooms and has one transaction in flight. Its
// fields belong to its mailbox.
type committer struct {
	rooms   *Rooms
	key     committerKey
	queue   []work
	running bool
	ended   chan struct{} // closed when the latest transaction has ended
}

// Messages to a committer.
type (
	// offer hands over work; the committer answers its caller.
	offer struct{ work work }
	// done says that the transaction begun by one life of the actor has ended.
	done struct{ by *committer }
	// ready asks nothing: whoever is answered knows that the committer runs.
	ready struct{ actors.For[struct{}] }
)

// Receive never waits: transactions run elsewhere.
func (c *committer) Receive(ctx actors.Context) {
	switch m := ctx.Message().(type) {
	case *ready:
		m.Reply(struct{}{})
	case offer:
		c.take(ctx, m.work)
	case done:
		if m.by == c {
			c.running = false
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
	if !c.running {
		c.start(ctx)
	}
}

// start begins the next transaction with what waits.
func (c *committer) start(ctx actors.Context) {
	batch := c.next()
	if len(batch) == 0 {
		return
	}
	c.running = true
	self, ended := ctx.Self(), make(chan struct{})
	c.ended = ended
	go c.rooms.write(c.key.client, batch, func() {
		close(ended)
		c.rooms.system.Send(self, done{c})
	})
}

// next takes what fits into one transaction, in order. Work whose caller has left
// is dropped unwritten; a message that repeats another one of the batch waits for
// the next, where the store answers it.
func (c *committer) next() []work {
	batch := make([]work, 0, min(len(c.queue), c.rooms.config.Batch))
	var twins map[twin]struct{}
	kept := c.queue[:0]
	for _, w := range c.queue {
		if w.Context().Err() != nil {
			w.Fail(wire.Expired(w.Context()))
			continue
		}
		if len(batch) == cap(batch) || isTwin(&twins, w) {
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

// finish writes what waits when the actor is drained, each batch after the one
// before it.
func (c *committer) finish() {
	before := c.ended
	for batch := c.next(); len(batch) > 0; batch = c.next() {
		last, ended := before, make(chan struct{})
		before = ended
		c.rooms.late.Go(func() {
			if last != nil {
				<-last
			}
			c.rooms.write(c.key.client, batch, func() { close(ended) })
		})
	}
}
