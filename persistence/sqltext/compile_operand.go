package sqltext

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"athena/persistence/catalog"
	"athena/wire"
)

// expr is a piece of SQL with the type of its value, zero where it is not known.
type expr struct {
	sql string
	typ uint32
}

// operand writes a column with its path, bucket and cast.
func (b *build) operand(s *scope, o *Operand) (expr, error) {
	e, err := b.base(s, o.Name)
	if err != nil {
		return expr{}, err
	}
	if len(o.Path) > 0 {
		e = b.walk(e, o.Path)
	}
	if o.Bucket != "" {
		if e, err = bucket(e, o.Bucket); err != nil {
			return expr{}, err
		}
	}
	return b.convert(e, o.Cast)
}

// base writes a column, or a call of a function that computes one from the row.
func (b *build) base(s *scope, name string) (expr, error) {
	if err := checkName(wire.UnknownColumn, "column", name); err != nil {
		return expr{}, err
	}
	if c, ok := find(s.rel, name); ok {
		return expr{s.column(c.Name), c.Type}, nil
	}
	if f := b.computed(s.rel, name, false); f != nil {
		b.plan.Computed = true
		return expr{Qualified(Name{f.Schema, f.Name}) + "(" + s.wholeRow() + ")", f.Returns}, nil
	}
	p := unknownColumn(s.rel, name)
	if findEmbed(s.items, name) != nil || b.reachable(s.rel, name) {
		p.Hint = "to select a related resource, write its columns in parentheses: " + name + "(*)"
	}
	return expr{}, p
}

// computed finds a function of one argument that takes the relation's row: one
// that gives rows of another relation, or one that gives a value.
func (b *build) computed(r *catalog.Relation, name string, related bool) *catalog.Function {
	schemas := append([]string{r.Schema}, b.path...)
	for _, schema := range schemas {
		for _, f := range b.cat.Functions(schema, name) {
			if b.takesRow(f, r) && !f.Procedure && related == b.givesRows(f) && f.Volatility != catalog.Volatile {
				return f
			}
		}
	}
	return nil
}

func (b *build) takesRow(f *catalog.Function, r *catalog.Relation) bool {
	return len(f.Args) == 1 && f.Args[0].Type == r.Type && f.Args[0].Input()
}

// givesRows reports whether a function returns rows of a relation.
func (b *build) givesRows(f *catalog.Function) bool {
	_, ok := b.rowsOf(f)
	return ok
}

func (b *build) rowsOf(f *catalog.Function) (*catalog.Relation, bool) {
	r, ok := b.attributes(f.Returns)
	if !ok || r.Kind == catalog.Composite {
		return nil, false
	}
	return r, true
}

// attributes gives what a row type or composite type consists of.
func (b *build) attributes(oid uint32) (*catalog.Relation, bool) {
	t, ok := b.cat.Underlying(oid)
	if !ok || t.Relation == 0 {
		return nil, false
	}
	return b.cat.ByID(t.Relation)
}

// walk writes the arrows of a JSON path. What is not JSON is made so first, which
// lets a path lead into arrays and composites as well.
func (b *build) walk(e expr, path []Step) expr {
	if !b.isJSON(e.typ) {
		e = expr{"to_jsonb(" + e.sql + ")", pgtype.JSONBOID}
	}
	var sql strings.Builder
	sql.WriteString("(" + e.sql)
	for _, step := range path {
		arrow := "->"
		if step.Text {
			arrow, e.typ = "->>", pgtype.TextOID
		}
		sql.WriteString(arrow)
		if step.Index && isIndex(step.Key) {
			sql.WriteString("(" + step.Key + ")")
		} else {
			sql.WriteString(Literal(step.Key))
		}
	}
	sql.WriteString(")")
	return expr{sql.String(), e.typ}
}

func (b *build) isJSON(oid uint32) bool {
	t, ok := b.cat.Underlying(oid)
	return ok && (t.ID == pgtype.JSONOID || t.ID == pgtype.JSONBOID)
}

func (b *build) isArray(oid uint32) bool {
	t, ok := b.cat.Underlying(oid)
	return ok && t.Element != 0
}

// buckets are the units that a time can be rounded down to.
var buckets = map[string]bool{
	"second": true, "minute": true, "hour": true, "day": true,
	"week": true, "month": true, "quarter": true, "year": true,
}

func bucket(e expr, unit string) (expr, error) {
	if !buckets[unit] {
		return expr{}, wire.Fail(wire.InvalidRequest, "%s is not a unit of time", clip(unit)).
			At("time_granularity").WithHint("use second, minute, hour, day, week, month, quarter or year")
	}
	typ := e.typ
	if typ == pgtype.DateOID {
		typ = pgtype.TimestamptzOID
	}
	return expr{"date_trunc(" + Literal(unit) + ", " + e.sql + ")", typ}, nil
}

// convert writes a cast, if there is one.
func (b *build) convert(e expr, cast string) (expr, error) {
	if cast == "" {
		return e, nil
	}
	sql, err := typeSQL(cast)
	if err != nil {
		return expr{}, err
	}
	return expr{"(" + e.sql + ")::" + sql, b.typeNamed(cast)}, nil
}

// typeNamed finds the OID of a type that a caller named, zero when it is not
// there; the server will say so.
func (b *build) typeNamed(name string) uint32 {
	name = strings.ToLower(strings.TrimSpace(name))
	if t, ok := b.cat.TypeByName(name); ok {
		return t.ID
	}
	for _, schema := range b.path {
		if t, ok := b.cat.TypeByName(schema + "." + name); ok {
			return t.ID
		}
	}
	return 0
}
