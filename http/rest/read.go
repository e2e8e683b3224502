package rest

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) read(ctx context.Context, in *wire.RestRead) (wire.Rows, error) {
	r, read, err := a.reading(ctx, in, "rest_get")
	if err != nil {
		return wire.Rows{}, err
	}
	if r.form.explain != nil {
		return r.planOf(ctx, read)
	}
	if r.form.format == rowjson.JSONLines {
		total, err := a.total(ctx, r, read)
		if err != nil {
			return wire.Rows{}, err
		}
		r.look.Note(cache.Bypass, cache.Postgres) // what is streamed is not kept
		return r.kept(r.stream(ctx, read, total))
	}
	result, err := r.run(ctx, read, "read")
	if err != nil {
		return wire.Rows{}, err
	}
	total, err := a.total(ctx, r, read)
	if err == nil {
		err = r.one(result)
	}
	if err != nil {
		result.Release()
		return wire.Rows{}, err
	}
	return r.kept(r.page(result, read, total))
}

// kept tells where the rows were kept.
func (r *request) kept(rows wire.Rows, err error) (wire.Rows, error) {
	rows.Kept = r.look.Headers()
	return rows, err
}

// head answers the headers of a read. Where an exact count is asked for, they
// follow from it, and no row is read.
func (a API) head(ctx context.Context, in *wire.RestRead) (wire.Rows, error) {
	r, read, err := a.reading(ctx, in, "rest_head")
	if err != nil {
		return wire.Rows{}, err
	}
	if r.form.explain != nil {
		rows, err := r.planOf(ctx, read)
		return withoutBody(rows), err
	}
	r.unhandled()
	read.Handler = nil
	if r.form.format == rowjson.JSONLines {
		r.form = form{bare: r.form.bare}
		if err := a.bound(read, r.form.bare); err != nil {
			return wire.Rows{}, err
		}
	}
	var result gatewaydb.Result
	if r.prefs.count != sqltext.CountExact || r.form.object || read.Seek != nil {
		if result, err = r.run(ctx, read, "read"); err != nil {
			return wire.Rows{}, err
		}
		defer result.Release()
		if err := r.one(result); err != nil {
			return wire.Rows{}, err
		}
	}
	total, err := a.total(ctx, r, read)
	if err != nil {
		return wire.Rows{}, err
	}
	if result.JSON == nil {
		result.Rows = min(max(total-offsetOf(read), 0), *read.Limit)
	}
	return r.kept(r.page(gatewaydb.Result{Rows: result.Rows}, read, total))
}

func (a API) reading(ctx context.Context, in *wire.RestRead, operation string) (*request, *sqltext.Read, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, operation, "read")
	if err != nil {
		return nil, nil, err
	}
	if r.form.bare {
		r.canonical = canonical(r.name.Table, in.Pairs)
	}
	r.look = a.Clients.Lookup(r.call.Caller.Client, r.call.Caller.DirectURI, in.CacheControl)
	read, err := a.parse(r, in)
	return r, read, err
}

// parse builds the read that a query string and a Range header ask for.
func (a API) parse(r *request, in *wire.RestRead) (*sqltext.Read, error) {
	read := &sqltext.Read{From: r.name, Handler: r.aggregate()}
	var err error
	if read.Items, err = selected(in.Pairs); err != nil {
		return nil, err
	}
	if err := addCursor(read, in); err != nil {
		return nil, err
	}
	for _, pair := range in.Pairs {
		if reserved[pair.Name] || isCursor(pair) {
			continue
		}
		if forWrites[pair.Name] {
			return nil, wire.Fail(wire.InvalidRequest, "%s means nothing to a read", pair.Name).At(pair.Name)
		}
		if err := sqltext.AddFilter(read, pair.Name, pair.Value); err != nil {
			return nil, err
		}
	}
	if err := addRange(read, in.Range, r.form.bare); err != nil {
		return nil, err
	}
	lines := r.form.format == rowjson.JSONLines
	switch {
	case read.Seek != nil && (lines || read.Handler != nil):
		return nil, wire.Fail(wire.InvalidRequest, "this form of the answer has no cursor").At("cursor").
			WithHint("leave the cursor out, or ask for application/json")
	case lines:
		return read, nil // however many there are
	}
	return read, a.bound(read, r.form.bare)
}

