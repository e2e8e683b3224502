package rest

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

func (a API) read(ctx context.Context, in *wire.RestRead) (wire.Rows, error) {
	r, err := a.begin(ctx, &in.RestHeaders, "rest_get")
	if err != nil {
		return wire.Rows{}, err
	}
	read, err := a.parse(r.name, in)
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := r.run(ctx, read, "read")
	if err != nil {
		return wire.Rows{}, err
	}
	total, err := r.total(ctx, read)
	if err != nil {
		result.Release()
		return wire.Rows{}, err
	}
	return r.page(result, offsetOf(read), total)
}

// parse builds the read that a query string and a Range header ask for.
func (a API) parse(name sqltext.Name, in *wire.RestRead) (*sqltext.Read, error) {
	read := &sqltext.Read{From: name}
	var err error
	if selected, ok := lookup(in.Pairs, "select"); ok {
		if read.Items, err = sqltext.ParseSelect(selected); err != nil {
			return nil, err
		}
	}
	for _, pair := range in.Pairs {
		if reserved[pair.Name] {
			continue
		}
		if err := sqltext.AddFilter(read, pair.Name, pair.Value); err != nil {
			return nil, err
		}
	}
	if err := addRange(read, in.Range); err != nil {
		return nil, err
	}
	return read, a.bound(read)
}

// reserved are the parameters that are no filters of a read.
var reserved = map[string]bool{"select": true, "api_key": true, "apikey": true, "columns": true, "on_conflict": true}

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

func lookup(pairs []wire.Pair, name string) (string, bool) {
	for _, pair := range pairs {
		if pair.Name == name {
			return pair.Value, true
		}
	}
	return "", false
}

// addRange takes bounds from a Range header where the query string sets none.
func addRange(read *sqltext.Read, header string) error {
	if header == "" || read.Limit != nil || read.Offset != nil {
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
	read.Offset = &from
	if last = strings.TrimSpace(last); last == "" {
		return nil
	}
	to, err := strconv.ParseInt(last, 10, 64)
	if err != nil || to < from {
		return badRange(header)
	}
	limit := to - from
	if limit < math.MaxInt64 {
		limit++ // both ends are answered
	}
	read.Limit = &limit
	return nil
}

func badRange(header string) error {
	return wire.Fail(wire.InvalidRequest, "the Range header %q is not a range of rows", header).At("Range").WithHint("write items=0-24")
}

func (a API) bound(read *sqltext.Read) error {
	if read.Limit == nil {
		limit := int64(defaultLimit)
		read.Limit = &limit
	}
	if *read.Limit > a.MaxRows {
		return wire.Fail(wire.InvalidRequest, "a read answers at most %d rows", a.MaxRows).At("limit").
			WithHint("read the rest with offset or, faster, with a filter on the last key seen")
	}
	return nil
}

func offsetOf(read *sqltext.Read) int64 {
	if read.Offset == nil {
		return 0
	}
	return *read.Offset
}

// total counts the rows without bounds, where that was asked; -1 where not.
func (r *request) total(ctx context.Context, read *sqltext.Read) (int64, error) {
	if r.prefs.count == sqltext.NoCount {
		return -1, nil
	}
	rows := r.call.Operation.Rows
	counted, err := r.run(ctx, sqltext.CountOf(read, r.prefs.count), "read")
	if err != nil {
		return 0, err
	}
	defer counted.Release()
	r.call.Operation.Rows = rows
	return gatewaydb.Counted(counted.JSON, r.prefs.count)
}

// page answers rows with the range that they are of the whole.
func (r *request) page(result gatewaydb.Result, offset, total int64) (wire.Rows, error) {
	if total >= 0 && offset > 0 && offset >= total && r.prefs.count == sqltext.CountExact {
		result.Release()
		return wire.Rows{}, wire.Fail(wire.RangeUnsatisfiable, "the rows begin at %d, but there are only %d", offset, total).At("offset")
	}
	of := "*"
	if total >= 0 {
		of = strconv.FormatInt(total, 10)
	}
	extent := "*"
	if result.Rows > 0 {
		extent = fmt.Sprintf("%d-%d", offset, offset+result.Rows-1)
	}
	n := result.Rows
	rows := r.reply(result, extent+"/"+of)
	if rows.Status == 0 && total > n {
		rows.Status = 206
	}
	return rows, nil
}
