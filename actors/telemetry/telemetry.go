// Package telemetry holds the log rows of requests until they are written to the
// control database in batches. It never makes a request wait: what does not fit
// is dropped and counted, and so is what a failed write or a restart loses.
package telemetry

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"athena/actors"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// Store writes a batch of rows; all or none.
type Store interface {
	Write(ctx context.Context, requests []*wire.RequestLog, operations []*wire.OperationLog) error
}

const (
	// capacity is how many requests may wait to be written.
	capacity = 50_000
	// batch is how many rows are worth a write before the interval has passed.
	batch    = 5_000
	interval = time.Second
	// timeout bounds one write, so that a stuck database does not hold the rows
	// behind it for ever.
	timeout = 10 * time.Second
)

// Writer takes log rows.
type Writer struct {
	family  *actors.Family[string]
	waiting atomic.Int64
	dropped atomic.Int64
	closed  atomic.Bool
}

const member = "control"

// New starts the writer.
func New(ctx context.Context, system *actors.System, store Store) (*Writer, error) {
	w := &Writer{}
	w.family = actors.NewFamily(system, "telemetry", actors.Policy{}, func(string) actors.Actor {
		return &collector{writer: w, system: system, store: guarded{store}}
	})
	_, err := actors.Ask(ctx, w.family, member, &flush{})
	return w, err
}

// Record takes the rows of one request, which the caller then leaves alone.
func (w *Writer) Record(request *wire.RequestLog, operation *wire.OperationLog) {
	if w.waiting.Add(1) > capacity || w.closed.Load() {
		w.waiting.Add(-1)
		w.dropped.Add(1)
		return
	}
	w.family.Send(member, &entry{request, operation})
}

// Dropped counts the requests whose rows were not written.
func (w *Writer) Dropped() int64 { return w.dropped.Load() }

// Waiting counts the requests whose rows are not yet written.
func (w *Writer) Waiting() int64 { return w.waiting.Load() }

// Flush returns when everything recorded before it has been written or dropped.
func (w *Writer) Flush(ctx context.Context) error {
	_, err := actors.Ask(ctx, w.family, member, &flush{})
	return err
}

// Close writes what waits and stops; what is recorded after it is dropped.
func (w *Writer) Close(ctx context.Context) error {
	w.closed.Store(true)
	if err := w.Flush(ctx); err != nil {
		return err
	}
	return w.family.Drain(ctx)
}

// Messages of the collector.
type (
	entry struct {
		request   *wire.RequestLog
		operation *wire.OperationLog
	}
	flush struct{ actors.For[struct{}] }
	tick  struct{}
	// written is the outcome of a write that one life of the actor began.
	written struct {
		by       *collector
		requests int
		err      error
	}
)

// guarded is a store whose panics are errors.
type guarded struct{ Store }

// collector gathers rows and has at most one write under way.
type collector struct {
	writer     *Writer
	system     *actors.System
	store      guarded
	requests   []*wire.RequestLog
	operations []*wire.OperationLog
	writing    bool
	flushing   []*flush // answered after the write that holds what came before them
	next       []*flush // wait for the write after that
}

// Receive gathers, and writes when a batch is full, the interval has passed or
// somebody waits for a flush.
func (c *collector) Receive(ctx actors.Context) {
	switch m := ctx.Message().(type) {
	case *actors.Started:
		c.system.After(interval, ctx.Self(), tick{})
	case *entry:
		c.requests = append(c.requests, m.request)
		if m.operation != nil {
			c.operations = append(c.operations, m.operation)
		}
		if len(c.requests) >= batch {
			c.write(ctx)
		}
	case tick:
		c.write(ctx)
		c.system.After(interval, ctx.Self(), tick{})
	case *flush:
		c.next = append(c.next, m)
		c.write(ctx)
	case written:
		c.finish(ctx, m)
	case *actor.Restarting, *actors.Stopping:
		c.abandon()
	}
}

func (c *collector) write(ctx actors.Context) {
	if c.writing {
		return
	}
	c.flushing, c.next = c.next, nil
	if len(c.requests) == 0 {
		c.answer()
		return
	}
	c.writing = true
	requests, operations, self := c.requests, c.operations, ctx.Self()
	c.requests, c.operations = nil, nil
	go func() {
		err := c.store.write(requests, operations)
		c.system.Send(self, written{c, len(requests), err})
	}()
}

// write never panics: outside of the mailbox that would end the whole process.
func (s guarded) write(requests []*wire.RequestLog, operations []*wire.OperationLog) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return s.Write(ctx, requests, operations)
}

func (c *collector) finish(ctx actors.Context, m written) {
	c.writer.waiting.Add(-int64(m.requests))
	if m.err != nil {
		c.writer.dropped.Add(int64(m.requests))
		c.system.Log().Warn("request log rows dropped", "rows", m.requests, "error", m.err)
	}
	if m.by != c { // begun by a life that has ended
		return
	}
	c.writing = false
	c.answer()
	if len(c.next) > 0 || len(c.requests) >= batch {
		c.write(ctx)
	}
}

func (c *collector) answer() {
	for _, f := range c.flushing {
		f.Reply(struct{}{})
	}
	c.flushing = nil
}

// abandon counts what this life of the actor has not begun to write, and lets
// nobody wait for it.
func (c *collector) abandon() {
	lost := int64(len(c.requests))
	c.writer.waiting.Add(-lost)
	c.writer.dropped.Add(lost)
	c.requests, c.operations = nil, nil
	for _, f := range append(c.flushing, c.next...) {
		f.Fail(wire.Fail(wire.ShuttingDown, "the log writer is being restarted").After(time.Second))
	}
	c.flushing, c.next = nil, nil
}
