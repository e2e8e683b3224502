package deferral

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"athena/actors"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/uuid"
)

// Messages of an attempt.
type (
	// begin asks for an attempt, which ends when stop does.
	begin struct {
		actors.For[time.Duration]
		id   uuid.UUID
		stop context.Context
	}
	// ended is the outcome.
	ended struct {
		by    *attempt
		again time.Duration
		err   error
	}
)

// attempt is the actor of one running write. Its fields belong to its mailbox.
type attempt struct {
	deferral *Deferral
	asked    *begin
	cancel   context.CancelFunc
}

// Receive never waits: the work is beside it.
func (a *attempt) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *begin:
		a.begin(c, m)
	case ended:
		if m.by == a && a.asked != nil {
			a.answer(m.again, m.err)
		}
	case *actor.Restarting, *actors.Stopping:
		if a.asked != nil {
			a.cancel()
			a.answer(0, wire.Fail(wire.ShuttingDown, "the attempt was stopped"))
		}
	}
}

// Quiet reports whether the write is not being done.
func (a *attempt) Quiet() bool { return a.asked == nil }

// begin works beside the mailbox. A second attempt at the same write waits for its
// turn.
func (a *attempt) begin(c actors.Context, m *begin) {
	if a.asked != nil {
		m.Reply(underway)
		return
	}
	ctx, cancel := context.WithTimeout(m.stop, a.deferral.Timeout)
	a.asked, a.cancel = m, cancel
	self := c.Self()
	go func() {
		again, err := a.deferral.safely(ctx, m.id)
		a.deferral.system.Send(self, ended{a, again, err})
	}()
}

func (a *attempt) answer(again time.Duration, err error) {
	a.cancel()
	if err != nil {
		a.asked.Fail(err)
	} else {
		a.asked.Reply(again)
	}
	a.asked = nil
}

// safely never panics: outside of the mailbox that would end the whole process.
func (d *Deferral) safely(ctx context.Context, id uuid.UUID) (again time.Duration, err error) {
	d.running.Add(1)
	defer d.running.Add(-1)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return d.once(ctx, id)
}
