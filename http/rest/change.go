package rest

import (
	"context"
	"fmt"

	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) update(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_patch", "write")
	if err != nil {
		return wire.Rows{}, err
	}
	b, err := parseBody(in)
	if err != nil {
		return wire.Rows{}, err
	}
	shape, err := shapeOf(in.Pairs)
	if err != nil {
		return wire.Rows{}, err
	}
	r.answering(&shape.Items)
	result, err := r.change(ctx, in.Pairs, b, shape)
	if err != nil {
		return wire.Rows{}, err
	}
	extent := r.touched(result.Rows)
	if r.form.bare && result.Rows > 0 {
		extent = fmt.Sprintf("0-%d%s", result.Rows-1, extent[1:])
	}
	return r.written(result, 200, 204, extent), nil
}

// change does the update. One that gives no value changes nothing, for which PostgREST
// asks no filter.
func (r *request) change(ctx context.Context, pairs []wire.Pair, b *body, shape *shape) (gatewaydb.Result, error) {
	if r.form.bare && r.form.explain == nil && (len(b.rows) == 0 || len(b.columns) == 0) {
		if shape.Items == nil {
			_, err := r.relation(ctx, "write")
			return gatewaydb.Result{}, err
		}
		none := int64(0)
		return r.run(ctx, &sqltext.Read{From: r.name, Items: shape.Items, Where: shape.Where, Limit: &none}, "write")
	}
	request, err := r.changing(pairs, b, shape)
	if err != nil {
		return gatewaydb.Result{}, r.unsafe(ctx, err, "write")
	}
	return r.write(ctx, request, "write")
}

// changing is an update of the rows that the filters find, or, where the body is a
// list, of each row that a row of the list names by its key.
func (r *request) changing(pairs []wire.Pair, b *body, shape *shape) (any, error) {
	r.stores = b.columns
	key, keyed := wire.Lookup(pairs, "on_conflict")
	if b.list && (len(b.rows) != 1 || shape.Where == nil) {
		return r.changingEach(key, b, shape)
	}
	switch {
	case keyed:
		return nil, wire.Fail(wire.InvalidRequest, "on_conflict means nothing to an update of one object").At("on_conflict")
	case len(b.columns) == 0:
		return nil, wire.Fail(wire.InvalidRequest, "the body must be one object that names at least one column").At("body")
	case shape.Where == nil:
		return nil, unfiltered("an update")
	}
	request := &sqltext.Update{Table: r.name, Where: shape.Where, Order: shape.Order, Limit: shape.Limit, Offset: shape.Offset, Returning: shape.Items, Handler: r.aggregate()}
	for i, column := range b.columns {
		value := b.rows[0][i]
		if value.Kind == sqltext.KindAbsent && r.prefs.null {
			value = sqltext.Null
		}
		request.Set = append(request.Set, sqltext.Assignment{Column: column, Value: value})
	}
	return request, nil
}

// changingEach is an update of many rows, each to values of its own.
func (r *request) changingEach(key string, b *body, shape *shape) (any, error) {
	switch {
	case len(b.rows) == 0:
		return nil, wire.Fail(wire.InvalidRequest, "the list of rows to change is empty").At("body")
	case shape.Limit != nil || shape.Offset != nil:
		return nil, wire.Fail(wire.InvalidRequest, "an update of many rows by their key takes no limit or offset").At("limit")
	}
	request := &sqltext.UpdateRows{Table: r.name, Columns: b.columns, Rows: b.rows, Raw: b.raw, Where: shape.Where, Returning: shape.Items, Handler: r.aggregate(), Order: shape.Order}
	if key != "" {
		request.Key = names(key)
	}
	return request, nil
}

func (a API) delete(ctx context.Context, in *wire.RestDelete) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_delete", "delete")
	if err != nil {
		return wire.Rows{}, err
	}
	for _, name := range []string{"columns", "on_conflict"} {
		if _, ok := wire.Lookup(in.Pairs, name); ok {
			return wire.Rows{}, wire.Fail(wire.InvalidRequest, "%s means nothing to a delete", name).At(name)
		}
	}
	shape, err := shapeOf(in.Pairs)
	if err != nil {
		return wire.Rows{}, err
	}
	if shape.Where == nil {
		return wire.Rows{}, r.unsafe(ctx, unfiltered("a delete"), "delete")
	}
	r.answering(&shape.Items)
	request := &sqltext.Delete{From: r.name, Where: shape.Where, Order: shape.Order, Limit: shape.Limit, Offset: shape.Offset, Returning: shape.Items, Handler: r.aggregate()}
	result, err := r.write(ctx, request, "delete")
	if err != nil {
		return wire.Rows{}, err
	}
	return r.written(result, 200, 204, r.touched(result.Rows)), nil
}

// unsafe is why a change is not made: first of all since there is no such table.
func (r *request) unsafe(ctx context.Context, err error, action string) error {
	if _, failed := r.relation(ctx, action); failed != nil {
		return failed
	}
	return err
}

func unfiltered(what string) error {
	return wire.Fail(wire.MissingFilter, "%s without a filter would touch every row", what).
		WithHint("say which rows are meant, such as ?id=eq.1")
}
