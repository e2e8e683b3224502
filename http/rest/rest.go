// Package rest serves tables in PostgREST's query language under /rest/v1.
package rest

import (
	"context"
	"net/http"
	"slices"

	"athena/actors/pool"
	"athena/actors/window"
	"athena/http/route"
	"athena/persistence/cache"
	"athena/persistence/catalog"
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

	envelopeNote = " With `X-Athena-Envelope: none` rows, statuses and errors are those of PostgREST. A function that raises SQLSTATE PT402 is then answered with the status 402, and one that raises PGRST with what its message and detail say."
)

// Routes are the REST operations.
func (a API) Routes() route.Table {
	table := route.Table{
		{Method: "HEAD", Path: path, Do: route.Rows[wire.RestRead, wire.RestReply](a.head), Also: []int{206}, Fails: []int{416},
			Summary: "Ask how many rows there are", Notes: "The headers are those of reading the same rows; no row is answered."},
		{Method: "GET", Path: path, Do: route.Rows[wire.RestRead, wire.RestReply](a.read), Also: []int{204, 206, 304}, Fails: []int{416},
			Summary: "Read rows", Notes: "Filters are written column=op.value or column.op=value; Content-Range tells which rows these are, and of how many where a count was asked for." + envelopeNote},
		{Method: "POST", Path: path, Do: route.Rows[wire.RestWrite, wire.RestReply](a.insert), Also: []int{201, 204}, Fails: []int{409},
			Summary: "Add rows, or change those that are there already", Notes: "A body is one row or a list of rows." + envelopeNote},
		{Method: "PUT", Path: path, Do: route.Rows[wire.RestWrite, wire.RestReply](a.put), Also: []int{201, 204}, Fails: []int{409},
			Summary: "Put one row in its place", Notes: "The filters name the whole primary key with eq, and the row has the same values there. It is added, or takes the place of what it gives." + envelopeNote},
		{Method: "PATCH", Path: path, Do: route.Rows[wire.RestWrite, wire.RestReply](a.update), Also: []int{204}, Fails: []int{409},
			Summary: "Change the rows that meet the filters", Notes: "Without a filter the request is refused." + envelopeNote},
		{Method: "DELETE", Path: path, Do: route.Rows[wire.RestDelete, wire.RestReply](a.delete), Also: []int{204}, Fails: []int{409},
			Summary: "Remove the rows that meet the filters", Notes: "Without a filter the request is refused." + envelopeNote},
	}
	table = append(table, a.callRoutes()...)
	for i := range table {
		r := &table[i]
		r.Access, r.Tag, r.Dialect = route.Gateway, tag, dialect
		if r.Path == path && r.Method != http.MethodGet && r.Method != http.MethodHead {
			r.Later = route.OnLimit
		}
		r.Fails = append(r.Fails, 300, 404, 405, 406)
	}
	return table
}

// request is what all operations have in common.
type request struct {
	name  sqltext.Name
	path  []string
	prefs preferences
	form  form
	pool  *pool.Pool
	call  *route.Call
	// profile is the schema that a header names.
	profile string
	// plans says that plans may be told.
	plans bool
	// exchange is what the database's own handler sees of the request and says of the
	// answer, nil without one, and said is what it said.
	exchange *gatewaydb.Exchange
	said     said
	// look is how the answer to a read is found.
	look cache.Lookup
	// windows let an insert share its statement; nil where it must not.
	windows *window.Windows
	// cursor is what the caller sends to read on.
	cursor string
	// canonical is the address of what is answered; empty where it is not told.
	canonical string
	// stores are the columns that a write gives values.
	stores []string
}

// beginTable begins an operation on a table, for which the caller needs the right to do
// action.
func (a API) beginTable(ctx context.Context, t *wire.RestTable, profile, operation, action string) (*request, error) {
	r, err := a.begin(ctx, &t.RestHeaders, t.Table, profile, operation)
	if err != nil {
		return nil, err
	}
	err = r.accept(ctx, &t.RestHeaders, func(cat *catalog.Catalog) *finding {
		c := sqltext.Compiler{Allow: r.call.Caller.Allowing(action)}
		h := &finding{request: r, catalog: cat}
		if relation, err := c.Resolve(cat, r.path, r.name); err == nil && wholly(t.Pairs) { // else it will be told
			h.rows = relation.Type
		}
		return h
	})
	return r, err
}

