// Package telemetry holds the log rows of requests until they are written to the
// control database in batches. It never makes a request wait: what does not fit
// is dropped and counted.
package telemetry

import (
	"context"
	"sync/atomic"
	"time"

	"athena/actors"
	"athena/wire"
)

// Store writes a batch of rows; all or none.
type Store interface {
	Write(ctx context.Context, requests []wire.RequestLog, operations []wire.OperationLog) error
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
}

const member = "control"

// New starts the writer.
func New(ctx context.Context, system *actors.System, store Store) (*Writer, error) {
	w := &Writer{}
	w.family = actors.NewFamily(system, "telemetry", actors.Policy{}, func(string) actors.Actor {
		return &collector{writer: w, system: system, store: store}
	})
	_, err := actors.Ask(ctx, w.family, member, &flush{})
	return w, err
}

// Record takes the rows of one request.
func (w *Writer) Record(request wire.RequestLog, operation *wire.OperationLog) {
	if w.waiting.Add(1) > capacity {
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

// Close writes what waits and stops.
func (w *Writer) Close(ctx context.Context) error {
	if err := w.Flush(ctx); err != nil {
		return err
	}
	return w.family.Drain(ctx)
}

// Messages of the collector.
type (
	entry struct {
		request   wire.RequestLog
		operation *wire.OperationLog
	}
	flush   struct{ actors.For[struct{}] }
	tick    struct{}
	written struct {
		requests int
		err      error
	}
)

// collector gathers rows and has at most one write under way.
type collector struct {
	writer     *Writer
	system     *actors.System
	store      Store
	requests   []wire.RequestLog
	operations []wire.OperationLog
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
			c.operations = append(c.operations, *m.operation)
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
		bound, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		err := c.store.Write(bound, requests, operations)
		c.system.Send(self, written{len(requests), err})
	}()
}

func (c *collector) finish(ctx actors.Context, m written) {
	c.writing = false
	c.writer.waiting.Add(-int64(m.requests))
	if m.err != nil {
		c.writer.dropped.Add(int64(m.requests))
		c.system.Log().Warn("request log rows dropped", "rows", m.requests, "error", m.err)
	}
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
