package gateway

import (
	"cmp"
	"context"
	"slices"
	"time"

	"athena/http/route"
	"athena/persistence/deferreddb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// Deferred are the writes that are done later.
type Deferred struct {
	Store deferreddb.Store
	// Enabled says whether this server defers writes and does them.
	Enabled bool
}

const deferredNote = "It needs the rights that the write itself needs. "

func (a API) deferredRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/gateway/deferred/{request_id}", Access: route.Gateway, Tag: tag, Do: route.JSON(a.findDeferred), Fails: []int{404},
			Summary: "Tell how far a deferred write is", Notes: deferredNote + "What was answered in the end is kept for a while."},
		{Method: "POST", Path: "/gateway/deferred/{request_id}/requeue", Access: route.Gateway, Tag: tag, Do: route.JSON(a.requeueDeferred), Fails: []int{404, 409},
			Summary: "Have a deferred write done again, or now", Notes: deferredNote +
				"One that waits is attempted at once; one that failed is attempted anew; one that was completed is done once more."},
		{Method: "POST", Path: "/gateway/deferred/flush", Access: route.Admin, Tag: tag, Do: route.JSON(a.flushDeferred),
			Summary: "Have all deferred writes that wait done now", Notes: "The answer comes once each was attempted, or shortly before the request's deadline."},
	}
}

func (a API) findDeferred(ctx context.Context, in *wire.DeferredByID) (wire.Success[wire.DeferredRequest], error) {
	w, err := a.deferredOf(ctx, in.RequestID)
	if err != nil {
		return wire.Success[wire.DeferredRequest]{}, err
	}
	return wire.OK("Deferred request found", told(&w)), nil
}

// deferredOf finds a write of the caller's client, if the caller has the rights for
// the write itself.
func (a API) deferredOf(ctx context.Context, name string) (deferreddb.Write, error) {
	missing := wire.Fail(wire.NotFound, "the deferred request was not found").At("request_id")
	id, err := uuid.Parse(name)
	if err != nil {
		return deferreddb.Write{}, missing
	}
	w, err := a.Deferred.Store.Find(ctx, id)
	if err != nil {
		return w, err
	}
	caller := &route.CallOf(ctx).Caller
	if w.Client != caller.Client {
		return deferreddb.Write{}, missing
	}
	for _, right := range w.Rights {
		if err := caller.Allow(right); err != nil {
			return deferreddb.Write{}, err
		}
	}
	return w, nil
}

func (a API) requeueDeferred(ctx context.Context, in *wire.DeferredByID) (wire.Success[wire.DeferredRequest], error) {
	none := wire.Success[wire.DeferredRequest]{}
	w, err := a.deferredOf(ctx, in.RequestID)
	if err != nil {
		return none, err
	}
	if !a.Deferred.Enabled {
		return none, wire.Fail(wire.BackendUnavailable, "this server does no deferred writes").WithHint("set deferred.enabled")
	}
	if w, err = a.Deferred.Store.Requeue(ctx, w.ID); err != nil {
		return none, err
	}
	return wire.OK("Deferred request queued", told(&w)), nil
}

// told is a write as its caller sees it.
func told(w *deferreddb.Write) wire.DeferredRequest {
	d := wire.DeferredRequest{
		RequestID: w.ID, Status: w.Status, ClientName: w.Client, Reason: w.Reason, AcceptedAs: w.RequestID, Method: w.Method, Route: w.Route,
		SchemaName: w.Schema, TableName: w.Table, Attempts: w.Attempts, Error: w.Error,
		CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, StartedAt: w.StartedAt, NextAttemptAt: w.NextAttemptAt, CompletedAt: w.CompletedAt,
	}
	if w.Answered == nil {
		return d
	}
	d.Response = &wire.DeferredResponse{Status: *w.Answered, Headers: map[string]string{}, Body: body(w.Answer)}
	_ = json.Unmarshal(w.Headers, &d.Response.Headers) // they are our own JSON
	return d
}

// body is an answer within JSON: itself where it is JSON, else a string.
func body(text []byte) json.RawMessage {
	switch {
	case len(text) == 0:
		return nil
	case json.Valid(text):
		return text
	}
	quoted, _ := json.Marshal(string(text)) // a string has no way to fail
	return quoted
}

const (
	// flushPoll is how often it is looked how far the writes of a flush are.
	flushPoll = 50 * time.Millisecond
	// flushMargin is the time to answer before the deadline.
	flushMargin = 2 * time.Second
)

func (a API) flushDeferred(ctx context.Context, in *wire.FlushDeferred) (wire.Success[wire.DeferredFlush], error) {
	flush := wire.DeferredFlush{Enabled: a.Deferred.Enabled, InvalidatedTables: []string{}}
	if !a.Deferred.Enabled {
		return wire.OK("Writes are not deferred here", flush), nil
	}
	open, err := a.Deferred.Store.Open(ctx, in.Client)
	if err != nil {
		return wire.Success[wire.DeferredFlush]{}, err
	}
	jobs, ids, began := make([]int64, len(open)), make([]uuid.UUID, len(open)), map[uuid.UUID]int{}
	for i, s := range open {
		jobs[i], ids[i], began[s.ID] = s.Job, s.ID, s.Attempts
		if s.Status == wire.DeferredRunning {
			began[s.ID]-- // the attempt under way counts
		}
	}
	if err := a.Deferred.Store.Queue.Hurry(ctx, jobs); err != nil {
		return wire.Success[wire.DeferredFlush]{}, err
	}
	err = a.await(ctx, ids, began, &flush)
	return wire.OK("Deferred writes flushed", flush), err
}

// await counts until every write was attempted, or the deadline is near.
func (a API) await(ctx context.Context, ids []uuid.UUID, began map[uuid.UUID]int, flush *wire.DeferredFlush) error {
	deadline, bounded := ctx.Deadline()
	for {
		states, err := a.Deferred.Store.States(ctx, ids)
		if err != nil {
			return err
		}
		count(states, began, flush)
		if flush.Pending == 0 || (bounded && time.Until(deadline) < flushMargin) {
			return nil
		}
		select {
		case <-ctx.Done():
			return wire.Expired(ctx)
		case <-time.After(flushPoll):
		}
	}
}

func count(states []deferreddb.State, began map[uuid.UUID]int, flush *wire.DeferredFlush) {
	flush.Succeeded, flush.Failed, flush.Pending, flush.InvalidatedTables = 0, 0, 0, []string{}
	for _, s := range states {
		switch {
		case s.Status == wire.DeferredCompleted:
			flush.Succeeded++
			if s.Table != "" {
				flush.InvalidatedTables = append(flush.InvalidatedTables, s.Client+"/"+cmp.Or(s.Schema, "public")+"."+s.Table)
			}
		case s.Status == wire.DeferredFailed || (s.Status == wire.DeferredQueued && s.Attempts > began[s.ID]):
			flush.Failed++
		default:
			flush.Pending++
		}
	}
	slices.Sort(flush.InvalidatedTables)
	flush.InvalidatedTables = slices.Compact(flush.InvalidatedTables)
}
