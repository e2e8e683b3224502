package auth

import (
	"context"

	"athena/actors/admission"
	"athena/http/route"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// letIn asks the admission about a request of a known caller. Nothing can be done
// later here, so that what is over a limit is turned away.
func (g *Guard) letIn(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx, client string) error {
	if !g.Admission.Applies(client) {
		return nil
	}
	d := g.Admission.Decide(&admission.Request{
		ID: route.CallOf(ctx).RequestID, Method: r.Method, Route: r.Path, Client: client,
		Bytes:          int64(max(rc.Request.Header.ContentLength(), 0)),
		DeferRequested: string(rc.Request.Header.Peek("X-Athena-Defer")) == "true",
		IsQuery:        isQuery(r.Path),
	})
	if d.Kind == wire.Allowed {
		return nil
	}
	return wire.Fail(wire.AdmissionLimit, "%s are let in for now", limitWords(d.Reason, client)).After(d.RetryAfter)
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
