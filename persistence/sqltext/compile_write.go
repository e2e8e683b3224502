package sqltext

import (
	"strings"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/wire"
)

// Update compiles an update. One without a condition is refused; to change every
// row, say so with an And of no terms.
func (c *Compiler) Update(cat *catalog.Catalog, searchPath []string, u *Update) (*Plan, error) {
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.update(u) })
	if err != nil {
		return nil, err
	}
	rel, err := b.resolve(u.Table)
	if err != nil {
		return nil, err
	}
	s := b.scope(rel, u.Returning)
	set, err := b.assignments(rel, u.Set)
	if err != nil {
		return nil, err
	}
	ch := change{verb: "UPDATE " + table(rel) + " AS " + s.alias + " SET " + set, join: " FROM "}
	rows := &Read{Items: u.Returning, Where: u.Where, Order: u.Order, Limit: u.Limit, Offset: u.Offset}
	if err := b.choose(s, rows, &ch); err != nil {
		return nil, err
	}
	return b.write(s, ch, &Read{Items: u.Returning, Order: u.Order, Handler: u.Handler})
}

// Delete compiles a delete. One without a condition is refused; to remove every
// row, say so with an And of no terms.
func (c *Compiler) Delete(cat *catalog.Catalog, searchPath []string, d *Delete) (*Plan, error) {
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.delete(d) })
	if err != nil {
		return nil, err
	}
	rel, err := b.resolve(d.From)
	if err != nil {
		return nil, err
	}
	s := b.scope(rel, d.Returning)
	ch := change{verb: "DELETE FROM " + table(rel) + " AS " + s.alias, join: " USING "}
	rows := &Read{Items: d.Returning, Where: d.Where, Order: d.Order, Limit: d.Limit, Offset: d.Offset}
	if err := b.choose(s, rows, &ch); err != nil {
		return nil, err
	}
	return b.write(s, ch, &Read{Items: d.Returning, Order: d.Order, Handler: d.Handler})
}

// UpdateRows compiles an update of many rows, each to values of its own.
func (c *Compiler) UpdateRows(cat *catalog.Catalog, searchPath []string, u *UpdateRows) (*Plan, error) {
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.updateRows(u) })
	if err != nil {
		return nil, err
	}
	rel, err := b.resolve(u.Table)
	if err != nil {
		return nil, err
	}
	if err := checkWhole(u.Columns, u.Rows); err != nil {
		return nil, err
	}
	s := b.scope(rel, u.Returning)
	ch, err := b.changeRows(s, u)
	if err != nil {
		return nil, err
	}
	return b.write(s, ch, &Read{Items: u.Returning, Order: u.Order, Handler: u.Handler})
}

// change is a statement that changes rows, in the pieces that it is put together
// from.
type change struct {
	with  string // a common table expression in front, without WITH
	verb  string
	join  string // the word before another relation: FROM or USING
	where string
}

// choose adds what decides which rows change.
func (b *build) choose(s *scope, r *Read, ch *change) error {
	if r.Where == nil {
		return wire.Fail(wire.MissingFilter, "a change of %s needs a condition", s.rel.Name).
			At("conditions").WithHint("name the rows to change")
	}
	if r.Limit == nil && r.Offset == nil {
		where, err := b.where(s, r.Where)
		ch.where = " WHERE " + where
		return err
	}
	return b.pick(s, r, ch)
}

// pick bounds a change: a subquery finds and locks the rows, once, and the change
// joins them by their key.
func (b *build) pick(s *scope, r *Read, ch *change) error {
	if s.rel.Kind == catalog.View {
		return wire.Fail(wire.InvalidRequest, "a change of the view %s cannot be bounded", s.rel.Name).
			At("limit").WithHint("remove limit, offset and order")
	}
	columns := s.rel.PrimaryKey
	if len(columns) == 0 {
		columns = []string{"tableoid", "ctid"}
	}
	picked := b.scope(s.rel, r.Items)
	narrowed := *r
	narrowed.Items = nil // what is returned does not narrow what changes
	l := &level{build: b, s: picked, r: &narrowed}
	rest, err := l.clauses(picked, source{from: table(s.rel) + " AS " + picked.alias}, "")
	if err != nil {
		return err
	}
	list, ties := make([]string, len(columns)), make([]string, len(columns))
	for i, name := range columns {
		list[i] = picked.column(name)
		ties[i] = s.column(name) + " = picked." + Ident(name)
	}
	ch.with = "picked AS MATERIALIZED (SELECT " + strings.Join(list, ", ") + " FROM " + rest + " FOR UPDATE OF " + picked.alias + ")"
	ch.where = ch.join + "picked WHERE " + strings.Join(ties, " AND ")
	return nil
}

// write puts a change together with what it answers, in order.
func (b *build) write(s *scope, ch change, answer *Read) (*Plan, error) {
	statement := ch.verb + ch.where
	out := &flatColumns{types: b.types}
	if len(answer.Items) == 0 {
		if _, err := b.orderTerms(s, answer.Order); err != nil { // it must make sense all the same
			return nil, err
		}
		return b.returning(ch, statement, out, nil)
	}
	if answer.Handler != nil || needsSelect(answer.Items, answer.Order) {
		return b.writeThenRead(s, ch.with, statement, answer)
	}
	l, err := b.newLevel(s, answer, false)
	if err != nil {
		return nil, err
	}
	return b.returning(ch, statement, out, out.fields(l.nodes))
}

