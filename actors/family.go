package actors

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// Policy says how a family treats its members.
type Policy struct {
	// Queue is how many questions may wait at one member; more are refused.
	Queue int64
	// Idle is how long a member may go unasked before it is retired; zero keeps
	// members for ever.
	Idle time.Duration
	// Failures is how many failures within Window make a member unavailable.
	Failures int
	Window   time.Duration
	// Backoff is the pause before the first restart; it doubles with each failure.
	Backoff time.Duration
	// Cooldown is how long an unavailable member refuses questions.
	Cooldown time.Duration
}

func (p Policy) withDefaults() Policy {
	if p.Queue == 0 {
		p.Queue = 10_000
	}
	if p.Failures == 0 {
		p.Failures = 5
	}
	if p.Window == 0 {
		p.Window = time.Minute
	}
	if p.Backoff == 0 {
		p.Backoff = 20 * time.Millisecond
	}
	if p.Cooldown == 0 {
		p.Cooldown = 5 * time.Second
	}
	return p
}

// Quiet is implemented by actors that can be retired: it reports whether
// nothing is under way that only this life of the actor knows of.
type Quiet interface{ Quiet() bool }

// Family is the set of actors of one kind, one for each key.
type Family[K comparable] struct {
	name    string
	system  *System
	policy  Policy
	produce func(K) Actor
	head    *PID
	members sync.Map // K to *member[K]
}

// member is one key's actor as its family sees it.
type member[K comparable] struct {
	key      K
	pid      *PID
	queued   atomic.Int64
	lastUsed atomic.Int64 // unix nanoseconds
	refuse   atomic.Int64 // unix nanoseconds until which questions are refused

	// closing orders senders before the member's end: whatever was sent under
	// the read lock stands in the mailbox before the message that stops it.
	closing sync.RWMutex
	closed  bool
}

// send queues a message unless the member is being stopped.
func (m *member[K]) send(s *System, message any) bool {
	m.closing.RLock()
	defer m.closing.RUnlock()
	if m.closed {
		return false
	}
	s.Send(m.pid, message)
	return true
}

// close lets the member handle what it has queued and stop.
func (m *member[K]) close(c Context) {
	m.closing.Lock()
	m.closed = true
	m.closing.Unlock()
	c.Poison(m.pid)
}

// NewFamily starts the supervisor of a family. produce makes one life of the
// actor for a key; it is called again after each restart.
func NewFamily[K comparable](s *System, name string, policy Policy, produce func(K) Actor) *Family[K] {
	f := &Family[K]{name: name, system: s, policy: policy.withDefaults(), produce: produce}
	h := &head[K]{family: f, byPID: map[string]*member[K]{}}
	props := actor.PropsFromProducer(func() Actor { return h }, actor.WithSupervisor(h))
	f.head = s.engine.Root.Spawn(props)
	return f
}

// Send gives a message to the member with the key, if it runs, and reports whether
// it does.
func (f *Family[K]) Send(key K, message any) bool {
	m, ok := f.members.Load(key)
	return ok && m.(*member[K]).send(f.system, message)
}

// Runs reports whether the member with the key runs.
func (f *Family[K]) Runs(key K) bool {
	_, ok := f.members.Load(key)
	return ok
}

// Each calls visit with the key of every running member.
func (f *Family[K]) Each(visit func(K)) {
	f.members.Range(func(key, _ any) bool {
		visit(key.(K))
		return true
	})
}

// Len counts the running members.
func (f *Family[K]) Len() int {
	n := 0
	f.members.Range(func(any, any) bool { n++; return true })
	return n
}

// Drain lets every member handle what it has queued, then stops them all. It
// returns when the last one is gone or ctx ends.
func (f *Family[K]) Drain(ctx context.Context) error {
	done := make(chan struct{})
	f.system.Send(f.head, drain{done})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain %s: %w", f.name, ctx.Err())
	}
}

// offer queues a question at a member, or says why not.
func (f *Family[K]) offer(ctx context.Context, key K, q any) error {
	for {
		m, err := f.member(ctx, key)
		if err != nil {
			return err
		}
		now := time.Now().UnixNano()
		if until := m.refuse.Load(); now < until {
			return f.unavailable(time.Duration(until - now))
		}
		if m.queued.Add(1) > f.policy.Queue {
			m.queued.Add(-1)
			return wire.Fail(wire.Overloaded, "too many requests wait at this %s", f.name).After(time.Second)
		}
		m.lastUsed.Store(now)
		if m.send(f.system, q) {
			return nil
		}
		f.members.CompareAndDelete(key, m) // it is being stopped: ask for its successor
	}
}

func (f *Family[K]) unavailable(wait time.Duration) error {
	return wire.Fail(wire.BackendUnavailable, "this %s failed repeatedly and is being restarted", f.name).After(wait)
}

func (f *Family[K]) member(ctx context.Context, key K) (*member[K], error) {
	if m, ok := f.members.Load(key); ok {
		return m.(*member[K]), nil
	}
	reply := make(chan *member[K], 1)
	f.system.Send(f.head, start[K]{key, reply})
	select {
	case m := <-reply:
		if m == nil {
			return nil, wire.Fail(wire.ShuttingDown, "no new %s is started", f.name).After(time.Second)
		}
		return m, nil
	case <-ctx.Done():
		return nil, wire.Expired(ctx)
	}
}

// Retire lets the member with the key handle what it has queued and stop.
func (f *Family[K]) Retire(key K) { f.system.Send(f.head, dismiss[K]{key}) }
