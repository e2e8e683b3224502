package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"athena/http/route"
	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// handle makes the fasthttp handler of one route.
func (s *Server) handle(r *route.Route) fasthttp.RequestHandler {
	name := r.Name()
	series := s.metrics.route(name)
	return func(rc *fasthttp.RequestCtx) {
		call := &route.Call{Began: time.Now(), RequestID: requestID(rc)}
		rc.Response.Header.Set("X-Request-Id", call.RequestID)
		s.inflight.Add(1)
		defer s.inflight.Add(-1)
		ctx, cancel := context.WithDeadline(s.base, call.Began.Add(s.config.RequestTimeout))
		defer cancel()
		defer begin(rc, call.Began, cancel).end()
		call.Context = ctx
		problem := s.run(call, r, rc, s.admit)
		if problem != nil {
			route.WriteProblem(rc, problem, call.Failure, call.RequestID, s.config.DocsURL)
		}
		s.account(call, name, rc, problem)
		series.observe(rc.Response.StatusCode(), time.Since(call.Began))
	}
}

// run does what a request asks for; every failure comes back as a problem.
func (s *Server) run(call *route.Call, r *route.Route, rc *fasthttp.RequestCtx, do func(*route.Call, *route.Route, *fasthttp.RequestCtx) error) (problem *wire.Problem) {
	defer func() {
		if p := recover(); p != nil {
			call.Cause = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			problem = wire.Fail(wire.Internal, "an unexpected condition; the log has it under this request id")
		}
	}()
	if r.Dialect != nil {
		call.Failure = r.Dialect(rc)
	}
	if err := do(call, r, rc); err != nil {
		return s.problem(call, err)
	}
	return nil
}

// admit guards a request, and serves or keeps it.
func (s *Server) admit(call *route.Call, r *route.Route, rc *fasthttp.RequestCtx) error {
	caller, err := s.guard.Check(call, r, rc)
	call.Caller.From = caller.From // also for the log of who was turned away
	if err != nil {
		return err
	}
	call.Caller = caller
	if call.Deferred != nil {
		return s.postpone(call, r, rc)
	}
	return r.Serve(call, rc)
}

// problem turns an error into what the caller may see. What is not a problem is
// a bug, or the end of the request's context.
func (s *Server) problem(call *route.Call, err error) *wire.Problem {
	p, ok := wire.AsProblem(err)
	if !ok {
		p, ok = brokenOff(call, err)
	}
	if !ok {
		call.Cause = err
		return wire.Fail(wire.Internal, "an unexpected condition; the log has it under this request id")
	}
	if p.Code == wire.Canceled && s.base.Err() != nil { // it is not the client who left
		p = wire.Fail(wire.ShuttingDown, "the server stopped before the work was done").After(time.Second).Because(err)
	}
	if p.Code.Status >= 500 {
		call.Cause = err
	}
	return p
}

// brokenOff is the problem of what failed since its time was up, or its caller left. A
// deadline of its own that a part of the work has may end a moment before the call's.
func brokenOff(call *route.Call, err error) (*wire.Problem, bool) {
	switch {
	case call.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || persistence.Disconnected(err)):
		return wire.Expired(call).Because(err), true
	case errors.Is(err, context.DeadlineExceeded):
		return wire.Fail(wire.DeadlineExceeded, "a part of the work was not done in its time").Because(err), true
	}
	return nil, false
}

// miss answers requests that no route takes.
func (s *Server) miss(code wire.Code, detail string) fasthttp.RequestHandler {
	series := s.metrics.route("unmatched")
	return func(rc *fasthttp.RequestCtx) {
		call := &route.Call{Context: s.base, Began: time.Now(), RequestID: requestID(rc)}
		rc.Response.Header.Set("X-Request-Id", call.RequestID)
		problem := wire.Fail(code, "%s", detail)
		route.WriteProblem(rc, problem, s.dialect(rc), call.RequestID, s.config.DocsURL)
		s.account(call, "unmatched", rc, problem)
		series.observe(code.Status, time.Since(call.Began))
	}
}

// dialect is how the caller of a path that no route takes wants failures written: as
// those of the routes beside it are.
func (s *Server) dialect(rc *fasthttp.RequestCtx) route.FailureFunc {
	for below, r := range s.dialects {
		if bytes.HasPrefix(rc.Path(), []byte(below)) {
			return r.Dialect(rc)
		}
	}
	return nil
}

// refuse answers requests that could not be read.
func (s *Server) refuse(rc *fasthttp.RequestCtx, err error) {
	problem := s.unreadable(err)
	call := &route.Call{Context: s.base, Began: time.Now(), RequestID: newRequestID()}
	rc.Response.Header.Set("X-Request-Id", call.RequestID)
	route.WriteProblem(rc, problem, nil, call.RequestID, s.config.DocsURL)
	s.account(call, "unreadable", rc, problem)
}

func (s *Server) unreadable(err error) *wire.Problem {
	var small *fasthttp.ErrSmallBuffer
	var late interface{ Timeout() bool }
	switch {
	case errors.Is(err, fasthttp.ErrBodyTooLarge):
		return wire.Fail(wire.BodyTooLarge, "the request body is larger than the limit of %d bytes", s.config.BodyLimit).At("body")
	case errors.As(err, &small):
		return wire.Fail(wire.HeadersTooLarge, "the request line and headers are larger than the limit of %d bytes", s.config.HeaderLimit)
	case errors.As(err, &late) && late.Timeout():
		return wire.Fail(wire.RequestTimeout, "the request did not arrive in time")
	}
	return wire.Fail(wire.InvalidRequest, "the request is not valid HTTP")
}

// requestID takes the caller's own id, made safe for headers and logs, or makes one.
func requestID(rc *fasthttp.RequestCtx) string {
	for _, name := range []string{"X-Request-Id", "X-Athena-Request-Id", "X-Correlation-Id"} {
		if id := rc.Request.Header.Peek(name); len(id) > 0 && len(id) <= 128 && printable(id) {
			return string(id)
		}
	}
	return newRequestID()
}

// newRequestID makes a random UUID. It is no secret, so the runtime's own
// generator will do, which asks the kernel for nothing.
func newRequestID() string {
	var id uuid.UUID
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40 // version 4 and its variant, as RFC 9562 has them
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

func printable(text []byte) bool {
	for _, b := range text {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}