// begin reads what all operations have in common; name is the table or the function.
func (a API) begin(ctx context.Context, h *wire.RestHeaders, name, profile, operation string) (*request, error) {
	r := &request{profile: profile, path: searchPath, call: route.CallOf(ctx)}
	var err error
	config := a.Clients.Config(r.call.Caller.Client)
	r.plans = config.Plans()
	if r.form.bare, err = bare(h.Envelope, config); err != nil {
		return nil, err
	}
	if r.form.bare {
		r.call.Failure = failure
	}
	if r.prefs, err = parsePreferences(h.Prefer); err != nil {
		return nil, err
	}
	r.concern(operation)
	if err := checkPairs(h.Pairs); err != nil {
		return nil, err
	}
	if err := r.address(name); err != nil {
		return nil, err
	}
	r.call.Operation = &wire.OperationLog{Operation: operation, SchemaName: r.name.Schema, TableName: r.name.Table}
	if r.call.Caller.DirectURI == "" {
		r.windows = a.Windows
	}
	r.pool, err = a.Clients.For(ctx, r.call.Caller.Client, r.call.Caller.DirectURI)
	return r, err
}

// address reads which table is meant. Without an envelope the path is its name, as
// PostgREST has it, and the schema stands in a header.
func (r *request) address(table string) (err error) {
	if r.form.bare || r.profile != "" {
		r.name = sqltext.Name{Table: table}
	} else {
		r.name, err = sqltext.ParseName(table)
	}
	if r.profile != "" {
		r.name.Schema, r.path = r.profile, []string{r.profile}
	}
	return err
}

var searchPath = []string{"public"}

// prepare compiles a statement; every table that it reads or writes needs its right.
func (r *request) prepare(ctx context.Context, compile any, action string) (*gatewaydb.Statement, error) {
	st, err := r.pool.Prepare(ctx, compile, r.mode(), r.call.Caller.Allowing(action))
	if err != nil {
		return nil, r.misplaced(ctx, r.unstored(err))
	}
	st.As(r.form.format)
	return st, nil
}

// mode says how the statements of the request are compiled and run.
func (r *request) mode() gatewaydb.Mode {
	return gatewaydb.Mode{Path: r.path, StripNulls: r.form.strip, Zone: r.prefs.zone, Exchange: r.exchange}
}

// unstored tells a column that is to be stored, and is not there, from one that is read.
func (r *request) unstored(err error) error {
	if p, ok := wire.AsProblem(err); ok && p.Code == wire.UnknownColumn && slices.Contains(r.stores, p.Field) {
		return p.Like("PGRST204")
	}
	return err
}

// misplaced blames the header for a schema that there is not.
func (r *request) misplaced(ctx context.Context, err error) error {
	if p, ok := wire.AsProblem(err); !ok || (p.Code != wire.UnknownTable && p.Code != wire.UnknownFunction) || r.profile == "" {
		return err
	}
	cat, failed := r.pool.Catalog(ctx)
	if failed != nil || slices.Contains(cat.Schemas, r.profile) {
		return err
	}
	return wire.Fail(wire.UnknownSchema, "there is no schema %.63q", r.profile).At("Profile")
}

// run compiles and runs a read; every table needs the right to an action.
func (r *request) run(ctx context.Context, read *sqltext.Read, action string) (gatewaydb.Result, error) {
	st, err := r.prepare(ctx, read, action)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	st.ReadOnly()
	result, err := r.pool.Read(ctx, st, &r.look)
	if err != nil {
		return result, err
	}
	if err := r.listen(); err != nil {
		result.Release()
		return result, err
	}
	r.exchange = nil // a count beside it is the server's own
	if result, err = r.handled(result); err != nil {
		return result, err
	}
	r.call.Operation.Rows, r.call.Operation.Cached = result.Rows, r.look.Found()
	if r.cursor, err = st.Cursor(result, *read.Limit); err != nil {
		result.Release()
	}
	return result, err
}
