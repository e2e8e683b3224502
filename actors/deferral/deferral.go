// Package deferral does writes that were accepted to be done later, each running
// one in an actor of its own, which bounds its time and cancels it when the node
// stops. A write is done exactly once: before an attempt commits, its transaction
// is noted beside the write, so that the next attempt, here or on another node,
// asks the client's database what became of it instead of doing it again.
package deferral

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"athena/actors"
	"athena/actors/pool"
	"athena/persistence/deferreddb"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// Config is what writes are done with.
type Config struct {
	Store   deferreddb.Store
	Clients *pool.Clients
	// Serve serves a kept request as if it came now; the problem is that of its
	// answer.
	Serve func(context.Context, *deferreddb.Write) (deferreddb.Answer, *wire.Problem)
	// Attempts is how often a write is attempted before it is given up.
	Attempts int
	// Timeout bounds one attempt.
	Timeout time.Duration
	// LongestPause bounds the pause between attempts, which doubles from half a
	// second.
	LongestPause time.Duration
}

// Deferral does deferred writes.
type Deferral struct {
	Config
	system *actors.System
	family *actors.Family[uuid.UUID]

	running, completed, failed, again atomic.Int64
}

const (
	// idle is how long the actor of a write that is not being done is kept.
	idle       = 10 * time.Second
	firstPause = 500 * time.Millisecond
	// underway is the pause while the database still works on an earlier attempt.
	underway = time.Second
	// endTimeout bounds writing down how an attempt ended.
	endTimeout = 10 * time.Second
)

// New does nothing before it is asked to.
func New(system *actors.System, config Config) *Deferral {
	d := &Deferral{Config: config, system: system}
	d.family = actors.NewFamily(system, "deferred write", actors.Policy{Idle: idle}, func(uuid.UUID) actors.Actor { return &attempt{deferral: d} })
	return d
}

// Running counts the writes that are being done.
func (d *Deferral) Running() int64 { return d.running.Load() }

// Completed counts the writes that were done, Failed those that were given up,
// Again the attempts that are followed by another one.
func (d *Deferral) Completed() int64 { return d.completed.Load() }

// Failed counts the writes that were given up.
func (d *Deferral) Failed() int64 { return d.failed.Load() }

// Again counts the attempts that are followed by another one.
func (d *Deferral) Again() int64 { return d.again.Load() }

// Do attempts a write in an actor of its own, and tells after which pause it is to
// be attempted again.
func (d *Deferral) Do(ctx context.Context, id uuid.UUID) (again time.Duration, err error) {
	return actors.Ask(context.WithoutCancel(ctx), d.family, id, &begin{id: id, stop: ctx})
}

// once is one attempt at a write.
func (d *Deferral) once(ctx context.Context, id uuid.UUID) (again time.Duration, err error) {
	w, open, err := d.Store.Claim(ctx, id)
	if err != nil || !open {
		return 0, err
	}
	noted := false
	write := &gatewaydb.Once{Note: func(ctx context.Context, mark gatewaydb.Mark, kept gatewaydb.Kept) error {
		noted = true
		return d.Store.Note(ctx, &w, deferreddb.Noted{Xact: mark.Xact, Server: mark.Server, JSON: kept.JSON, Rows: kept.Rows, Tag: kept.Tag})
	}}
	if before, any := w.Noted(); any {
		noted = true
		outcome, err := d.outcome(ctx, &w, before)
		switch {
		case err != nil:
			return d.failedOnce(ctx, &w, problemOf(err), true)
		case outcome == gatewaydb.Underway:
			return underway, d.end(ctx, func(ctx context.Context) error { return d.Store.Again(ctx, &w, nil, underway) })
		case outcome == gatewaydb.Committed:
			write.Done = &gatewaydb.Kept{JSON: before.JSON, Rows: before.Rows, Tag: before.Tag}
		case outcome == gatewaydb.Unknown:
			p := wire.Fail(wire.State, "it is not known whether an earlier attempt was committed: the database is served by another server since, or was restored").
				WithHint("look whether the write is there, and requeue the request if it is not")
			return 0, d.giveUp(ctx, &w, deferreddb.Answer{}, p, false)
		case outcome == gatewaydb.Aborted:
			noted = false
		}
	}
	answer, problem := d.Serve(gatewaydb.WithOnce(ctx, write), &w)
	switch {
	case problem == nil:
		d.completed.Add(1)
		return 0, d.end(ctx, func(ctx context.Context) error { return d.Store.End(ctx, &w, answer, nil, false) })
	case write.Done != nil && !passing(problem): // it is done, but its answer cannot be written any more
		d.completed.Add(1)
		return 0, d.end(ctx, func(ctx context.Context) error { return d.Store.End(ctx, &w, deferreddb.Answer{}, nil, false) })
	case passing(problem):
		return d.failedOnce(ctx, &w, problem, noted)
	}
	return 0, d.giveUp(ctx, &w, answer, problem, false)
}

// outcome asks the client's database what became of an earlier attempt.
func (d *Deferral) outcome(ctx context.Context, w *deferreddb.Write, before deferreddb.Noted) (gatewaydb.Outcome, error) {
	p, err := d.Clients.Get(ctx, w.Client)
	if err != nil {
		return gatewaydb.Unknown, err
	}
	return p.Outcome(ctx, gatewaydb.Mark{Xact: before.Xact, Server: before.Server})
}

// failedOnce has a write attempted again, unless that was so often enough.
func (d *Deferral) failedOnce(ctx context.Context, w *deferreddb.Write, p *wire.Problem, undecided bool) (again time.Duration, err error) {
	if w.Attempts >= d.Attempts {
		return 0, d.giveUp(ctx, w, deferreddb.Answer{}, p, undecided)
	}
	d.again.Add(1)
	pause := min(firstPause<<min(w.Attempts-1, 20), d.LongestPause)
	return pause, d.end(ctx, func(ctx context.Context) error { return d.Store.Again(ctx, w, envelope(p), pause) })
}

// giveUp parks a write until somebody looks at it.
func (d *Deferral) giveUp(ctx context.Context, w *deferreddb.Write, a deferreddb.Answer, p *wire.Problem, undecided bool) error {
	d.failed.Add(1)
	d.system.Log().Warn("deferred write failed", "deferred_request_id", w.ID, "client", w.Client, "attempts", w.Attempts, "error", p)
	return d.end(ctx, func(ctx context.Context) error { return d.Store.End(ctx, w, a, envelope(p), undecided) })
}

// end writes down how an attempt ended, after its time was up too. Where another
// attempt has the write now, there is nothing to say.
func (d *Deferral) end(ctx context.Context, write func(context.Context) error) error {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if err := write(bound); err != nil && !errors.Is(err, deferreddb.ErrLost) {
		return fmt.Errorf("end attempt: %w", err)
	}
	return nil
}

// passing reports whether a problem is likely to pass.
func passing(p *wire.Problem) bool {
	return p.Code.Status >= 500 || p.Code.Status == wire.Overloaded.Status || p.Code == wire.SerializationFail || p.Code == wire.Canceled || p.Code == wire.ClientUnknown
}

func problemOf(err error) *wire.Problem {
	if p, ok := wire.AsProblem(err); ok {
		return p
	}
	return wire.Fail(wire.Internal, "an unexpected condition").Because(err)
}

// envelope is a problem as its caller would see it.
func envelope(p *wire.Problem) []byte {
	text, err := json.Marshal(p.Envelope("", ""))
	if err != nil { // only what else there is to say can be at fault
		bare := *p
		bare.Data = nil
		text, _ = json.Marshal(bare.Envelope("", ""))
	}
	return text
}
