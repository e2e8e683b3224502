package auth

import (
	"context"

	"athena/actors/admission"
	"athena/http/route"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// letIn asks the admission about a request of a known caller, and notes at its call
// whether it is done later. One for a database that was named by its address never
// is.
func (g *Guard) letIn(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx, caller *route.Caller) error {
	asked := route.AsksForLater(rc)
	can := g.Defers && caller.DirectURI == "" && caller.Config.Has(wire.FeatureDeferred) &&
		(r.Later == route.OnLimit || r.Later == route.OnRequest && asked)
	if g.Admission == nil || !g.Admission.Applies(caller.Client) {
		if can && asked {
			route.CallOf(ctx).Deferred = &route.Deferred{Reason: admission.Requested}
		}
		return nil
	}
	call := route.CallOf(ctx)
	d := g.Admission.Decide(&admission.Request{
		ID: call.RequestID, Method: r.Method, Route: r.Path, Client: caller.Client,
		Bytes:          int64(max(rc.Request.Header.ContentLength(), 0)),
		DeferRequested: asked, CanDefer: can, IsQuery: isQuery(r.Path),
	})
	switch d.Kind {
	case wire.Allowed:
		return nil
	case wire.Deferred:
		call.Deferred = &route.Deferred{Reason: d.Reason, Kept: d.Kept}
		return nil
	}
	return wire.Fail(wire.AdmissionLimit, "%s are let in for now", limitWords(d.Reason, caller.Client)).After(d.RetryAfter)
}

func limitWords(reason, client string) string {
	if reason == admission.ClientLimit {
		return "no more requests of the client " + client
	}
	return "no more requests"
}

// isQuery reports whether an operation runs a caller's own SQL.
func isQuery(path string) bool {
	switch path {
	case "/gateway/query", "/gateway/sql", "/query/sql", "/query/count":
		return true
	}
	return false
}
