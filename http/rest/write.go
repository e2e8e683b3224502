package rest

import (
	"context"
	"fmt"

	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) insert(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_post")
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := r.insertion(in)
	if err != nil {
		return wire.Rows{}, err
	}
	key, err := r.answering(ctx, &request.Returning, "write")
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := r.add(ctx, request)
	if err != nil {
		return wire.Rows{}, err
	}
	if !r.form.bare {
		return r.written(result, 200, 204, r.touched(result.Rows), key), nil
	}
	return r.written(result, 201, 201, r.touched(result.Rows), key), nil
}

func (r *request) insertion(in *wire.RestWrite) (*sqltext.Insert, error) {
	b, err := parseBody(in)
	if err != nil {
		return nil, err
	}
	request := &sqltext.Insert{Into: r.name, Columns: b.columns, Rows: b.rows, Raw: b.raw, Missing: sqltext.MissingDefault}
	if r.prefs.null {
		request.Missing = sqltext.MissingNull
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
	conflict := &sqltext.Conflict{Merge: r.prefs.conflict == "merge-duplicates"}
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
	if r.form.explain != nil || r.form.format != rowjson.JSONArray {
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
	if r.form.object || r.prefs.rollback || r.prefs.most >= 0 {
		result, err = r.pool.Weigh(ctx, st, r.verdict)
	} else {
		result, err = r.windows.Run(ctx, r.pool, st, 0)
	}
	r.call.Operation.Rows = result.Rows
	return result, err
}

// verdict undoes what the caller does not want to have happened.
func (r *request) verdict(result gatewaydb.Result) (keep bool, err error) {
	if r.prefs.most >= 0 && result.Rows > r.prefs.most {
		p := wire.Fail(wire.TooManyAffected, "The query affects %d rows", result.Rows).At("Prefer")
		p.Message = "Query result exceeds max-affected preference constraint"
		return false, p
	}
	return !r.prefs.rollback, r.one(result)
}

// answering decides what a write answers. For the address of a new row it is the
// key, whose columns come back.
func (r *request) answering(ctx context.Context, items *[]sqltext.Item, action string) (key []string, err error) {
	if r.prefs.returning == byDefault && !r.form.bare {
		r.prefs.returning = representation
	}
	selected := *items
	*items = nil
	switch r.prefs.returning {
	case headersOnly:
		relation, err := r.relation(ctx, action)
		if err != nil {
			return nil, err
		}
		r.form.format = rowjson.JSONArray
		for _, name := range relation.PrimaryKey {
			*items = append(*items, &sqltext.Column{Operand: sqltext.Operand{Name: name}})
		}
		return relation.PrimaryKey, nil
	case representation:
		if *items = selected; selected == nil {
			*items = []sqltext.Item{&sqltext.Star{}}
		}
	}
	return nil, err
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
func (r *request) written(result gatewaydb.Result, full, none int, contentRange string, key []string) wire.Rows {
	if r.form.explain != nil {
		return r.planned(result)
	}
	if r.prefs.returning == representation {
		return r.reply(result, full, contentRange)
	}
	rows := r.empty(result, none, contentRange)
	if location := r.location(result, key); location != "" {
		rows.Headers = append(rows.Headers, wire.Pair{Name: "Location", Value: location})
	}
	return rows
}

// touched is the Content-Range of a write: how many rows, where that was asked.
func (r *request) touched(n int64) string {
	if r.prefs.count == sqltext.NoCount {
		return "*/*"
	}
	return fmt.Sprintf("*/%d", n)
}
