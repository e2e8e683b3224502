package gatewaydb

import (
	"context"
	"errors"
	"time"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
)

const (
	// smallWrite is how many bytes the values of a write may have that is sent behind
	// those of others.
	smallWrite = 64 << 10
	// slowWrite is how long one may take, again and again, before its shape goes to a
	// connection of its own.
	slowWrite = 50 * time.Millisecond
)

// pipelined reports whether a write may travel on a connection that it shares with
// those of other callers, each of which commits alone.
func (st *Statement) pipelined() bool {
	return !st.harmless && !st.own() && st.format == rowjson.JSONArray &&
		st.slowWrites.Load() < slowLimit && st.Size() <= smallWrite
}

// runWriter runs a write on a connection that is shared. It reports false for what was
// not done there, and undone where it was begun: what met a lock, or was cancelled in
// the place of another.
func (s *Store) runWriter(ctx context.Context, st *Statement) (Result, bool, error) {
	buffer := buffers.Get().(*[]byte)
	began := time.Now()
	r, err := s.writers.Do(ctx, st.query(s.options.MaxAnswer), (*buffer)[:0])
	switch {
	case err == nil:
		st.timed(r.Took)
		return result(r, buffer), true, nil
	case ctx.Err() != nil:
		return Result{}, true, err
	case errors.Is(err, lane.ErrNotRun), persistence.Contended(err):
		return Result{}, false, nil
	case persistence.SQLState(err) == "57014":
		took := time.Since(began)
		st.timed(took)
		return Result{}, took >= s.options.StatementTimeout, err // or its own time was over
	}
	return Result{}, true, err
}

// timed counts how often in a row the write was slow. Each time that it was quick
// takes one off.
func (p *plan) timed(took time.Duration) {
	slow := p.slowWrites.Load()
	switch {
	case took > slowWrite && slow < 2*slowLimit:
		p.slowWrites.Add(1)
	case took <= slowWrite && slow > 0:
		p.slowWrites.Add(-1)
	}
}

// runWrite runs a write on a shared connection if it is fit for one and there is more
// than one at a time, else on one of its own.
func (s *Store) runWrite(ctx context.Context, st *Statement) (Result, error) {
	others := s.writing.Add(1) > 1
	defer s.writing.Add(-1)
	if st.pipelined() && (others || s.writers.Open()) {
		if result, done, err := s.runWriter(ctx, st); done {
			return result, err
		}
	}
	began := time.Now()
	result, err := s.runPooled(ctx, st)
	if err == nil && st.slowWrites.Load() > 0 {
		st.timed(time.Since(began))
	}
	return result, err
}
