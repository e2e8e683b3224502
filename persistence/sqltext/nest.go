package sqltext

import (
	"slices"
	"strconv"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

const (
	// maxNested bounds the rows of one insert with relations, on all levels together.
	maxNested = 2000
	// maxNestDepth bounds how deep relations stand in one another.
	maxNestDepth = 8
)

// Nest is rows of one relation with the related rows that are added with them.
type Nest struct {
	Into Name
	// Key is the relation's primary key.
	Key  []string
	Rows []NestRow
}

// NestRow is one row of a Nest.
type NestRow struct {
	// Path is where in the body the row stands; empty for the body itself.
	Path    string
	Columns []string
	Values  []Value
	// Before are the rows that this one refers to, After those that refer to it.
	Before, After []Branch
}

// Branch is what a row has of one relation.
type Branch struct {
	catalog.Relationship
	Nest
	Path string
}

// Nested reports whether some row may hold more than its columns: an object or a list.
func (in *Insert) Nested() bool {
	for _, row := range in.Rows {
		if slices.ContainsFunc(row, func(v Value) bool { return v.Kind == KindJSON }) {
			return true
		}
	}
	return false
}

// Nest finds the relations that the rows of an insert name beside columns; nil where
// they name none. A column goes before a relation of the same name, which a hint
// brings out: "relation!hint". Every relation of the tree needs what allow asks of the
// table itself.
func (c *Compiler) Nest(cat *catalog.Catalog, searchPath []string, in *Insert) (*Nest, error) {
	allow := func(n Name, _ bool) error {
		if c.Allow == nil {
			return nil
		}
		return c.Allow(n, false)
	}
	b, err := (&Compiler{Allow: allow}).begin(cat, searchPath, func(*keyer) {})
	if err != nil {
		return nil, err
	}
	rel, err := b.resolve(in.Into)
	if err != nil {
		return nil, err
	}
	n := nester{build: b}
	out, err := n.nest(rel, in.Columns, in.Rows, func(i int) string {
		if len(in.Rows) == 1 {
			return ""
		}
		return "[" + strconv.Itoa(i) + "]"
	}, 0)
	if err != nil || !n.found {
		return nil, err
	}
	if in.Conflict != nil {
		return nil, wire.Fail(wire.InvalidRequest, "rows with relations are added; they cannot meet rows that are there").At("on_conflict").
			WithHint("leave the resolution out, or send each table's rows by themselves")
	}
	return &out, nil
}

type nester struct {
	*build
	found bool
	rows  int
}

func (n *nester) nest(rel *catalog.Relation, columns []string, rows [][]Value, path func(int) string, depth int) (Nest, error) {
	out := Nest{Into: nameOf(rel), Key: rel.PrimaryKey, Rows: make([]NestRow, len(rows))}
	if n.rows += len(rows); n.found && n.rows > maxNested {
		return out, wire.Fail(wire.InvalidRequest, "an insert with relations adds at most %d rows", maxNested).At("body")
	}
	if depth > maxNestDepth {
		return out, wire.Fail(wire.InvalidRequest, "relations stand more than %d deep in one another", maxNestDepth).At(path(0))
	}
	for i, values := range rows {
		out.Rows[i].Path = path(i)
		if err := n.row(rel, &out.Rows[i], columns, values, depth); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (n *nester) row(rel *catalog.Relation, row *NestRow, columns []string, values []Value, depth int) error {
	for i, name := range columns {
		v := values[i]
		if v.Kind == KindAbsent {
			continue
		}
		if !n.isRelation(rel, name, v) {
			row.Columns, row.Values = append(row.Columns, name), append(row.Values, v)
			continue
		}
		n.found = true
		branch, err := n.branch(rel, name, v, Join(row.Path, name), depth)
		switch {
		case err != nil:
			return err
		case branch.Reverse:
			row.After = append(row.After, branch)
		default:
			row.Before = append(row.Before, branch)
		}
	}
	for _, b := range row.Before {
		for _, column := range b.Relationship.Key.Columns {
			if slices.Contains(row.Columns, column) {
				return wire.Fail(wire.InvalidRequest, "%s comes from %s and is given as well", column, b.Path).At(Join(row.Path, column))
			}
		}
	}
	return nil
}

// isRelation reports whether a member of a row names a relation rather than a column.
func (n *nester) isRelation(rel *catalog.Relation, name string, v Value) bool {
	if _, ok := find(rel, name); ok || v.Kind != KindJSON {
		return false
	}
	table, hint, _ := strings.Cut(name, "!")
	return hint != "" || len(n.candidates(rel, &Embed{Relation: Name{Table: table}})) > 0
}

func (n *nester) branch(rel *catalog.Relation, name string, v Value, path string, depth int) (Branch, error) {
	table, hint, _ := strings.Cut(name, "!")
	e := &Embed{Relation: Name{Table: table}, Hint: hint}
	w, err := n.relate(rel, e)
	if p, ok := wire.AsProblem(err); ok {
		p.Field = path
	}
	if err != nil {
		return Branch{}, err
	}
	if w.function != nil {
		return Branch{}, wire.Fail(wire.InvalidRequest, "%s is computed; no row can be added to it", clip(name)).At(path)
	}
	list := strings.HasPrefix(v.Text, "[")
	switch {
	case w.many && !list:
		return Branch{}, wire.Fail(wire.InvalidRequest, "%s takes a list of rows", clip(name)).At(path)
	case !w.many && list:
		return Branch{}, wire.Fail(wire.InvalidRequest, "%s takes one row, not a list", clip(name)).At(path)
	}
	columns, rows, err := ParseRows([]byte(v.Text))
	if err != nil {
		return Branch{}, Within(err, path)
	}
	nest, err := n.nest(w.target, columns, rows, func(i int) string {
		if !list {
			return path
		}
		return path + "[" + strconv.Itoa(i) + "]"
	}, depth+1)
	if err != nil {
		return Branch{}, err
	}
	b := Branch{Relationship: w.Relationship, Nest: nest, Path: path}
	return b, n.owned(&b)
}

// owned refuses what a child says of its parent by itself.
func (n *nester) owned(b *Branch) error {
	if !b.Reverse || b.Via != nil {
		return nil
	}
	for _, row := range b.Rows {
		for _, column := range b.Relationship.Key.Columns {
			if slices.Contains(row.Columns, column) {
				return wire.Fail(wire.InvalidRequest, "%s comes from the row around it and is given as well", column).At(Join(row.Path, column))
			}
		}
	}
	return nil
}

// Join leads a path on to a member.
func Join(path, member string) string {
	switch {
	case path == "":
		return member
	case member == "":
		return path
	}
	return path + "." + member
}

// Within says where in a body the row is that a problem is about.
func Within(err error, path string) error {
	if p, ok := wire.AsProblem(err); ok && path != "" {
		if p.Field == "body" {
			p.Field = ""
		}
		p.Field = Join(path, p.Field)
	}
	return err
}
