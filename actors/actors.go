// Package actors runs the supervised actors that hold Athena's serial state.
//
// A Family is a set of actors of one kind, one for each key, started when first
// asked and retired when idle. Ask sends a question to a member and waits for
// its typed answer, never longer than the caller's context. The package promises
// that every question is answered: by the actor, by a refusal before it is
// queued, by an error when the actor panics or is gone, or by the caller's own
// deadline. It does not promise that an actor outlives a failure: a restarted
// member begins with nothing and reads what it needs from the store.
package actors

import (
	"log/slog"
	"time"

	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// Actor is what a family runs; its Receive must never wait for I/O.
type Actor = actor.Actor

// Context is what an actor gets with each message.
type Context = actor.Context

// Started is the first message of every life of an actor, restarts included.
type Started = actor.Started

// Stopping is the last message in which an actor can still answer.
type Stopping = actor.Stopping

// PID addresses one actor.
type PID = actor.PID

// System is the root of all actors of one process.
type System struct {
	engine *actor.ActorSystem
	log    *slog.Logger
}

// NewSystem starts an actor system that logs through log.
func NewSystem(log *slog.Logger) *System {
	engine := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler)
	}))
	s := &System{engine: engine, log: log}
	engine.EventStream.Subscribe(failDeadLetter)
	return s
}

// Send gives a message to an actor without waiting for anything.
func (s *System) Send(to *PID, message any) { s.engine.Root.Send(to, message) }

// After sends a message to an actor once d has passed; stop the timer to take
// it back.
func (s *System) After(d time.Duration, to *PID, message any) *time.Timer {
	return time.AfterFunc(d, func() { s.Send(to, message) })
}

// Log is the system's logger.
func (s *System) Log() *slog.Logger { return s.log }

// Shutdown stops the system; families are drained before, by their owners.
func (s *System) Shutdown() { s.engine.Shutdown() }

// failDeadLetter tells a waiting caller at once that its question arrived
// nowhere: its actor was stopped from outside.
func failDeadLetter(event any) {
	letter, ok := event.(*actor.DeadLetterEvent)
	if !ok {
		return
	}
	if q, ok := letter.Message.(failer); ok {
		q.Fail(wire.Fail(wire.ShuttingDown, "the request's actor has stopped").After(time.Second))
	}
}
