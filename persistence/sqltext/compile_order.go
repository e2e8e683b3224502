package sqltext

import (
	"strings"

	"athena/wire"
)

// orderBy writes the order of a level as it looks from a scope. Without one, rows
// among given ones come in their order.
func (l *level) orderBy(s *scope) (string, error) {
	if l.r.Among != nil && len(l.r.Order) == 0 {
		if l.wrapped && s == l.s {
			return " ORDER BY " + s.alias + "." + placeColumn, nil
		}
		return " ORDER BY " + amongPlace, nil
	}
	if len(l.r.Order) == 0 {
		return "", nil
	}
	terms, err := l.orderTerms(s, l.r.Order)
	return " ORDER BY " + strings.Join(terms, ", "), err
}

func (b *build) orderTerms(s *scope, orders []Order) ([]string, error) {
	terms := make([]string, len(orders))
	for i := range orders {
		o := &orders[i]
		sql, err := b.orderExpr(s, o)
		if err != nil {
			return nil, err
		}
		terms[i] = sql + o.suffix()
	}
	return terms, nil
}

func (o *Order) suffix() string {
	sql := ""
	if o.Desc {
		sql = " DESC"
	}
	switch o.Nulls {
	case NullsFirst:
		sql += " NULLS FIRST"
	case NullsLast:
		sql += " NULLS LAST"
	}
	return sql
}

func (b *build) orderExpr(s *scope, o *Order) (string, error) {
	if len(o.Embed) > 0 {
		return b.orderByEmbed(s, o)
	}
	if o.Aggregate != None {
		e, err := b.aggregate(s, &Column{Operand: o.Operand, Aggregate: o.Aggregate})
		return e.sql, err
	}
	return b.ordered(s, o)
}

// ordered writes a column that an order names, or one that is selected by that name.
func (b *build) ordered(s *scope, o *Order) (string, error) {
	if c := s.aliased(o); c != nil {
		return b.aliasExpr(s, b.counting(s.rel, c))
	}
	e, err := b.operand(s, &o.Operand)
	return e.sql, err
}

// aliased finds the selected column that an order names by its key in the
// answer, where no column of the table has that name.
func (s *scope) aliased(o *Order) *Column {
	if _, ok := find(s.rel, o.Name); ok || len(o.Path) > 0 || o.Cast != "" || o.Bucket != "" {
		return nil
	}
	for _, item := range s.items {
		if c, ok := item.(*Column); ok && c.key() == o.Name {
			return c
		}
	}
	return nil
}

func (b *build) aliasExpr(s *scope, c *Column) (string, error) {
	if c.Aggregate != None {
		e, err := b.aggregate(s, c)
		return e.sql, err
	}
	e, err := b.operand(s, &c.Operand)
	return e.sql, err
}

// orderByEmbed orders parents by a column of their one related row. A scalar
// subquery keeps the order where the rows are bounded, before anything is joined.
func (b *build) orderByEmbed(s *scope, o *Order) (string, error) {
	e := findEmbed(s.items, o.Embed[0])
	if e == nil || len(o.Embed) > 1 {
		return "", wire.Fail(wire.InvalidOrder, "%s is not embedded in the select", clip(o.Embed[0])).
			At("order").WithHint("add %s() to select to order by it", o.Embed[0]).Like("PGRST108")
	}
	if inner := s.joined[e]; inner != nil {
		return b.ordered(inner, o)
	}
	w, err := b.relate(s.rel, e)
	if err != nil {
		return "", err
	}
	if w.many {
		return "", wire.Fail(wire.InvalidOrder, "rows cannot be ordered by %s, of which each may have many", clip(e.Key())).At("order").Like("PGRST118")
	}
	inner := b.scope(w.target, e.Read.Items)
	from, on := w.source(b, s, inner)
	conds, err := b.narrowing(inner, &e.Read)
	if err != nil {
		return "", err
	}
	value, err := b.ordered(inner, o)
	if err != nil {
		return "", err
	}
	conds = append([]string{on}, conds...)
	return "(SELECT " + value + " FROM " + from + " WHERE " + strings.Join(conds, " AND ") + " LIMIT 1)", nil
}
