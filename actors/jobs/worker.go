package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"athena/actors"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/uuid"
)

// Messages of a worker.
type (
	// begin starts the clock.
	begin struct{ actors.For[struct{}] }
	// now asks for a run out of turn.
	now struct{ actors.For[struct{}] }
	// tick says that the next run is due.
	tick struct{ by *worker }
	// ended is the outcome of a run that one life of the actor began.
	ended struct {
		by  *worker
		err error
	}
)

// worker is the actor of one job. Its fields belong to its mailbox.
type worker struct {
	jobs    *Jobs
	job     Job
	timer   *time.Timer
	running bool
	waiting []*now // for the run under way
	next    []*now // for the run after it
}

// Receive never waits: runs are beside it.
func (w *worker) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *actors.Started:
		w.timer = w.jobs.system.After(w.job.Every, c.Self(), tick{w})
	case *begin:
		m.Reply(struct{}{})
		w.due(c)
	case tick:
		if m.by == w {
			w.timer = w.jobs.system.After(w.job.Every, c.Self(), tick{w})
			w.due(c)
		}
	case *now:
		w.next = append(w.next, m)
		w.start(c, true)
	case ended:
		if m.by == w {
			w.finish(c, m.err)
		}
	case *actor.Restarting, *actors.Stopping:
		w.stop()
	}
}

// due begins a run, unless one is under way.
func (w *worker) due(c actors.Context) { w.start(c, false) }

func (w *worker) start(c actors.Context, asked bool) {
	if w.running {
		return
	}
	w.running = true
	w.waiting, w.next = w.next, nil
	self := c.Self()
	w.jobs.late.Go(func() {
		err := w.run(asked)
		w.jobs.system.Send(self, ended{w, err})
	})
}

func (w *worker) finish(c actors.Context, err error) {
	w.running = false
	for _, m := range w.waiting {
		if err != nil {
			m.Fail(err)
		} else {
			m.Reply(struct{}{})
		}
	}
	w.waiting = nil
	if len(w.next) > 0 {
		w.start(c, true)
	}
}

func (w *worker) stop() {
	w.timer.Stop()
	for _, m := range append(w.waiting, w.next...) {
		m.Fail(stopping(w.job.Name))
	}
	w.waiting, w.next = nil, nil
}

// run is one run, claimed first where the nodes do the job together.
func (w *worker) run(asked bool) (err error) {
	ctx, cancel := context.WithTimeout(w.jobs.base, w.job.Timeout)
	defer cancel()
	if !w.job.Together {
		err = w.do(ctx)
	} else {
		err = w.claimed(ctx, asked)
	}
	if err != nil && w.jobs.base.Err() == nil {
		w.jobs.system.Log().Warn("job failed", "job", w.job.Name, "error", err)
	}
	return err
}

// slack forgives clocks that tick a little early.
const slack = 0.9

// claimed runs the job if no other node does or lately did. One that was asked for
// waits until the other is done, and is then done again.
func (w *worker) claimed(ctx context.Context, asked bool) error {
	every := time.Duration(float64(w.job.Every) * slack)
	if asked {
		every = 0
	}
	id := uuid.New()
	for {
		mine, err := w.jobs.register.Claim(ctx, w.job.Name, id, every, w.job.Timeout)
		if err != nil {
			err = fmt.Errorf("claim: %w", err)
			w.release(ctx, id, err) // it may have been made without our knowing
			return err
		}
		if mine {
			break
		}
		if !asked {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(poll):
		}
	}
	err := w.do(ctx)
	return errors.Join(err, w.report(ctx, id, err))
}

// poll is how often a run that was asked for looks whether the other is done, and how
// often a claim is offered to a register that is away.
const poll = 100 * time.Millisecond

// report gives the claim back, after a shutdown too.
func (w *worker) report(ctx context.Context, id uuid.UUID, outcome error) error {
	if err := w.giveBack(context.WithoutCancel(ctx), id, outcome); err != nil {
		w.release(ctx, id, outcome)
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func (w *worker) giveBack(ctx context.Context, id uuid.UUID, outcome error) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	failure := ""
	if outcome != nil {
		failure = outcome.Error()
	}
	return w.jobs.register.Finish(ctx, w.job.Name, id, failure)
}

// release gives a claim back as soon as the register can be reached, so that nobody
// waits for the end of its lease, which is no earlier than that of ctx. By then the job
// may have been claimed again, here or elsewhere: the id keeps that claim from harm.
func (w *worker) release(ctx context.Context, id uuid.UUID, outcome error) {
	end, _ := ctx.Deadline()
	w.jobs.late.Go(func() {
		ctx, cancel := context.WithDeadline(w.jobs.base, end)
		defer cancel()
		for w.giveBack(ctx, id, outcome) != nil {
			select {
			case <-ctx.Done():
				return
			case <-time.After(poll):
			}
		}
	})
}

// do never panics: outside of the mailbox that would end the whole process.
func (w *worker) do(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return w.job.Do(ctx)
}
