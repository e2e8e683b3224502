package rest

import (
	"context"
	"fmt"
	"strconv"

	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) insert(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_post", "write")
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := r.insertion(in)
	if err != nil {
		return wire.Rows{}, err
	}
	key, err := r.addressing(ctx, &request.Returning)
	if err != nil {
		return wire.Rows{}, err
	}
	if err := r.keyless(ctx, request); err != nil {
		return wire.Rows{}, err
	}
	request.Handler = r.aggregate()
	result, err := r.add(ctx, request)
	if err != nil {
		return wire.Rows{}, err
	}
	status, none := 200, 204
	if r.form.bare {
		status, none = 201, 201
		if request.Conflict != nil && request.Conflict.Merge && merged(result) == result.Rows {
			status, none = 200, 200 // nothing was made
		}
	}
	rows := r.written(result, status, none, r.touched(result.Rows))
	if location := r.location(result, key); location != "" {
		rows.Headers = append(rows.Headers, wire.Pair{Name: "Location", Value: location})
	}
	return rows, nil
}

// merged is how many rows of an insert were there already.
func merged(result gatewaydb.Result) int64 {
	n, err := strconv.ParseInt(string(result.Mark), 10, 64)
	if err != nil {
		return 0 // no row, or none that was there
	}
	return n
}

func (r *request) insertion(in *wire.RestWrite) (*sqltext.Insert, error) {
	b, err := parseBody(in)
	if err != nil {
		return nil, err
	}
	r.stores = b.columns
	request := &sqltext.Insert{Into: r.name, Columns: b.columns, Rows: b.rows, Raw: b.raw, Missing: sqltext.MissingDefault}
	if r.prefs.null {
		request.Missing = sqltext.MissingNull
	}
	if n := b.uneven(); n > 0 && r.form.bare && !b.listed && r.prefs.said[missing] == "" {
		return nil, wire.Fail(wire.InvalidRequest, "row %d does not give all the columns that others give", n).At("body").
			WithHint("list them in columns=, or say by Prefer: missing=default that the others take their defaults")
	}
	if request.Conflict, err = r.conflict(in.Pairs); err != nil {
		return nil, err
	}
	shape, err := shapeOf(in.Pairs)
	if err != nil {
		return nil, err
	}
	if shape.narrowing != "" { // refused rather than dropped
		return nil, wire.Fail(wire.InvalidFilter, "an insert takes no filter, but the query string has %q", shape.narrowing).At(shape.narrowing)
	}
	request.Returning, request.Order = shape.Items, shape.Order
	return request, nil
}

// conflict is the rule for rows that are there already; on_conflict without one
// would mean nothing.
func (r *request) conflict(pairs []wire.Pair) (*sqltext.Conflict, error) {
	list, ok := wire.Lookup(pairs, "on_conflict")
	if r.prefs.conflict == "" {
		if ok && !r.form.bare {
			return nil, wire.Fail(wire.InvalidRequest, "on_conflict needs a resolution").At("on_conflict").
				WithHint("send Prefer: resolution=merge-duplicates or resolution=ignore-duplicates")
		}
		return nil, nil
	}
	conflict := &sqltext.Conflict{Merge: r.prefs.conflict == "merge-duplicates", Tally: r.form.bare}
	if ok {
		conflict.Columns = names(list)
	}
	return conflict, nil
}

// add runs an insert, whose rows may hold rows of relations.
func (r *request) add(ctx context.Context, request *sqltext.Insert) (gatewaydb.Result, error) {
	if !request.Nested() {
		return r.write(ctx, request, "write")
	}
	mode, allow := r.mode(), r.call.Caller.Allowing("write")
	nest, err := r.pool.Nest(ctx, request, mode, allow)
	if err != nil {
		return gatewaydb.Result{}, r.misplaced(ctx, err)
	}
	if nest == nil {
		return r.write(ctx, request, "write")
	}
	if request.Conflict != nil {
		request.Conflict.Tally = false // several statements would count together
	}
	if r.form.explain != nil || r.form.handler != nil || r.form.format != rowjson.JSONArray {
		return gatewaydb.Result{}, wire.Fail(wire.NotAcceptable, "rows that are added with their relations are answered as JSON").At("Accept")
	}
	result, err := r.pool.InsertNest(ctx, &gatewaydb.Planting{Insert: request, Nest: nest, Mode: mode, Allow: allow}, r.verdict)
	r.call.Operation.Rows = result.Rows
	return result, err
}

