// Package rest serves tables in PostgREST's query language under /rest/v1.
package rest

import (
	"context"
	"fmt"

	"athena/actors/pool"
	"athena/actors/window"
	"athena/http/route"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// API is the REST domain.
type API struct {
	Clients *pool.Clients
	// Windows let inserts share statements; nil stores each alone.
	Windows *window.Windows
	// MaxRows is the most rows that one read answers.
	MaxRows int64
}

// defaultLimit is how many rows a read answers that sets no limit.
const defaultLimit = 100

const (
	tag  = "Gateway"
	path = "/rest/v1/{table}"
)

// Routes are the REST operations.
func (a API) Routes() route.Table {
	return route.Table{
		{Method: "GET", Path: path, Access: route.Gateway, Tag: tag, Do: route.Rows[wire.RestRead, wire.RestReply](a.read), Also: []int{204, 206}, Fails: []int{416},
			Summary: "Read rows", Notes: "Filters are written column=op.value or column.op=value; Content-Range tells which rows these are, and of how many where a count was asked for."},
		{Method: "POST", Path: path, Access: route.Gateway, Tag: tag, Do: route.Rows[wire.RestWrite, wire.RestReply](a.insert), Also: []int{204}, Fails: []int{409},
			Summary: "Add rows, or change those that are there already"},
		{Method: "PATCH", Path: path, Access: route.Gateway, Tag: tag, Do: route.Rows[wire.RestWrite, wire.RestReply](a.update), Also: []int{204}, Fails: []int{409},
			Summary: "Change the rows that meet the filters", Notes: "Without a filter the request is refused."},
		{Method: "DELETE", Path: path, Access: route.Gateway, Tag: tag, Do: route.Rows[wire.RestDelete, wire.RestReply](a.delete), Also: []int{204}, Fails: []int{409},
			Summary: "Remove the rows that meet the filters", Notes: "Without a filter the request is refused."},
	}
}

// request is what all four operations have in common.
type request struct {
	name  sqltext.Name
	prefs preferences
	pool  *pool.Pool
	call  *route.Call
	// windows let an insert share its statement; nil where it must not.
	windows *window.Windows
}

func (a API) begin(ctx context.Context, h *wire.RestHeaders, operation string) (*request, error) {
	prefs, err := parsePreferences(h.Prefer)
	if err != nil {
		return nil, err
	}
	if err := checkPairs(h.Pairs); err != nil {
		return nil, err
	}
	name, err := sqltext.ParseName(h.Table)
	if err != nil {
		return nil, err
	}
	r := &request{name: name, prefs: prefs, call: route.CallOf(ctx)}
	r.call.Operation = &wire.OperationLog{Operation: operation, SchemaName: r.name.Schema, TableName: r.name.Table}
	if r.call.Caller.DirectURI == "" {
		r.windows = a.Windows
	}
	r.pool, err = a.Clients.For(ctx, r.call.Caller.Client, r.call.Caller.DirectURI)
	return r, err
}

var searchPath = []string{"public"}

// run compiles and runs; every table that the statement reads or writes needs
// its right.
func (r *request) run(ctx context.Context, compile any, action string) (gatewaydb.Result, error) {
	allow := func(table sqltext.Name, embedded bool) error {
		if embedded {
			return r.call.Caller.AllowTable(table.Schema, table.Table, "read")
		}
		return r.call.Caller.AllowTable(table.Schema, table.Table, action)
	}
	st, err := r.pool.Prepare(ctx, compile, gatewaydb.Mode{Path: searchPath}, allow)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := r.windows.Run(ctx, r.pool, st, 0)
	r.call.Operation.Rows = result.Rows
	return result, err
}

// reply writes rows, or nothing where the caller wants none.
func (r *request) reply(result gatewaydb.Result, contentRange string) wire.Rows {
	rows := wire.Rows{Headers: []wire.Pair{{Name: "Content-Range", Value: contentRange}}, Release: result.Release}
	if r.prefs.applied != "" {
		rows.Headers = append(rows.Headers, wire.Pair{Name: "Preference-Applied", Value: r.prefs.applied})
	}
	if r.prefs.minimal {
		rows.Status = 204
		return rows
	}
	rows.Before, rows.JSON, rows.After = []byte(`{"data":`), result.JSON, []byte("}")
	return rows
}

// touched is the Content-Range of a write: how many rows, where that was asked.
func (r *request) touched(n int64) string {
	if r.prefs.count == sqltext.NoCount {
		return "*/*"
	}
	return fmt.Sprintf("*/%d", n)
}