// selected reads what is to be answered of each row; nil for everything.
func selected(pairs []wire.Pair) ([]sqltext.Item, error) {
	text, ok := wire.Lookup(pairs, "select")
	if !ok {
		return nil, nil
	}
	return sqltext.ParseSelect(text)
}

// addCursor takes the cursor from the header or the query string.
func addCursor(read *sqltext.Read, in *wire.RestRead) error {
	texts := make([]string, 0, 1)
	if in.Cursor != "" {
		texts = append(texts, in.Cursor)
	}
	for _, pair := range in.Pairs {
		if isCursor(pair) {
			texts = append(texts, pair.Value)
		}
	}
	switch len(texts) {
	case 0:
		return nil
	case 1:
		var err error
		read.Seek, err = sqltext.ParseCursor(texts[0])
		return err
	}
	return wire.Fail(wire.InvalidRequest, "the request has more than one cursor").At("cursor")
}

// isCursor tells a cursor from a filter on a column of that name, which has a dot.
func isCursor(pair wire.Pair) bool {
	return pair.Name == "cursor" && !strings.Contains(pair.Value, ".")
}

// reserved are the parameters that are no filters of any request, and forWrites
// those that only some writes know.
var (
	reserved  = map[string]bool{"select": true, "api_key": true, "apikey": true}
	forWrites = map[string]bool{"columns": true, "on_conflict": true}
)

// single are the parameters that say one thing; a second one would be dropped.
var single = map[string]bool{"select": true, "order": true, "limit": true, "offset": true, "columns": true, "on_conflict": true}

func checkPairs(pairs []wire.Pair) error {
	seen := map[string]bool{}
	for _, pair := range pairs {
		if single[pair.Name] && seen[pair.Name] {
			return wire.Fail(wire.InvalidRequest, "the query string has %s twice", pair.Name).At(pair.Name)
		}
		seen[pair.Name] = true
	}
	return nil
}

// addRange takes the bounds of a Range header. Without an envelope they narrow those of
// the query string, as PostgREST has it; with one they take their place.
func addRange(read *sqltext.Read, header string, bare bool) error {
	if header == "" {
		return nil
	}
	text := header
	if _, numbers, ok := strings.Cut(header, "="); ok {
		text = numbers
	}
	first, last, ok := strings.Cut(text, "-")
	from, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	if !ok || err != nil || from < 0 {
		return badRange(header)
	}
	to := int64(math.MaxInt64 - 1) // so that there is one behind it
	if last = strings.TrimSpace(last); last != "" {
		if to, err = strconv.ParseInt(last, 10, 64); err != nil || to < from {
			return badRange(header)
		}
	}
	if !bare {
		read.Offset, read.Limit = nil, nil
	}
	return narrow(read, from, min(to, math.MaxInt64-1), last != "", header)
}

// narrow has a read begin no sooner than at a row, and end no later than with another
// where there is an end.
func narrow(read *sqltext.Read, from, to int64, ends bool, header string) error {
	offset := max(from, offsetOf(read))
	if read.Limit != nil {
		if end := offsetOf(read) + *read.Limit - 1; *read.Limit == 0 || end >= 0 && end < to { // else they add up to too much
			to, ends = end, true
		}
	}
	if ends {
		limit := max(to-offset+1, 0)
		if limit == 0 && (read.Limit == nil || *read.Limit > 0) {
			return badRange(header).WithHint("limit and offset are about other rows")
		}
		read.Limit = &limit
	}
	read.Offset = &offset
	return nil
}

