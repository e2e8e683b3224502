package sqltext

import (
	"hash/fnv"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

// seeking makes the order of a read total, and holds its cursor against it.
func (b *build) seeking(s *scope, r *Read) (*Read, error) {
	if r.Seek == nil {
		return r, nil
	}
	if r.Distinct || b.folds(s.rel, r.Items) {
		return nil, wire.Fail(wire.InvalidRequest, "rows that are folded cannot be read by a cursor").At("cursor").
			WithHint("use limit and offset")
	}
	if r.Offset != nil {
		return nil, wire.Fail(wire.InvalidRequest, "a cursor and an offset do not go together").At("cursor")
	}
	if r.Limit == nil {
		return nil, wire.Fail(wire.InvalidRequest, "reading by a cursor needs a limit").At("limit")
	}
	walk := *r
	var err error
	if walk.Order, err = total(s.rel, r.Order); err != nil {
		return nil, err
	}
	if b.plan.Order, err = b.orderPrint(s, walk.Order); err != nil {
		return nil, err
	}
	after := r.Seek.After
	if len(after) > 0 && (r.Seek.Order != b.plan.Order || len(after) != len(walk.Order)) {
		return nil, wire.Fail(wire.InvalidRequest, "the cursor belongs to another table or another order").At("cursor").
			WithHint("keep to the order of the walk, or begin anew with %s", SeekStart)
	}
	return &walk, nil
}

// total adds the columns of a key to an order, unless it has one already. They go the
// way of the last term, so that one index may serve all.
func total(rel *catalog.Relation, orders []Order) ([]Order, error) {
	key := rel.PrimaryKey
	for _, u := range rel.Unique {
		if key == nil && notNull(rel, u.Columns) {
			key = u.Columns
		}
	}
	if key == nil {
		return nil, wire.Fail(wire.InvalidRequest, "%s has no key by which its rows could be told apart", clip(rel.Name)).At("cursor").
			WithHint("use limit and offset")
	}
	given := map[string]bool{}
	for i := range orders {
		if c, ok := plainColumn(rel, &orders[i]); ok {
			given[c.Name] = true
		}
	}
	out := append(make([]Order, 0, len(orders)+len(key)), orders...)
	desc := len(orders) > 0 && orders[len(orders)-1].Desc
	for _, name := range key {
		if !given[name] {
			out = append(out, Order{Operand: Operand{Name: name}, Desc: desc})
		}
	}
	return out, nil
}

func notNull(rel *catalog.Relation, columns []string) bool {
	for _, name := range columns {
		if c, ok := rel.Column(name); !ok || !c.NotNull {
			return false
		}
	}
	return true
}

// plainColumn is the column that an order names, where it orders by nothing else.
func plainColumn(rel *catalog.Relation, o *Order) (*catalog.Column, bool) {
	if len(o.Embed) > 0 || len(o.Path) > 0 || o.Cast != "" || o.Bucket != "" || o.Aggregate != None {
		return nil, false
	}
	return find(rel, o.Name)
}

// orderPrint is the same for the same order of the same table.
func (b *build) orderPrint(s *scope, orders []Order) (uint64, error) {
	sum := fnv.New64a()
	sum.Write([]byte(table(s.rel)))
	terms, err := b.orderTerms(&scope{rel: s.rel, alias: "t", row: "t.*", items: s.items}, orders)
	for _, term := range terms {
		sum.Write(append([]byte{0}, term...))
	}
	return sum.Sum64(), err
}

// mark writes what a cursor keeps of a row: its values as text, or null, in the order.
func (b *build) mark(s *scope, orders []Order) (string, error) {
	texts := make([]string, len(orders))
	for i := range orders {
		sql, err := b.orderExpr(s, &orders[i])
		if err != nil {
			return "", err
		}
		texts[i] = "(" + sql + ")::text"
	}
	return "json_build_array(" + strings.Join(texts, ", ") + ")::text", nil
}

// seekTerm is one term of the order against what the last row had there.
type seekTerm struct {
	sql, param string
	// never says that the term is never null, null that the last row's was.
	never, null bool
	desc        bool
	// nullsFirst says that rows without a value come before the others.
	nullsFirst bool
}

// beyond writes the condition that a row comes behind the cursor.
func (b *build) beyond(s *scope, r *Read) (string, error) {
	terms := make([]seekTerm, len(r.Order))
	alike := true
	for i := range r.Order {
		o := &r.Order[i]
		sql, err := b.orderExpr(s, o)
		if err != nil {
			return "", err
		}
		value := &r.Seek.After[i]
		t := seekTerm{sql: sql, desc: o.Desc, nullsFirst: o.Nulls == NullsFirst || o.Nulls == NullsDefault && o.Desc, null: value.Kind == KindNull}
		c, plain := plainColumn(s.rel, o)
		t.never = plain && c.NotNull
		if !t.null {
			t.param = b.param(value, "cursor", encodeText)
		}
		alike = alike && t.never && !t.null && t.desc == terms[0].desc || i == 0 && t.never && !t.null
		terms[i] = t
	}
	if alike {
		return rowBeyond(terms), nil
	}
	if bound := terms[0].bound(); bound != "" {
		return bound + " AND " + chain(terms), nil
	}
	return chain(terms), nil
}

// rowBeyond compares rows whole, which an index on the columns can seek by.
func rowBeyond(terms []seekTerm) string {
	left, right := make([]string, len(terms)), make([]string, len(terms))
	for i, t := range terms {
		left[i], right[i] = t.sql, t.param
	}
	return "(" + strings.Join(left, ", ") + ") " + terms[0].operator() + " (" + strings.Join(right, ", ") + ")"
}

// chain is true of rows that come later by the first term, or are equal there and
// come later by those behind it.
func chain(terms []seekTerm) string {
	t := terms[0]
	var ways []string
	if later := t.later(); later != "" {
		ways = append(ways, later)
	}
	if len(terms) > 1 {
		ways = append(ways, t.equal()+" AND "+chain(terms[1:]))
	}
	if len(ways) == 0 {
		return "FALSE"
	}
	return "(" + strings.Join(ways, " OR ") + ")"
}

func (t seekTerm) operator() string {
	if t.desc {
		return "<"
	}
	return ">"
}

// later is empty where no row comes later.
func (t seekTerm) later() string {
	switch {
	case t.null && t.nullsFirst:
		return t.sql + " IS NOT NULL"
	case t.null:
		return ""
	case t.never || t.nullsFirst:
		return t.sql + " " + t.operator() + " " + t.param
	}
	return t.sql + " " + t.operator() + " " + t.param + " OR " + t.sql + " IS NULL"
}

func (t seekTerm) equal() string {
	if t.null {
		return t.sql + " IS NULL"
	}
	return t.sql + " = " + t.param
}

// bound is where an index on the first term may begin; empty where it cannot.
func (t seekTerm) bound() string {
	switch {
	case t.null && !t.nullsFirst:
		return t.sql + " IS NULL"
	case t.null || !t.never && !t.nullsFirst:
		return ""
	}
	return t.sql + " " + t.operator() + "= " + t.param
}
