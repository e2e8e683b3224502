package gateway

import (
	"errors"
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
	var list []sqltext.Order
	is, err := sqltext.EachElement(text, func(element []byte) error {
		more, err := orderElement(element)
		list = append(list, more...)
		return err
	})
	if is || err != nil {
		return list, err
	}
	return orderElement(text)
}

func orderElement(text []byte) ([]sqltext.Order, error) {
	if whole, ok := stringOf(text); ok {
		return sqltext.ParseOrder(whole)
	}
	var list []member
	is, err := sqltext.EachMember(text, func(name string, value []byte) error {
		list = append(list, member{name, value})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !is {
		return nil, badOrder("an order must be an object, an array of them, or a string")
	}
	if column, ok := termColumn(list); ok {
		return orderTerm(column, list)
	}
	return orderMap(list)
}

// member is one of an object, in its place.
type member struct {
	name  string
	value []byte
}

func badOrder(format string, args ...any) error {
	return wire.Fail(wire.InvalidOrder, format, args...).At("orderBy")
}

// termColumn finds the column of an object that has only the keys of one term,
// so that a table with a column "field" can be sorted by the other form.
func termColumn(list []member) (column string, ok bool) {
	for _, m := range list {
		switch m.name {
		case "field", "column":
			column, ok = stringOf(m.value)
		case "direction", "ascending", "nulls", "nullsFirst", "nulls_first", "order":
		default:
			return "", false
		}
	}
	return column, ok
}

func orderTerm(column string, list []member) ([]sqltext.Order, error) {
	operand, err := operandOf(column)
	if err != nil {
		return nil, err
	}
	o := sqltext.Order{Operand: operand}
	said := map[string]string{} // which of two words for one thing
	for _, m := range list {
		about := aspects[m.name]
		if other, twice := said[about]; twice {
			return nil, badOrder("an order has both %s and %s", other, m.name)
		}
		said[about] = m.name
		if err := orderWord(&o, m.name, m.value); err != nil {
			return nil, err
		}
	}
	return []sqltext.Order{o}, nil
}

// aspects maps the keys of a term to what they are about.
var aspects = map[string]string{
	"field": "column", "column": "column",
	"direction": "direction", "order": "direction", "ascending": "direction",
	"nulls": "nulls", "nullsFirst": "nulls", "nulls_first": "nulls",
}

func orderWord(o *sqltext.Order, key string, value []byte) (err error) {
	switch key {
	case "direction", "order":
		text, isString := stringOf(value)
		if !isString && !isNull(value) {
			return badOrder("%s must be asc or desc", key)
		}
		o.Desc, err = sqltext.ParseDirection(text)
		return blame(err, "orderBy")
	case "ascending":
		ascending, err := flag(value)
		if err != nil {
			return badOrder("ascending %s", err)
		}
		o.Desc = !ascending
	case "nulls", "nullsFirst", "nulls_first":
		o.Nulls, err = nullsPlace(key, value)
	}
	return err
}

func nullsPlace(key string, value []byte) (sqltext.Nulls, error) {
	if key == "nulls" {
		switch text, _ := stringOf(value); strings.ToLower(text) {
		case "first":
			return sqltext.NullsFirst, nil
		case "last":
			return sqltext.NullsLast, nil
		}
		return 0, badOrder(`nulls must be "first" or "last"`)
	}
	first, err := flag(value)
	if err != nil {
		return 0, badOrder("%s %s", key, err)
	}
	if first {
		return sqltext.NullsFirst, nil
	}
	return sqltext.NullsLast, nil
}

// flag reads true or false; its error reads after the name of the key.
func flag(value []byte) (bool, error) {
	switch string(value) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("must be true or false")
}

// orderMap reads {"name": "asc", "age": "desc"}, in the order written.
func orderMap(list []member) ([]sqltext.Order, error) {
	orders := make([]sqltext.Order, len(list))
	for i, m := range list {
		operand, err := operandOf(m.name)
		if err != nil {
			return nil, err
		}
		orders[i].Operand = operand
		if err := orderWord(&orders[i], "direction", m.value); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

// operandOf is the column to sort by.
func operandOf(name string) (sqltext.Operand, error) {
	if name == "" {
		return sqltext.Operand{}, badOrder("an order has no column")
	}
	return columnOperand(name)
}

// extent settles limit and offset from either pair of keys. most is the largest
// limit, and the one that is used where none is given.
func extent(s *wire.Selection, most int64) (limit, offset *int64, err error) {
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
