package lane

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// call is one statement in flight. Its caller and the lane's reader part by the
// state: whoever comes second puts the call back into the pool.
type call struct {
	plan      *Plan
	maxBytes  int
	statement *statement
	args      [][]byte
	dst       []byte // the answer
	start     int    // where in dst it begins
	result    Result
	err       error
	state     atomic.Uint32

	// queue is the lock under which a call that may have to wait for a lane is sent and
	// given up. lane is the one for writes that it was sent to at last, place its number
	// there, and since when.
	queue *sync.Mutex
	lane  *Lane
	place int64
	since time.Time

	done chan struct{}
}

const (
	pending uint32 = iota
	answered
	abandoned
)

var calls = sync.Pool{New: func() any { return &call{done: make(chan struct{}, 1)} }}

func newCall(q Query, dst []byte) *call {
	c := calls.Get().(*call)
	c.plan, c.args, c.dst, c.start, c.maxBytes = q.Plan, q.Args, dst, len(dst), q.MaxBytes
	if c.maxBytes <= 0 {
		c.maxBytes = DefaultMaxBytes
	}
	return c
}

func (c *call) free() {
	done := c.done
	*c = call{done: done}
	calls.Put(c)
}

// taker takes calls, to be answered by a lane.
type taker interface{ take(*call) error }

// do runs a query, and again one that was prepared too long ago: nothing of it was
// done.
func do(ctx context.Context, t taker, q Query, dst []byte) (Result, error) {
	result, err := once(ctx, t, q, dst)
	if err != nil && stale(err) {
		return once(ctx, t, q, nil)
	}
	return result, err
}

func once(ctx context.Context, t taker, q Query, dst []byte) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, err
	}
	c := newCall(q, dst)
	if err := t.take(c); err != nil {
		c.free()
		return Result{}, err
	}
	return c.wait(ctx)
}

// wait is the caller's side.
func (c *call) wait(ctx context.Context) (Result, error) {
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.abandon() {
			return Result{}, ctx.Err()
		}
		<-c.done
	}
	defer c.free()
	if c.err != nil {
		return Result{}, c.err
	}
	return c.result, nil
}

// abandon gives the call up, unless it has been answered.
func (c *call) abandon() bool {
	if c.queue == nil {
		return c.state.CompareAndSwap(pending, abandoned)
	}
	c.queue.Lock()
	defer c.queue.Unlock()
	l, place := c.lane, c.place
	if !c.state.CompareAndSwap(pending, abandoned) {
		return false
	}
	if l != nil {
		l.giveUp(place)
	}
	return true
}

// answer is the reader's side.
func (c *call) answer() {
	if c.state.CompareAndSwap(pending, answered) {
		c.done <- struct{}{}
		return
	}
	c.free()
}

// wanted tells whether rows are still worth encoding.
func (c *call) wanted() bool { return c.err == nil && c.state.Load() == pending }

// fail keeps the first error.
func (c *call) fail(err error) {
	if c.err == nil {
		c.err = err
		c.dst = nil
	}
}

// complete keeps the command tag. Its text rarely differs from the last.
func (c *call) complete(tag []byte) {
	tag = bytes.TrimSuffix(tag, []byte{0})
	if c.statement.tag != string(tag) {
		c.statement.tag = string(tag)
	}
	c.result.Tag = pgconn.NewCommandTag(c.statement.tag)
}
