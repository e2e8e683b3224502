package lane

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"athena/wire"
)

// SetOptions say how many lanes a set has, and what each is like.
type SetOptions struct {
	// Lanes is how many connections the set keeps; 3 where it is zero, which
	// answered more than 2 on two processors shared with the server.
	Lanes int
	// Options are those of each lane, except that MaxInFlight is the limit of
	// the whole set.
	Options
	// ConnectTimeout bounds each attempt to open a lane; 10 s where it is zero.
	ConnectTimeout time.Duration
}

func (o SetOptions) withDefaults() SetOptions {
	if o.Lanes <= 0 {
		o.Lanes = 3
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 10 * time.Second
	}
	o.Options = o.Options.withDefaults()
	// The load is even, so the first lane to be full is about the last, too.
	o.MaxInFlight = (o.MaxInFlight + o.Lanes - 1) / o.Lanes
	return o
}

// Set keeps a few lanes to one database open. It is safe for concurrent use.
type Set struct {
	cfg    *pgconn.Config
	opts   SetOptions
	lanes  []atomic.Pointer[Lane] // nil while a lane is being reopened
	closed atomic.Bool
	cancel context.CancelFunc
	tended sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when a lane opens or is lost
	failure error         // why the last attempt to open a lane failed
}

// OpenSet opens the first lane, so that a wrong address or password is told here,
// and the others behind the caller's back.
func OpenSet(ctx context.Context, cfg *pgconn.Config, opts SetOptions) (*Set, error) {
	opts = opts.withDefaults()
	s := &Set{
		cfg:     cfg,
		opts:    opts,
		lanes:   make([]atomic.Pointer[Lane], opts.Lanes),
		changed: make(chan struct{}),
	}
	first, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	s.lanes[0].Store(first)
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for i := range s.lanes {
		s.tended.Go(func() { s.tend(ctx, &s.lanes[i]) })
	}
	return s, nil
}

func (s *Set) open(ctx context.Context) (*Lane, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opts.ConnectTimeout)
	defer cancel()
	return Open(ctx, s.cfg, s.opts.Options)
}

// Do runs a query on the lane with the least in flight, as Lane.Do does. When that
// lane breaks meanwhile, the query, which is a read, is given to another, once.
func (s *Set) Do(ctx context.Context, q Query, dst []byte) (Result, error) {
	l := s.pick()
	if l == nil {
		return Result{}, s.unavailable()
	}
	result, err := l.Do(ctx, q, dst)
	if !errors.Is(err, ErrBroken) {
		return result, err
	}
	if other := s.pick(); other != nil && other != l {
		return other.Do(ctx, q, nil)
	}
	return Result{}, err
}

func (s *Set) pick() *Lane {
	var best *Lane
	for i := range s.lanes {
		l := s.lanes[i].Load()
		if l != nil && (best == nil || l.InFlight() < best.InFlight()) && !l.isLost() {
			best = l
		}
	}
	return best
}

func (s *Set) unavailable() error {
	if s.closed.Load() {
		return closed()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return wire.Fail(wire.BackendUnavailable, "the database cannot be reached right now").
		After(retryAfter).Because(s.failure)
}

// Healthy tells whether a lane is open.
func (s *Set) Healthy() bool { return s.pick() != nil }

// InFlight tells how many statements are waiting for their answer.
func (s *Set) InFlight() int {
	total := 0
	for i := range s.lanes {
		if l := s.lanes[i].Load(); l != nil {
			total += l.InFlight()
		}
	}
	return total
}

// Ready waits until all lanes are open.
func (s *Set) Ready(ctx context.Context) error {
	for {
		s.mu.Lock()
		changed, failure := s.changed, s.failure
		s.mu.Unlock()
		if s.allOpen() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("lane: not ready: %w, last failure: %w", ctx.Err(), failure)
		}
	}
}

func (s *Set) allOpen() bool {
	for i := range s.lanes {
		if l := s.lanes[i].Load(); l == nil || l.isLost() {
			return false
		}
	}
	return true
}

func (s *Set) note(failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if failure != nil {
		s.failure = failure
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// tend keeps one lane open. A lane that lived is replaced at once; what fails
// again and again is tried less and less often.
func (s *Set) tend(ctx context.Context, slot *atomic.Pointer[Lane]) {
	var pause backOff
	for pause.wait(ctx) {
		l := slot.Load()
		if l == nil {
			var err error
			if l, err = s.open(ctx); err != nil {
				s.note(err)
				continue
			}
			slot.Store(l)
		}
		s.note(nil)
		opened := time.Now()
		select {
		case <-l.Lost():
			slot.Store(nil)
			s.note(l.Err())
		case <-ctx.Done():
			return
		}
		if time.Since(opened) > longestPause {
			pause = 0
		}
	}
}

const (
	shortestPause = 50 * time.Millisecond
	longestPause  = 5 * time.Second
)

// backOff is the next pause: none, the shortest, and then twice the last.
type backOff time.Duration

// wait pauses and tells whether to go on.
func (b *backOff) wait(ctx context.Context) bool {
	pause := time.Duration(*b)
	*b = backOff(min(max(2*pause, shortestPause), longestPause))
	if pause > 0 {
		// Several lanes broke together; they need not come back together.
		pause = pause/2 + rand.N(pause/2+1)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Close takes no more queries, waits for the answers that are due, or until ctx
// ends, and closes all lanes.
func (s *Set) Close(ctx context.Context) error {
	s.closed.Store(true)
	s.cancel()
	s.tended.Wait()
	errs := make([]error, len(s.lanes))
	var closing sync.WaitGroup
	for i := range s.lanes {
		if l := s.lanes[i].Swap(nil); l != nil {
			closing.Go(func() { errs[i] = l.Close(ctx) })
		}
	}
	closing.Wait()
	return errors.Join(errs...)
}