// returning ends a change that answers columns, if any.
func (b *build) returning(ch change, statement string, out *flatColumns, fields []rowjson.Field) (*Plan, error) {
	fields = b.telling(out, fields)
	if len(fields) > 0 {
		statement += " RETURNING " + strings.Join(out.sql, ", ")
	}
	return b.finish(with(ch.with)+statement, fields)
}

func with(expressions ...string) string {
	var kept []string
	for _, e := range expressions {
		if e != "" {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "WITH " + strings.Join(kept, ", ") + " "
}

// needsSelect reports whether RETURNING alone cannot answer the items in order.
func needsSelect(items []Item, order []Order) bool {
	for _, item := range items {
		if _, ok := item.(*Embed); ok {
			return true
		}
	}
	return mayFold(items) || len(order) > 0
}

// writeThenRead reads the changed rows with whatever is embedded in them. What is
// embedded is as it was before the change.
func (b *build) writeThenRead(s *scope, before, statement string, r *Read) (*Plan, error) {
	changed := b.scope(s.rel, r.Items)
	changed.row = rowOf(changed)
	src := source{from: "changed AS " + changed.alias}
	sql, fields, err := b.flatSelect(changed, src, r, false)
	if err != nil {
		return nil, err
	}
	cte := "changed AS (" + statement + " RETURNING " + s.alias + ".*)"
	return b.finish(with(before, cte)+sql, fields)
}

// rowOf rebuilds a row of the table's own type from its columns.
func rowOf(s *scope) string {
	columns := make([]string, len(s.rel.Columns))
	for i, c := range s.rel.Columns {
		columns[i] = s.column(c.Name)
	}
	return "ROW(" + strings.Join(columns, ", ") + ")::" + table(s.rel)
}

// changeRows joins the table to the rows of a document by their key.
func (b *build) changeRows(s *scope, u *UpdateRows) (change, error) {
	keys := u.Key
	if len(keys) == 0 {
		keys = b.cat.Key(s.rel)
	}
	if len(keys) == 0 {
		return change{}, wire.Fail(wire.InvalidRequest, "%s has no primary key to find rows by", s.rel.Name).
			At("key").WithHint("name the columns that find a row")
	}
	columns, err := mustFindAll(s.rel, u.Columns)
	if err != nil {
		return change{}, err
	}
	found, err := mustFindAll(s.rel, keys)
	if err != nil {
		return change{}, err
	}
	ties, set, err := b.splitRows(s, u.Raw, found, columns)
	if err != nil {
		return change{}, err
	}
	if u.Where != nil {
		where, err := b.where(s, u.Where)
		if err != nil {
			return change{}, err
		}
		ties = append(ties, where)
	}
	return change{
		verb:  "UPDATE " + table(s.rel) + " AS " + s.alias + " SET " + strings.Join(set, ", "),
		where: " FROM " + b.recordset(u, columns, u.Raw) + " WHERE " + strings.Join(ties, " AND "),
	}, nil
}

// splitRows tells the columns that find a row from those that change.
func (b *build) splitRows(s *scope, raw bool, keys, columns []*catalog.Column) (ties, set []string, err error) {
	given := make(map[*catalog.Column]bool)
	for _, c := range columns {
		given[c] = true
	}
	isKey := make(map[*catalog.Column]bool)
	for _, c := range keys {
		if !given[c] {
			return nil, nil, wire.Fail(wire.InvalidRequest, "each row must give %s, which finds the row to change", clip(c.Name)).At(c.Name)
		}
		isKey[c] = true
		ties = append(ties, s.column(c.Name)+" = "+b.given(c, raw))
	}
	for _, c := range columns {
		if !isKey[c] {
			set = append(set, Ident(c.Name)+" = "+b.given(c, raw))
		}
	}
	if len(set) == 0 {
		return nil, nil, nothingToSet()
	}
	return ties, set, nil
}

func nothingToSet() error {
	return wire.Fail(wire.InvalidRequest, "the update sets no column").At("update_body").
		WithHint("give at least one column with its new value")
}

// checkWhole makes sure that every row gives every column: one that is left out
// would be set to null, which nobody asked for.
func checkWhole(columns []string, rows [][]Value) error {
	for n, row := range rows {
		for i, name := range columns {
			if i >= len(row) || row[i].Kind == KindAbsent {
				return wire.Fail(wire.InvalidRequest, "row %d does not give %s, which other rows do", n+1, clip(name)).
					At(name).WithHint("give the same columns in every row")
			}
		}
	}
	return nil
}

// recordset reads rows from the document that stands for them. In raw values JSON
// is still text.
func (b *build) recordset(site any, columns []*catalog.Column, raw bool) string {
	defs := make([]string, len(columns))
	for i, c := range columns {
		typ := c.TypeName
		if raw && b.isJSON(c.Type) {
			typ = "text"
		}
		defs[i] = Ident(c.Name) + " " + typ
	}
	return "json_to_recordset(" + b.param(site, "", encodeText) + ") AS r (" + strings.Join(defs, ", ") + ")"
}

// given is a column of such a row.
func (b *build) given(c *catalog.Column, raw bool) string {
	sql := "r." + Ident(c.Name)
	if raw && b.isJSON(c.Type) {
		sql += "::" + c.TypeName
	}
	return sql
}

func mustFindAll(r *catalog.Relation, names []string) ([]*catalog.Column, error) {
	columns := make([]*catalog.Column, len(names))
	for i, name := range names {
		c, err := mustFind(r, name)
		if err != nil {
			return nil, err
		}
		columns[i] = c
	}
	return columns, nil
}
