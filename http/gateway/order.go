package gateway

import (
	"strconv"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// order gathers how a selection is sorted.
func order(s *wire.Selection) ([]sqltext.Order, error) {
	first, err := orderBy(s.OrderBy)
	if err != nil {
		return nil, err
	}
	second, err := orderBy(s.SortBy)
	return append(first, second...), err
}

// orderBy reads every form of an order: a string in the query language, an
// object of columns to directions, one object with a field and a direction, or
// an array of those.
func orderBy(text []byte) ([]sqltext.Order, error) {
	if isNull(text) {
		return nil, nil
	}
	if whole, ok := stringOf(text); ok {
		return sqltext.ParseOrder(whole)
	}
	var list []sqltext.Order
	is, err := sqltext.EachElement(text, func(element []byte) error {
		more, err := orderBy(element)
		list = append(list, more...)
		return err
	})
	if is || err != nil {
		return list, err
	}
	return orderObject(text)
}

func orderObject(text []byte) ([]sqltext.Order, error) {
	members := map[string][]byte{}
	var names []string
	is, err := sqltext.EachMember(text, func(name string, value []byte) error {
		members[name] = value
		names = append(names, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !is {
		return nil, wire.Fail(wire.InvalidOrder, "an order must be an object, an array of them, or a string").At("orderBy")
	}
	for _, key := range []string{"field", "column"} {
		if column, ok := stringOf(members[key]); ok && !isNull(members[key]) && isTerm(names) {
			return orderTerm(column, members)
		}
	}
	return orderMap(names, members)
}

// isTerm reports whether an object has only the keys of one term, so that a table
// with a column "field" can be sorted by the other form.
func isTerm(names []string) bool {
	for _, name := range names {
		switch name {
		case "field", "column", "direction", "ascending", "nulls", "nullsFirst", "nulls_first", "order":
		default:
			return false
		}
	}
	return true
}

func orderTerm(column string, members map[string][]byte) ([]sqltext.Order, error) {
	operand, err := operandOf(column)
	if err != nil {
		return nil, err
	}
	o := sqltext.Order{Operand: operand}
	for key, value := range members {
		if err := orderWord(&o, key, value); err != nil {
			return nil, err
		}
	}
	return []sqltext.Order{o}, nil
}

func orderWord(o *sqltext.Order, key string, value []byte) (err error) {
	text, isString := stringOf(value)
	switch key {
	case "direction", "order":
		if !isString && !isNull(value) {
			return badDirection(key)
		}
		o.Desc, err = sqltext.ParseDirection(text)
	case "ascending":
		if string(value) != "true" && string(value) != "false" {
			return badDirection(key)
		}
		o.Desc = string(value) == "false"
	case "nulls":
		switch strings.ToLower(text) {
		case "first":
			o.Nulls = sqltext.NullsFirst
		case "last":
			o.Nulls = sqltext.NullsLast
		default:
			return wire.Fail(wire.InvalidOrder, `nulls must be "first" or "last"`).At("orderBy")
		}
	case "nullsFirst", "nulls_first":
		o.Nulls = sqltext.NullsLast
		if string(value) == "true" {
			o.Nulls = sqltext.NullsFirst
		}
	}
	return err
}

func badDirection(key string) error {
	return wire.Fail(wire.InvalidOrder, "%s must say asc or desc, or true or false for ascending", key).At("orderBy")
}

// orderMap reads {"name": "asc", "age": "desc"}, in the order written.
func orderMap(names []string, members map[string][]byte) ([]sqltext.Order, error) {
	var list []sqltext.Order
	for _, name := range names {
		operand, err := operandOf(name)
		if err != nil {
			return nil, err
		}
		o := sqltext.Order{Operand: operand}
		if err := orderWord(&o, "direction", members[name]); err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// operandOf takes a plain name as it is, and reads a JSON path.
func operandOf(name string) (sqltext.Operand, error) {
	if strings.Contains(name, "->") {
		return sqltext.ParseOperand(name)
	}
	if name == "" {
		return sqltext.Operand{}, wire.Fail(wire.InvalidOrder, "an order has no column").At("orderBy")
	}
	return sqltext.Operand{Name: name}, nil
}

// window settles limit and offset from either pair of keys. most is the largest
// limit, and the one that is used where none is given.
func window(s *wire.Selection, most int64) (limit, offset *int64, err error) {
	for _, v := range []struct {
		name  string
		value *int64
		least int64
	}{{"limit", s.Limit, 0}, {"offset", s.Offset, 0}, {"page_size", s.PageSize, 1}, {"current_page", s.CurrentPage, 1}} {
		if v.value != nil && *v.value < v.least {
			return nil, nil, wire.Fail(wire.InvalidRequest, "%s must be at least %d", v.name, v.least).At(v.name)
		}
	}
	limit, offset = s.Limit, s.Offset
	if limit == nil {
		limit = s.PageSize
	}
	if limit == nil && most > 0 {
		limit = &most
	}
	if most > 0 && *limit > most {
		return nil, nil, wire.Fail(wire.InvalidRequest, "a read answers at most %d rows", most).At("limit").
			WithHint("read the rest with offset or, faster, with a condition on the last key seen")
	}
	if offset == nil && s.CurrentPage != nil {
		offset, err = pageOffset(s)
	}
	return limit, offset, err
}

func pageOffset(s *wire.Selection) (*int64, error) {
	size := s.PageSize
	if size == nil {
		size = s.Limit
	}
	if size == nil {
		return nil, wire.Fail(wire.InvalidRequest, "current_page needs page_size").At("page_size")
	}
	const farthest = 1 << 53
	if *s.CurrentPage-1 > farthest/max(*size, 1) {
		return nil, wire.Fail(wire.InvalidRequest, "current_page is beyond any table").At("current_page")
	}
	offset := (*s.CurrentPage - 1) * *size
	return &offset, nil
}

func wholeNumber(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && n >= 0
}
