package gateway

import (
	"context"
	"strconv"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
)

func (a API) fetch(ctx context.Context, in *wire.Fetch) (wire.Rows, error) {
	read, err := a.read(in)
	if err != nil {
		return wire.Rows{}, err
	}
	return a.answer(ctx, in, read)
}

// fetchByQuery is fetch for callers that can only send a query string.
func (a API) fetchByQuery(ctx context.Context, in *wire.FetchByQuery) (wire.Rows, error) {
	f := &wire.Fetch{
		CacheControl: in.CacheControl,
		Selection: wire.Selection{
			ViewName: in.View, Limit: in.Limit, Offset: in.Offset, CurrentPage: in.CurrentPage, PageSize: in.PageSize,
			StripNulls: in.StripNulls, StripNullsHeader: in.StripNullsHeader,
		},
		Grouping: wire.Grouping{
			GroupBy: in.GroupBy, TimeGranularity: in.TimeGranularity, AggregationColumn: in.AggregationColumn,
			AggregationStrategy: in.AggregationStrategy, AggregationDedup: in.AggregationDedup,
		},
	}
	if (in.EqColumn == "") != (in.EqValue == nil) {
		return wire.Rows{}, wire.Fail(wire.InvalidFilter, "eq_column and eq_value go together").At("eq_column")
	}
	read, err := a.read(f)
	if err != nil {
		return wire.Rows{}, err
	}
	if in.EqColumn != "" {
		read.Narrow(&sqltext.Compare{Operand: sqltext.Operand{Name: in.EqColumn}, Op: sqltext.Eq, Value: sqltext.Raw(*in.EqValue)})
	}
	if read.Items, err = selectString(in.Columns); err != nil {
		return wire.Rows{}, err
	}
	if in.SortBy == "" && in.SortDirection != "" {
		return wire.Rows{}, wire.Fail(wire.InvalidOrder, "sort_direction needs sort_by").At("sort_by")
	}
	if in.SortBy != "" {
		desc, err := sqltext.ParseDirection(in.SortDirection)
		if err != nil {
			return wire.Rows{}, err
		}
		read.Order = []sqltext.Order{{Operand: sqltext.Operand{Name: in.SortBy}, Desc: desc}}
	}
	return a.answer(ctx, f, read)
}

// read builds the read that a fetch asks for.
func (a API) read(in *wire.Fetch) (*sqltext.Read, error) {
	from, err := table(in.TableName, in.ViewName, in.SchemaName)
	if err != nil {
		return nil, err
	}
	r := &sqltext.Read{From: from}
	if r.Items, err = items(in.Select, in.Columns); err != nil {
		return nil, err
	}
	if r.Where, err = condition(&in.Selection); err != nil {
		return nil, err
	}
	if r.Order, err = order(&in.Selection); err != nil {
		return nil, err
	}
	if in.Cursor != "" {
		if r.Seek, err = sqltext.ParseCursor(in.Cursor); err != nil {
			return nil, err
		}
	}
	r.Limit, r.Offset, err = extent(&in.Selection, a.MaxRows)
	return r, err
}

// answer runs a read, and what else the fetch asks of it.
func (a API) answer(ctx context.Context, in *wire.Fetch, read *sqltext.Read) (wire.Rows, error) {
	counting, err := countMode(in.Count, in.Head)
	if err != nil {
		return wire.Rows{}, err
	}
	if err := checkGrouping(&in.Grouping); err != nil {
		return wire.Rows{}, err
	}
	if err := checkCursor(in); err != nil {
		return wire.Rows{}, err
	}
	p, call, err := a.open(ctx, "fetch", read.From)
	if err != nil {
		return wire.Rows{}, err
	}
	reply := reply{
		reading: reading{p, call, a.Clients.Lookup(call.Caller.Client, call.Caller.DirectURI, in.CacheControl)},
		mode:    mode(in.StripNulls, in.StripNullsHeader),
	}
	if in.Head {
		reply.rows.JSON = []byte("[]")
	} else if reply.rows, reply.statement, err = reply.run(ctx, read, reply.mode); err != nil {
		return wire.Rows{}, err
	}
	if err = reply.mark(read); err != nil {
		reply.rows.Release()
		return wire.Rows{}, err
	}
	if err = reply.total(ctx, read, counting); err != nil {
		reply.rows.Release()
		return wire.Rows{}, err
	}
	if reply.groups, err = reply.postProcess(ctx, read, &in.Grouping); err != nil {
		reply.rows.Release()
		return wire.Rows{}, err
	}
	call.Operation.Cached = reply.look.Found()
	return reply.write(read.From)
}

