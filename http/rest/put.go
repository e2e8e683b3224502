package rest

import (
	"context"
	"slices"

	"athena/persistence/sqltext"
	"athena/wire"
)

// put adds the one row that the filters name, or changes it where it is there.
func (a API) put(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.beginTable(ctx, &in.RestTable, in.Profile, "rest_put", "write")
	if err != nil {
		return wire.Rows{}, err
	}
	key, err := r.key(ctx)
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := r.placing(in, key)
	if err != nil {
		return wire.Rows{}, err
	}
	r.answering(&request.Returning)
	request.Conflict.Tally = r.form.bare && r.prefs.returning == representation
	request.Handler = r.aggregate()
	result, err := r.write(ctx, request, "write")
	if err != nil {
		return wire.Rows{}, err
	}
	status := 200
	if request.Conflict.Tally && merged(result) == 0 {
		status = 201
	}
	return r.written(result, status, 204, r.touched(result.Rows)), nil
}

// placing is an insert of one row that takes the place of the one with its key.
func (r *request) placing(in *wire.RestWrite, key []string) (*sqltext.Insert, error) {
	b, err := parseBody(in)
	if err != nil {
		return nil, err
	}
	r.stores = b.columns
	if len(b.rows) != 1 {
		return nil, wire.Fail(wire.InvalidRequest, "a PUT takes one row, not %d", len(b.rows)).At("body")
	}
	if _, ok := wire.Lookup(in.Pairs, "and"); ok {
		return nil, badKey()
	}
	if _, ok := wire.Lookup(in.Pairs, "on_conflict"); ok {
		return nil, wire.Fail(wire.InvalidRequest, "a PUT goes by the primary key alone").At("on_conflict")
	}
	shape, err := shapeOf(in.Pairs)
	if err != nil {
		return nil, err
	}
	if shape.Limit != nil || shape.Offset != nil || shape.Order != nil {
		return nil, wire.Fail(wire.InvalidRequest, "limit, offset and order mean nothing to a PUT").At("limit").Like("PGRST114")
	}
	if err := matches(shape.Where, key, b.columns, b.rows[0]); err != nil {
		return nil, err
	}
	request := &sqltext.Insert{Into: r.name, Columns: b.columns, Rows: b.rows, Raw: b.raw, Conflict: &sqltext.Conflict{Merge: true}, Returning: shape.Items}
	return request, nil
}

// matches makes sure that the filters name the whole primary key, and the row
// itself the same.
func matches(where sqltext.Cond, key []string, columns []string, row []sqltext.Value) error {
	given := map[string]string{}
	if !equalities(where, given) || len(given) != len(key) || len(given) == 0 {
		return badKey()
	}
	for _, column := range key {
		value, ok := given[column]
		if !ok {
			return badKey()
		}
		if place := slices.Index(columns, column); place < 0 || row[place].Text != value {
			return wire.Fail(wire.InvalidRequest, "the row and the address differ in the key's column %s", column).At(column).Like("PGRST115")
		}
	}
	return nil
}

// equalities collects conditions that a column has a value; false for any other.
func equalities(c sqltext.Cond, into map[string]string) bool {
	switch c := c.(type) {
	case *sqltext.And:
		for _, term := range c.Terms {
			if !equalities(term, into) {
				return false
			}
		}
		return true
	case *sqltext.Compare:
		_, twice := into[c.Name]
		into[c.Name] = c.Value.Text
		plain := c.Op == sqltext.Eq && c.Quantifier == sqltext.One && len(c.Path) == 0 && c.Cast == "" && len(c.Embed) == 0
		return plain && !twice
	}
	return false
}

func badKey() error {
	return wire.Fail(wire.KeyFilters, "the filters of a PUT must be those of the whole primary key, with eq, and no other").
		WithHint("write ?id=eq.1")
}