// write runs a write. One that may have to be undone runs in a transaction that
// waits for the verdict.
func (r *request) write(ctx context.Context, request any, action string) (gatewaydb.Result, error) {
	st, err := r.prepare(ctx, request, action)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	if r.form.explain != nil {
		return r.plan(ctx, st)
	}
	var result gatewaydb.Result
	if r.form.object || r.prefs.rollback || r.prefs.most >= 0 || r.exchange != nil {
		result, err = r.pool.Weigh(ctx, st, r.verdict)
	} else {
		result, err = r.windows.Run(ctx, r.pool, st, 0)
	}
	r.call.Operation.Rows = result.Rows
	if err != nil {
		return result, err
	}
	return r.handled(result)
}

// verdict undoes what the caller does not want to have happened.
func (r *request) verdict(result gatewaydb.Result) (keep bool, err error) {
	if err := r.listen(); err != nil {
		return false, err
	}
	if r.prefs.most >= 0 && result.Rows > r.prefs.most {
		p := wire.Fail(wire.TooManyAffected, "The query affects %d rows", result.Rows).At("Prefer")
		p.Message = "Query result exceeds max-affected preference constraint"
		return false, p
	}
	return !r.prefs.rollback, r.one(result)
}

// addressing decides what an insert answers. For the address of the new row it is the
// key, whose columns come back.
func (r *request) addressing(ctx context.Context, items *[]sqltext.Item) (key []string, err error) {
	if r.prefs.returning != headersOnly {
		r.answering(items)
		return nil, nil
	}
	if key, err = r.key(ctx); err != nil {
		return nil, err
	}
	*items, r.form.format = nil, rowjson.JSONArray
	for _, name := range key {
		*items = append(*items, &sqltext.Column{Operand: sqltext.Operand{Name: name}})
	}
	return key, nil
}

// key names the columns that address one row of the relation that is written.
func (r *request) key(ctx context.Context) ([]string, error) {
	relation, err := r.relation(ctx, "write")
	if err != nil {
		return nil, err
	}
	cat, err := r.pool.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	return cat.Key(relation), nil
}

// answering decides what a write answers of its rows.
func (r *request) answering(items *[]sqltext.Item) {
	if r.prefs.returning == byDefault && !r.form.bare {
		r.prefs.returning = representation
	}
	switch {
	case r.prefs.returning != representation:
		*items = nil
		r.unhandled()
	case *items == nil:
		*items = []sqltext.Item{&sqltext.Star{}}
	}
}

// keyless ignores, as PostgREST does, how to resolve conflicts where there is no key by
// which rows could conflict.
func (r *request) keyless(ctx context.Context, request *sqltext.Insert) error {
	if !r.form.bare || request.Conflict == nil || len(request.Conflict.Columns) > 0 {
		return nil
	}
	key, err := r.key(ctx)
	if err == nil && len(key) == 0 {
		request.Conflict = nil
		r.prefs.forget(resolution)
	}
	return err
}

// shape is what the parameters of a write say: what to answer, and the filters, order
// and bounds of that and of what is embedded there.
type shape struct {
	sqltext.Read
	// narrowing is the first parameter that narrows which rows are meant.
	narrowing string
}

func shapeOf(pairs []wire.Pair) (*shape, error) {
	s := &shape{}
	var err error
	if s.Items, err = selected(pairs); err != nil {
		return nil, err
	}
	for _, pair := range pairs {
		if reserved[pair.Name] || forWrites[pair.Name] {
			continue
		}
		if err := sqltext.AddFilter(&s.Read, pair.Name, pair.Value); err != nil {
			return nil, err
		}
		if s.narrowing == "" && (s.Where != nil || s.Limit != nil || s.Offset != nil) {
			s.narrowing = pair.Name
		}
	}
	return s, nil
}

// relation is the table that the request is about.
func (r *request) relation(ctx context.Context, action string) (*catalog.Relation, error) {
	relation, err := r.pool.Resolve(ctx, r.path, r.name, r.call.Caller.Allowing(action))
	if err != nil {
		return nil, r.misplaced(ctx, err)
	}
	return relation, nil
}

// written answers a write: its rows with one status, or nothing with another.
func (r *request) written(result gatewaydb.Result, full, none int, contentRange string) wire.Rows {
	if r.form.explain != nil {
		return r.planned(result)
	}
	if r.prefs.returning == representation {
		return r.reply(result, full, contentRange)
	}
	return r.empty(result, none, contentRange)
}

// touched is the Content-Range of a write: how many rows, where that was asked.
func (r *request) touched(n int64) string {
	if r.prefs.count == sqltext.NoCount {
		return "*/*"
	}
	return fmt.Sprintf("*/%d", n)
}