// checkCursor refuses what has no next page.
func checkCursor(in *wire.Fetch) error {
	if in.Cursor != "" && (in.Head || in.GroupBy != "") {
		return wire.Fail(wire.InvalidRequest, "a cursor goes with neither head nor group_by").At("cursor")
	}
	return nil
}

// reading is how the parts of an answer are read.
type reading struct {
	pool *pool.Pool
	call *route.Call
	look cache.Lookup
}

// run compiles a read, if the caller has the right to each of its tables, and runs it
// or finds its answer.
func (r *reading) run(ctx context.Context, read *sqltext.Read, mode gatewaydb.Mode) (gatewaydb.Result, *gatewaydb.Statement, error) {
	st, err := r.pool.Prepare(ctx, read, mode, r.call.Caller.Allowing("read"))
	if err != nil {
		return gatewaydb.Result{}, nil, err
	}
	result, err := r.pool.Read(ctx, st, &r.look)
	r.call.Operation.Rows = result.Rows
	return result, st, err
}

// countMode reads how rows are to be counted; head without a mode counts exactly.
func countMode(name string, head bool) (sqltext.CountMode, error) {
	switch name {
	case "":
		if head {
			return sqltext.CountExact, nil
		}
		return sqltext.NoCount, nil
	case "exact":
		return sqltext.CountExact, nil
	case "planned", "estimated":
		return sqltext.CountPlanned, nil
	}
	return 0, wire.Fail(wire.InvalidRequest, "count must be exact, planned or estimated").At("count")
}

// reply is the answer to a read while it is put together.
type reply struct {
	reading
	mode      gatewaydb.Mode
	statement *gatewaydb.Statement
	rows      gatewaydb.Result
	count     *int64
	groups    *wire.PostProcessing
	cursor    string
}

// mark finds what the caller sends to read on.
func (r *reply) mark(read *sqltext.Read) (err error) {
	if read.Seek != nil {
		r.cursor, err = r.statement.Cursor(r.rows, *read.Limit)
	}
	return err
}

// total counts the rows without bounds, where that was asked.
func (r *reply) total(ctx context.Context, read *sqltext.Read, m sqltext.CountMode) error {
	if m == sqltext.NoCount {
		return nil
	}
	rows := r.call.Operation.Rows
	result, st, err := r.run(ctx, sqltext.CountOf(read, m), gatewaydb.Mode{Path: searchPath})
	if err != nil {
		return err
	}
	defer result.Release()
	if r.call.Operation.Rows = rows; r.statement == nil {
		r.statement = st
	}
	n, err := gatewaydb.Counted(result.JSON, m)
	r.count = &n
	return err
}

func (r *reply) write(from sqltext.Name) (wire.Rows, error) {
	before := make([]byte, 0, 96)
	before = append(before, `{"status":"success","message":"Fetched `...)
	before = strconv.AppendInt(before, r.rows.Rows, 10)
	before = append(before, ` rows","data":`...)
	after := make([]byte, 0, 96)
	if r.count != nil {
		after = append(after, `,"count":`...)
		after = strconv.AppendInt(after, *r.count, 10)
	}
	if r.cursor != "" {
		after = append(append(append(after, `,"next_cursor":"`...), r.cursor...), '"')
	}
	after = append(after, `,"cache_key":`...)
	after = append(after, quoted(from.String()+":"+r.statement.Fingerprint())...)
	if r.groups != nil {
		groups, err := json.Marshal(r.groups)
		if err != nil {
			r.rows.Release()
			return wire.Rows{}, err
		}
		after = append(append(after, `,"post_processing":`...), groups...)
	}
	after = append(after, '}')
	rows := wire.Rows{Before: before, JSON: r.rows.JSON, After: after, Kept: r.look.Headers(), Release: r.rows.Release}
	if r.cursor != "" {
		rows.Headers = []wire.Pair{{Name: "X-Athena-Cursor", Value: r.cursor}}
	}
	return rows, nil
}

// quoted writes a JSON string.
func quoted(text string) []byte { return rowjson.Text(nil, []byte(text)) }
