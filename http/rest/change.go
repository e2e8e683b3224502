package rest

import (
	"bytes"
	"context"
	"fmt"

	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) update(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_patch")
	if err != nil {
		return wire.Rows{}, err
	}
	columns, rows, err := parseBody(in.Body)
	if err != nil {
		return wire.Rows{}, err
	}
	if list, ok := wire.Lookup(in.Pairs, "columns"); ok {
		columns, rows = restrict(columns, rows, names(list))
	}
	bounds, err := r.narrowing(in.Pairs)
	if err != nil {
		return wire.Rows{}, err
	}
	var items []sqltext.Item
	key, err := r.answering(ctx, in.Pairs, &items, "write")
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := r.changing(in, columns, rows, bounds, items)
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := r.write(ctx, request, "write")
	if err != nil {
		return wire.Rows{}, err
	}
	extent := r.touched(result.Rows)
	if r.form.bare && result.Rows > 0 {
		extent = fmt.Sprintf("0-%d%s", result.Rows-1, extent[1:])
	}
	return r.written(result, 200, 204, extent, key), nil
}

// changing is an update of the rows that the filters find, or, where the body is a
// list, of each row that a row of the list names by its key.
func (r *request) changing(in *wire.RestWrite, columns []string, rows [][]sqltext.Value, bounds *sqltext.Read, items []sqltext.Item) (any, error) {
	key, keyed := wire.Lookup(in.Pairs, "on_conflict")
	if list := bytes.HasPrefix(bytes.TrimSpace(in.Body), []byte("[")); list && (len(rows) != 1 || bounds.Where == nil) {
		return r.changingEach(key, columns, rows, bounds, items)
	}
	switch {
	case keyed:
		return nil, wire.Fail(wire.InvalidRequest, "on_conflict means nothing to an update of one object").At("on_conflict")
	case len(columns) == 0:
		return nil, wire.Fail(wire.InvalidRequest, "the body must be one object that names at least one column").At("body")
	case bounds.Where == nil:
		return nil, unfiltered("an update")
	}
	request := &sqltext.Update{Table: r.name, Where: bounds.Where, Order: bounds.Order, Limit: bounds.Limit, Offset: bounds.Offset, Returning: items}
	for i, column := range columns {
		request.Set = append(request.Set, sqltext.Assignment{Column: column, Value: rows[0][i]})
	}
	return request, nil
}

// changingEach is an update of many rows, each to values of its own.
func (r *request) changingEach(key string, columns []string, rows [][]sqltext.Value, bounds *sqltext.Read, items []sqltext.Item) (any, error) {
	switch {
	case len(rows) == 0:
		return nil, wire.Fail(wire.InvalidRequest, "the list of rows to change is empty").At("body")
	case bounds.Limit != nil || bounds.Offset != nil || bounds.Order != nil:
		return nil, wire.Fail(wire.InvalidRequest, "an update of many rows by their key takes no limit, offset or order").At("limit")
	}
	request := &sqltext.UpdateRows{Table: r.name, Columns: columns, Rows: rows, Where: bounds.Where, Returning: items}
	if key != "" {
		request.Key = names(key)
	}
	return request, nil
}

func (a API) delete(ctx context.Context, in *wire.RestDelete) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_delete")
	if err != nil {
		return wire.Rows{}, err
	}
	for _, name := range []string{"columns", "on_conflict"} {
		if _, ok := wire.Lookup(in.Pairs, name); ok {
			return wire.Rows{}, wire.Fail(wire.InvalidRequest, "%s means nothing to a delete", name).At(name)
		}
	}
	bounds, err := r.narrowing(in.Pairs)
	if err != nil {
		return wire.Rows{}, err
	}
	if bounds.Where == nil {
		return wire.Rows{}, unfiltered("a delete")
	}
	request := &sqltext.Delete{From: r.name, Where: bounds.Where, Order: bounds.Order, Limit: bounds.Limit, Offset: bounds.Offset}
	key, err := r.answering(ctx, in.Pairs, &request.Returning, "delete")
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := r.write(ctx, request, "delete")
	if err != nil {
		return wire.Rows{}, err
	}
	return r.written(result, 200, 204, r.touched(result.Rows), key), nil
}

// narrowing gathers the filters and bounds of an update or a delete.
func (r *request) narrowing(pairs []wire.Pair) (*sqltext.Read, error) {
	read := &sqltext.Read{}
	for _, pair := range pairs {
		if reserved[pair.Name] || forWrites[pair.Name] {
			continue
		}
		if err := sqltext.AddFilter(read, pair.Name, pair.Value); err != nil {
			return nil, err
		}
	}
	return read, nil
}

func unfiltered(what string) error {
	return wire.Fail(wire.MissingFilter, "%s without a filter would touch every row", what).
		WithHint("say which rows are meant, such as ?id=eq.1")
}
