package lane

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// WritersOptions say how many lanes for writes there may be, and what each is like.
type WritersOptions struct {
	// Lanes is how many connections there may be; 16 where it is zero, none where it is
	// negative.
	Lanes int
	// Depth is how many statements each is given at a time; 4 where it is zero. The
	// server begins with one as soon as it has ended the other.
	Depth int
	// Options are those of each lane.
	Options
	// LockTimeout is how long a statement waits for a lock before the server refuses
	// it, so that the one behind it need not wait as well; 25 ms where it is zero.
	LockTimeout time.Duration
	// Idle is how long a lane stays open without work; 5 minutes where it is zero.
	Idle time.Duration
	// ConnectTimeout bounds each attempt to open a lane; 10 s where it is zero.
	ConnectTimeout time.Duration
	// Failed hears why a lane could not be opened or was lost; nil for nobody.
	Failed func(error)
}

func (o WritersOptions) withDefaults() WritersOptions {
	set := func(value *time.Duration, otherwise time.Duration) {
		if *value <= 0 {
			*value = otherwise
		}
	}
	if o.Lanes == 0 {
		o.Lanes = 16
	}
	if o.Depth <= 0 {
		o.Depth = 4
	}
	set(&o.LockTimeout, 25*time.Millisecond)
	set(&o.Idle, 5*time.Minute)
	set(&o.ConnectTimeout, 10*time.Second)
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	o.Options = o.Options.withDefaults()
	return o
}

// Writers runs small writes of many callers over connections that are opened as they
// are needed. Each statement commits alone. A connection has few of them at a time,
// the others wait in one queue for the first that is free: so a slow one holds up no
// more than those that were sent behind it. It is safe for concurrent use.
type Writers struct {
	cfg  *pgconn.Config
	opts WritersOptions

	ctx    context.Context
	cancel context.CancelFunc
	tended sync.WaitGroup

	mu      sync.Mutex
	lanes   []*Lane
	queue   []*call // in order
	opening bool
	retry   time.Time // no lane is opened before
	closed  bool
}

// NewWriters makes writers without a connection.
func NewWriters(cfg *pgconn.Config, opts WritersOptions) *Writers {
	w := &Writers{cfg: cfg, opts: opts.withDefaults()}
	w.opts.writes, w.opts.lockTimeout, w.opts.freed = true, w.opts.LockTimeout, w.feed
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// Do runs a statement as Lane.Do does. What failed by ErrNotRun has not reached the
// server; what the server refused for a lock, or because it was cancelled, is undone.
// A caller that leaves has its statement cancelled. An error of ErrBroken leaves open
// what became of the statement.
func (w *Writers) Do(ctx context.Context, q Query, dst []byte) (Result, error) {
	return do(ctx, w, q, dst)
}

// take gives a call to the lane with the least to do, or has it wait for one.
func (w *Writers) take(c *call) error {
	c.queue = &w.mu
	w.mu.Lock()
	defer w.mu.Unlock()
	least := w.least()
	if least == nil || least.InFlight() > 0 {
		w.grow()
	}
	switch {
	case least == nil, len(w.queue) >= w.opts.MaxInFlight:
		return ErrNotRun
	case least.InFlight() < w.opts.Depth:
		return w.submit(least, c)
	}
	w.queue = append(w.queue, c)
	return nil
}

// submit queues a call on a lane, which takes it unless it has just been lost.
func (w *Writers) submit(l *Lane, c *call) error {
	if err := l.take(c); err != nil {
		return fmt.Errorf("%w: %w", ErrNotRun, err)
	}
	return nil
}

func (w *Writers) least() *Lane {
	var best *Lane
	for _, l := range w.lanes {
		if !l.isLost() && (best == nil || l.InFlight() < best.InFlight()) {
			best = l
		}
	}
	return best
}

// feed gives a lane what waits; it is called when one of its calls has ended.
func (w *Writers) feed(l *Lane) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 && l.InFlight() < w.opts.Depth && !l.isLost() {
		c := w.queue[0]
		w.queue[0] = nil
		if w.queue = w.queue[1:]; len(w.queue) == 0 {
			w.queue = nil
		}
		if c.state.Load() == abandoned {
			c.free()
		} else if err := w.submit(l, c); err != nil {
			c.fail(err)
			c.answer()
		}
	}
}

// grow opens one more lane, if there may be one, behind the caller's back.
func (w *Writers) grow() {
	if w.closed || w.opening || len(w.lanes) >= w.opts.Lanes || time.Now().Before(w.retry) {
		return
	}
	w.opening = true
	w.tended.Go(func() {
		if l := w.open(); l != nil {
			w.feed(l)
			w.tend(l)
		}
	})
}

func (w *Writers) open() *Lane {
	ctx, cancel := context.WithTimeout(w.ctx, w.opts.ConnectTimeout)
	defer cancel()
	l, err := Open(ctx, w.cfg, w.opts.Options)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opening = false
	switch {
	case w.closed:
		if err == nil {
			_ = l.Close(ctx) // nothing is in flight
		}
		return nil
	case err != nil:
		w.retry = time.Now().Add(longestPause)
		w.opts.Failed(err)
		return nil
	}
	w.lanes = append(w.lanes, l)
	return l
}

// tend closes a lane that is not needed any more, until it is lost or closed.
func (w *Writers) tend(l *Lane) {
	tick := time.NewTicker(w.opts.Idle)
	defer tick.Stop()
	for {
		select {
		case <-l.Lost():
			w.drop(l)
			return
		case now := <-tick.C:
			if now.Sub(l.lastHeard()) < w.opts.Idle || !w.retire(l) {
				continue
			}
		}
		_ = l.Close(w.ctx) // nothing is in flight
		return
	}
}

// retire takes an idle lane away, so that it gets no more calls.
func (w *Writers) retire(l *Lane) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.InFlight() > 0 {
		return false
	}
	w.remove(l)
	return true
}

// drop takes a lost lane away. Without another, nobody would come for what waits.
func (w *Writers) drop(l *Lane) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remove(l)
	if len(w.lanes) == 0 {
		w.refuseQueue()
	}
	if !w.closed {
		w.opts.Failed(l.Err())
	}
}

func (w *Writers) remove(l *Lane) {
	if i := slices.Index(w.lanes, l); i >= 0 {
		w.lanes = slices.Delete(w.lanes, i, i+1)
	}
}

func (w *Writers) refuseQueue() {
	for _, c := range w.queue {
		c.fail(ErrNotRun)
		c.answer()
	}
	w.queue = nil
}

// Open reports whether there is a connection.
func (w *Writers) Open() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.lanes) > 0
}

// InFlight tells how many statements wait for their answer.
func (w *Writers) InFlight() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	total := len(w.queue)
	for _, l := range w.lanes {
		total += l.InFlight()
	}
	return total
}

// Close takes no more statements, waits for the answers that are due, or until ctx
// ends, and closes all lanes.
func (w *Writers) Close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.refuseQueue()
	lanes := w.lanes
	w.lanes = nil
	w.mu.Unlock()
	errs := make([]error, len(lanes))
	var closing sync.WaitGroup
	for i, l := range lanes {
		closing.Go(func() { errs[i] = l.Close(ctx) })
	}
	closing.Wait()
	w.cancel() // of a connection that is being made
	w.tended.Wait()
	return errors.Join(errs...)
}
