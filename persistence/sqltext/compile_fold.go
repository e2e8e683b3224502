package sqltext

import (
	"github.com/jackc/pgx/v5/pgtype"

	"athena/persistence/catalog"
	"athena/wire"
)

// mayFold reports whether a select list looks as if its rows were folded. A column
// may turn out to have the name of an aggregate.
func mayFold(items []Item) bool {
	for _, item := range items {
		switch item := item.(type) {
		case *Column:
			if item.Aggregate != None || item.counts() {
				return true
			}
		case *Embed:
			if item.Spread && mayFold(item.Read.Items) {
				return true
			}
		}
	}
	return false
}

// folds reports whether the rows of a relation are folded by an aggregate of the
// select list, or by one of a to-one relation that is spread in it.
func (b *build) folds(rel *catalog.Relation, items []Item) bool {
	for _, item := range items {
		switch item := item.(type) {
		case *Column:
			if b.counting(rel, item).Aggregate != None {
				return true
			}
		case *Embed:
			if !item.Spread || !mayFold(item.Read.Items) {
				continue
			}
			if w, err := b.relate(rel, item); err == nil && !w.many && b.folds(w.target, item.Read.Items) {
				return true
			}
		}
	}
	return false
}

// counts reports whether a column is called like the count of rows.
func (c *Column) counts() bool {
	return c.Aggregate == None && c.Name == string(Count) && len(c.Path) == 0 && c.Bucket == "" && len(c.Embed) == 0
}

// counting takes a column called count for the count of rows, where the relation has
// no such column.
func (b *build) counting(rel *catalog.Relation, c *Column) *Column {
	if !c.counts() {
		return c
	}
	if _, ok := find(rel, c.Name); ok || b.computed(rel, c.Name, false) != nil {
		return c
	}
	return &Column{Alias: c.Alias, Aggregate: Count, AggregateCast: c.Cast}
}

// aggregate folds an operand.
func (b *build) aggregate(s *scope, c *Column) (expr, error) {
	if c.Name == "" {
		if c.Aggregate != Count {
			return expr{}, wire.Fail(wire.InvalidSelect, "%s needs a column", c.Aggregate).At("select")
		}
		rows := "*"
		if s.anchor != "" {
			rows = s.anchor
		}
		return b.convert(expr{"count(" + rows + ")", pgtype.Int8OID}, c.AggregateCast)
	}
	e, err := b.operand(s, &c.Operand)
	if err != nil {
		return expr{}, err
	}
	return b.fold(c.Aggregate, e, c.AggregateCast)
}

func (b *build) fold(a Aggregate, e expr, cast string) (expr, error) {
	switch a {
	case Count:
		e.typ = pgtype.Int8OID
	case Sum, Avg:
		e.typ = pgtype.NumericOID // or another number, which is written the same way
	case Min, Max:
	default:
		return expr{}, wire.Fail(wire.InvalidSelect, "%s is not an aggregate", clip(string(a))).
			At("select").WithHint("the aggregates are count, sum, avg, min and max")
	}
	return b.convert(expr{string(a) + "(" + e.sql + ")", e.typ}, cast)
}
