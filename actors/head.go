package actors

import (
	"fmt"
	"runtime/debug"
	"time"

	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// Messages of the family's supervisor.
type (
	start[K comparable] struct {
		key   K
		reply chan<- *member[K]
	}
	// retire comes from a member that agrees to be retired for being idle.
	retire struct{ pid *PID }
	// dismiss comes from outside and is not asked back.
	dismiss[K comparable] struct{ key K }
	sweep                 struct{}
	drain                 struct{ done chan<- struct{} }
	// idle asks a member whether it may be retired.
	idle struct{}
)

// head supervises the members of one family. Its fields belong to its mailbox.
type head[K comparable] struct {
	family   *Family[K]
	byPID    map[string]*member[K]
	draining bool
	drained  chan<- struct{}
}

// Receive starts, retires and forgets members.
func (h *head[K]) Receive(c Context) {
	switch m := c.Message().(type) {
	case *Started:
		h.scheduleSweep(c)
	case start[K]:
		m.reply <- h.start(c, m.key)
	case retire:
		h.retire(c, m.pid)
	case dismiss[K]:
		if gone, ok := h.family.members.LoadAndDelete(m.key); ok {
			gone.(*member[K]).close(c)
		}
	case sweep:
		h.sweep(c)
	case *actor.Terminated:
		h.forget(m.Who)
	case drain:
		h.drain(c, m.done)
	}
}

// start gives the member with the key, made now if needed; nil while draining.
func (h *head[K]) start(c Context, key K) *member[K] {
	if m, ok := h.family.members.Load(key); ok {
		return m.(*member[K])
	}
	if h.draining {
		return nil
	}
	m := &member[K]{key: key}
	m.lastUsed.Store(time.Now().UnixNano())
	props := actor.PropsFromProducer(
		func() Actor { return h.family.produce(key) },
		actor.WithReceiverMiddleware(h.family.guard(m)),
	)
	m.pid = c.Spawn(props)
	h.byPID[m.pid.Id] = m
	h.family.members.Store(key, m)
	return m
}

func (h *head[K]) scheduleSweep(c Context) {
	if h.family.policy.Idle > 0 {
		h.family.system.After(h.family.policy.Idle/2, c.Self(), sweep{})
	}
}

func (h *head[K]) sweep(c Context) {
	if h.draining {
		return
	}
	for _, m := range h.byPID {
		if h.unused(m) {
			c.Send(m.pid, idle{})
		}
	}
	h.scheduleSweep(c)
}

func (h *head[K]) unused(m *member[K]) bool {
	return time.Now().UnixNano()-m.lastUsed.Load() > int64(h.family.policy.Idle)
}

// retire stops a member that is still unused. A question that slips in between
// is handled before it stops, or goes to the successor.
func (h *head[K]) retire(c Context, pid *PID) {
	m, ok := h.byPID[pid.Id]
	if !ok || !h.unused(m) {
		return
	}
	h.family.members.Delete(m.key)
	m.close(c)
}

func (h *head[K]) forget(pid *PID) {
	if m, ok := h.byPID[pid.Id]; ok {
		delete(h.byPID, pid.Id)
		h.family.members.CompareAndDelete(m.key, m)
	}
	h.reportDrained()
}

func (h *head[K]) drain(c Context, done chan<- struct{}) {
	h.draining, h.drained = true, done
	for _, m := range h.byPID {
		m.close(c)
	}
	h.reportDrained()
}

func (h *head[K]) reportDrained() {
	if h.drained != nil && len(h.byPID) == 0 {
		close(h.drained)
		h.drained = nil
	}
}

// HandleFailure restarts a member after a pause that doubles with each failure.
// A member that keeps failing is restarted too, so that what it has queued is
// answered, but refuses questions for the policy's cooldown.
func (h *head[K]) HandleFailure(_ *actor.ActorSystem, s actor.Supervisor, child *PID, rs *actor.RestartStatistics, reason, _ any) {
	policy := h.family.policy
	rs.Fail()
	failures := rs.NumberOfFailures(policy.Window)
	if m, ok := h.byPID[child.Id]; ok && failures > policy.Failures {
		m.refuse.Store(time.Now().Add(policy.Cooldown).UnixNano())
		rs.Reset()
	}
	pause := policy.Backoff << min(failures-1, 8)
	h.family.system.log.Warn("actor restarts", "family", h.family.name, "failures", failures, "pause", pause, "reason", fmt.Sprint(reason))
	time.AfterFunc(pause, func() { s.RestartChildren(child) })
}

// guard stands before a member's Receive: it counts the queue, refuses while
// the member is unavailable, answers the question that makes the actor panic,
// and handles the family's own messages.
func (f *Family[K]) guard(m *member[K]) actor.ReceiverMiddleware {
	return func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(c actor.ReceiverContext, envelope *actor.MessageEnvelope) {
			q, isQuestion := envelope.Message.(failer)
			if isQuestion {
				m.queued.Add(-1)
				if wait := m.refuse.Load() - time.Now().UnixNano(); wait > 0 {
					q.Fail(f.unavailable(time.Duration(wait)))
					return
				}
			}
			if _, ok := envelope.Message.(idle); ok {
				f.considerRetiring(c)
				return
			}
			defer func() {
				if r := recover(); r != nil {
					f.system.log.Error("actor panicked", "family", f.name, "key", fmt.Sprint(m.key), "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
					if isQuestion {
						q.Fail(wire.Fail(wire.Internal, "the %s failed while handling this request", f.name))
					}
					panic(r)
				}
			}()
			next(c, envelope)
		}
	}
}

func (f *Family[K]) considerRetiring(c actor.ReceiverContext) {
	if a, ok := c.Actor().(Quiet); ok && a.Quiet() {
		f.system.Send(f.head, retire{c.Self()})
	}
}
