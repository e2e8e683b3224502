package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"athena/http/route"
	"athena/persistence/deferreddb"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

// Keeper keeps writes that are to be done later.
type Keeper interface {
	Keep(context.Context, *deferreddb.Write) error
}

// postpone rehearses a request up to its write, so that whatever can be wrong with
// it is told now, and keeps it. One that turns out to write nothing is answered.
func (s *Server) postpone(call *route.Call, r *route.Route, rc *fasthttp.RequestCtx) error {
	route.NowInstead(rc)
	recorded := r.Record(rc)
	recorded.Key, recorded.Free = call.Caller.Key, call.Caller.Admin || call.Caller.Open
	w := &deferreddb.Write{
		ID: uuid.New(), Client: call.Caller.Client, Reason: call.Deferred.Reason, RequestID: call.RequestID, Method: r.Method, Route: r.Path,
		Body: append([]byte(nil), rc.Request.Body()...), Rights: []string{},
	}
	call.Caller.Asked = func(right string) { w.Rights = append(w.Rights, right) }
	if err := r.Serve(gatewaydb.Rehearse(call), rc); !errors.Is(err, gatewaydb.ErrRehearsed) {
		return err
	}
	var err error
	if w.Request, err = json.Marshal(recorded); err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	if op := call.Operation; op != nil {
		w.Schema, w.Table, call.Operation = op.SchemaName, op.TableName, nil // it is logged when it is done
	}
	if err := s.config.Keeper.Keep(call, w); err != nil {
		return err
	}
	if call.Deferred.Kept != nil {
		call.Deferred.Kept(w.ID.String())
	}
	return accepted(rc, w)
}

// accepted answers with where to look for the outcome.
func accepted(rc *fasthttp.RequestCtx, w *deferreddb.Write) error {
	location := "/gateway/deferred/" + w.ID.String()
	answer := wire.OK("Accepted, to be done later", wire.Accepted{RequestID: w.ID, Status: wire.DeferredQueued, Reason: w.Reason, Location: location})
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	rc.Response.ResetBody()
	rc.SetStatusCode(fasthttp.StatusAccepted)
	rc.SetContentType("application/json")
	rc.Response.Header.Set("Location", location)
	rc.Response.SetBodyRaw(body)
	return nil
}

// ServeKept serves a request that was kept, on the way of every other; the problem is
// that of its answer, nil for a success.
func (s *Server) ServeKept(ctx context.Context, w *deferreddb.Write) (deferreddb.Answer, *wire.Problem) {
	r := s.routed[w.Method+" "+w.Route]
	var recorded wire.RecordedRequest
	if err := json.Unmarshal(w.Request, &recorded); err != nil || r == nil || r.Later == route.AtOnce {
		return deferreddb.Answer{}, wire.Fail(wire.Internal, "the kept request cannot be served by this version").Because(err)
	}
	call := &route.Call{Context: ctx, RequestID: w.RequestID, Began: time.Now()}
	call.Caller = route.Caller{Client: w.Client, Key: recorded.Key, Open: recorded.Free}
	rc := r.Restore(&recorded, w.Body)
	problem := s.run(call, r, rc, func(call *route.Call, r *route.Route, rc *fasthttp.RequestCtx) error { return r.Serve(call, rc) })
	if problem != nil {
		route.WriteProblem(rc, problem, call.Failure, call.RequestID, s.config.DocsURL)
	}
	s.account(call, r.Name(), rc, problem)
	answer := deferreddb.Answer{Status: rc.Response.StatusCode(), Headers: map[string]string{}, Body: rc.Response.Body()}
	for name, value := range rc.Response.Header.All() {
		answer.Headers[string(name)] = string(value)
	}
	delete(answer.Headers, "Content-Length")
	return answer, problem
}