func badRange(header string) *wire.Problem {
	return wire.Fail(wire.InvalidRequest, "the Range header %q is not a range of rows", header).At("Range").WithHint("write items=0-24").Like("PGRST103")
}

// bound gives every read a limit. Without an envelope the server's own limit cuts
// what is asked for, as PostgREST's does; Content-Range tells.
func (a API) bound(read *sqltext.Read, bare bool) error {
	if bare {
		limit := a.MaxRows
		if read.Limit != nil {
			limit = min(limit, *read.Limit)
		}
		read.Limit = &limit
		return nil
	}
	if read.Limit == nil {
		limit := int64(defaultLimit)
		read.Limit = &limit
	}
	if *read.Limit > a.MaxRows {
		return wire.Fail(wire.InvalidRequest, "a read answers at most %d rows", a.MaxRows).At("limit").
			WithHint("read the rest with cursor=start")
	}
	return nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func offsetOf(read *sqltext.Read) int64 {
	if read.Offset == nil {
		return 0
	}
	return *read.Offset
}

// total counts the rows without bounds, where that was asked; -1 where not.
func (a API) total(ctx context.Context, r *request, read *sqltext.Read) (int64, error) {
	switch {
	case r.prefs.count == sqltext.NoCount:
		return -1, nil
	case r.prefs.estimated:
		return a.estimate(ctx, r, read)
	}
	return r.counted(ctx, sqltext.CountOf(read, r.prefs.count), r.prefs.count)
}

// estimate counts no more rows than one read could answer. Where there are more, the
// planner's guess has to do.
func (a API) estimate(ctx context.Context, r *request, read *sqltext.Read) (int64, error) {
	some, most := sqltext.CountOf(read, sqltext.CountExact), a.MaxRows+1
	some.Limit = &most
	counted, err := r.counted(ctx, some, sqltext.CountExact)
	if err != nil || counted < most {
		return counted, err
	}
	planned, err := r.counted(ctx, sqltext.CountOf(read, sqltext.CountPlanned), sqltext.CountPlanned)
	return max(counted, planned), err
}

func (r *request) counted(ctx context.Context, count *sqltext.Read, mode sqltext.CountMode) (int64, error) {
	st, err := r.prepare(ctx, count, "read")
	if err != nil {
		return 0, err
	}
	st.As(rowjson.JSONArray)
	counted, err := r.pool.Read(ctx, st, &r.look)
	r.call.Operation.Cached = r.look.Found()
	if err != nil {
		return 0, err
	}
	defer counted.Release()
	return gatewaydb.Counted(counted.JSON, mode)
}

// beyond refuses rows that begin behind the last one.
func beyond(offset, total int64) *wire.Problem {
	p := wire.Fail(wire.RangeUnsatisfiable, "the rows begin at %d, but there are only %d", offset, total).At("offset")
	p.Headers = []wire.Pair{{Name: "Content-Range", Value: "*/" + decimal(total)}}
	return p
}

// page answers rows with the range that they are of the whole. A cursor does not
// know how many rows are before it.
func (r *request) page(result gatewaydb.Result, read *sqltext.Read, total int64) (wire.Rows, error) {
	offset := offsetOf(read)
	if total >= 0 && offset > total && r.prefs.count == sqltext.CountExact {
		result.Release()
		return wire.Rows{}, beyond(offset, total)
	}
	of := "*"
	if total >= 0 {
		of = decimal(total)
	}
	extent := "*"
	if result.Rows > 0 && read.Seek == nil {
		extent = fmt.Sprintf("%d-%d", offset, offset+result.Rows-1)
	}
	if r.prefs.returning == nothing && !r.form.bare {
		return r.empty(result, 204, extent+"/"+of), nil
	}
	status := 200
	if total > result.Rows {
		status = 206
	}
	if result.JSON == nil {
		rows := r.empty(result, status, extent+"/"+of)
		rows.Media = r.form.contentType()
		return rows, nil
	}
	rows := r.reply(result, status, extent+"/"+of)
	rows.ETag = true
	return rows, nil
}
