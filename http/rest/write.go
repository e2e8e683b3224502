package rest

import (
	"context"
	"slices"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) insert(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.begin(ctx, &in.RestHeaders, "rest_post")
	if err != nil {
		return wire.Rows{}, err
	}
	request, err := r.insertion(in)
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := r.run(ctx, request, "write")
	if err != nil {
		return wire.Rows{}, err
	}
	return r.reply(result, r.touched(result.Rows)), nil
}

func (r *request) insertion(in *wire.RestWrite) (*sqltext.Insert, error) {
	columns, rows, err := parseBody(in.Body)
	if err != nil {
		return nil, err
	}
	request := &sqltext.Insert{Into: r.name, Columns: columns, Rows: rows, Missing: sqltext.MissingDefault}
	if r.prefs.null {
		request.Missing = sqltext.MissingNull
	}
	if list, ok := lookup(in.Pairs, "columns"); ok {
		restrict(request, list)
	}
	if r.prefs.conflict != "" {
		request.Conflict = &sqltext.Conflict{Merge: r.prefs.conflict == "merge-duplicates"}
		if list, ok := lookup(in.Pairs, "on_conflict"); ok {
			request.Conflict.Columns = names(list)
		}
	}
	if err := onlyReserved(in.Pairs); err != nil {
		return nil, err
	}
	request.Returning, err = r.returning(in.Pairs)
	return request, err
}

// parseBody reads rows after the checks that every JSON body gets.
func parseBody(body []byte) ([]string, [][]sqltext.Value, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return nil, nil, wire.Fail(wire.InvalidJSON, "the request needs a JSON body").At("body")
	}
	return sqltext.ParseRows(body)
}

// restrict takes only the columns that the caller lists; a row that lacks one
// stores what it stores for a missing value.
func restrict(request *sqltext.Insert, list string) {
	wanted := names(list)
	places := make([]int, len(wanted))
	for i, name := range wanted {
		places[i] = slices.Index(request.Columns, name)
	}
	for i, row := range request.Rows {
		kept := make([]sqltext.Value, len(wanted))
		for j, place := range places {
			if place >= 0 {
				kept[j] = row[place]
			}
		}
		request.Rows[i] = kept
	}
	request.Columns = wanted
}

// names splits a list of columns at its commas; quotes keep a comma in a name.
func names(list string) []string {
	var out []string
	for _, part := range splitQuoted(list) {
		part = strings.TrimSpace(part)
		if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
			part = strings.ReplaceAll(part[1:len(part)-1], `\"`, `"`)
		}
		out = append(out, part)
	}
	return out
}

func splitQuoted(list string) []string {
	var parts []string
	start, quoted := 0, false
	for i := range len(list) {
		switch {
		case list[i] == '"' && (i == 0 || list[i-1] != '\\'):
			quoted = !quoted
		case list[i] == ',' && !quoted:
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	return append(parts, list[start:])
}

// onlyReserved refuses a filter where none is possible, rather than dropping it.
func onlyReserved(pairs []wire.Pair) error {
	for _, pair := range pairs {
		if !reserved[pair.Name] {
			return wire.Fail(wire.InvalidFilter, "an insert takes no filter, but the query string has %q", pair.Name).At(pair.Name)
		}
	}
	return nil
}

// returning is what to answer; nothing where the caller wants nothing.
func (r *request) returning(pairs []wire.Pair) ([]sqltext.Item, error) {
	if r.prefs.minimal {
		return nil, nil
	}
	if selected, ok := lookup(pairs, "select"); ok {
		return sqltext.ParseSelect(selected)
	}
	return []sqltext.Item{&sqltext.Star{}}, nil
}

// narrowing gathers the filters of an update or a delete; none is refused.
func (r *request) narrowing(pairs []wire.Pair, verb string) (*sqltext.Read, error) {
	read := &sqltext.Read{}
	for _, pair := range pairs {
		if reserved[pair.Name] {
			continue
		}
		if err := sqltext.AddFilter(read, pair.Name, pair.Value); err != nil {
			return nil, err
		}
	}
	if read.Where == nil {
		return nil, wire.Fail(wire.MissingFilter, "%s without a filter would touch every row", verb).
			WithHint("say which rows are meant, such as ?id=eq.1")
	}
	return read, nil
}

func (a API) update(ctx context.Context, in *wire.RestWrite) (wire.Rows, error) {
	r, err := a.begin(ctx, &in.RestHeaders, "rest_patch")
	if err != nil {
		return wire.Rows{}, err
	}
	columns, rows, err := parseBody(in.Body)
	if err != nil {
		return wire.Rows{}, err
	}
	if len(rows) != 1 || len(columns) == 0 {
		return wire.Rows{}, wire.Fail(wire.InvalidRequest, "the body must be one object that names at least one column").At("body")
	}
	bounds, err := r.narrowing(in.Pairs, "an update")
	if err != nil {
		return wire.Rows{}, err
	}
	request := &sqltext.Update{Table: r.name, Where: bounds.Where, Order: bounds.Order, Limit: bounds.Limit, Offset: bounds.Offset}
	for i, column := range columns {
		request.Set = append(request.Set, sqltext.Assignment{Column: column, Value: rows[0][i]})
	}
	if request.Returning, err = r.returning(in.Pairs); err != nil {
		return wire.Rows{}, err
	}
	result, err := r.run(ctx, request, "write")
	if err != nil {
		return wire.Rows{}, err
	}
	return r.reply(result, r.touched(result.Rows)), nil
}

func (a API) delete(ctx context.Context, in *wire.RestDelete) (wire.Rows, error) {
	r, err := a.begin(ctx, &in.RestHeaders, "rest_delete")
	if err != nil {
		return wire.Rows{}, err
	}
	bounds, err := r.narrowing(in.Pairs, "a delete")
	if err != nil {
		return wire.Rows{}, err
	}
	request := &sqltext.Delete{From: r.name, Where: bounds.Where, Order: bounds.Order, Limit: bounds.Limit, Offset: bounds.Offset}
	if request.Returning, err = r.returning(in.Pairs); err != nil {
		return wire.Rows{}, err
	}
	result, err := r.run(ctx, request, "delete")
	if err != nil {
		return wire.Rows{}, err
	}
	return r.reply(result, r.touched(result.Rows)), nil
}
