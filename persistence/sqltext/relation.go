package sqltext

import (
	"slices"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

// way is how an embed is reached from its parent: by foreign keys, or by a
// function that takes the parent's row.
type way struct {
	catalog.Relationship
	function *catalog.Function
	target   *catalog.Relation
	many     bool
}

// relate finds the one way that an embed means.
func (b *build) relate(from *catalog.Relation, e *Embed) (way, error) {
	if err := checkName(wire.InvalidSelect, "relation", e.Relation.Table); err != nil {
		return way{}, err
	}
	if f := b.computed(from, e.Relation.Table, true); f != nil && e.Hint == "" {
		b.plan.Computed = true
		target, _ := b.rowsOf(f)
		return way{function: f, target: target, many: f.Set && !f.Single}, b.touch(target, true)
	}
	ways := b.candidates(from, e)
	switch {
	case e.Hint != "" && len(ways) == 0: // the name is the caller's own, the hint says what it is
		ways = b.candidates(from, &Embed{Relation: Name{Schema: e.Relation.Schema, Table: e.Hint}})
	case e.Hint != "":
		ways = hinted(ways, e.Hint)
	}
	ways = preferred(from, e, ways)
	if len(ways) != 1 {
		return way{}, b.unrelated(from, e, ways)
	}
	w := ways[0]
	if w.Via != nil {
		if err := b.touch(w.Key.From, true); err != nil {
			return way{}, err
		}
	}
	return way{Relationship: w, target: w.Target(), many: w.Many}, b.touch(w.Target(), true)
}

// candidates are the ways that an embed's name can mean: the table at the other
// end first, else a column of a foreign key, else a constraint, else a column that
// one refers to.
func (b *build) candidates(from *catalog.Relation, e *Embed) []catalog.Relationship {
	all := append(b.cat.Relationships(from), b.cat.Junctions(from)...)
	tests := []func(w catalog.Relationship, name string) bool{
		func(w catalog.Relationship, name string) bool {
			t := w.Target()
			return t.Name == name && b.visible(from, t, e.Relation.Schema)
		},
		func(w catalog.Relationship, name string) bool {
			return !w.Reverse && !w.ToView() && len(w.Key.Columns) == 1 && w.Key.Columns[0] == name
		},
		func(w catalog.Relationship, name string) bool {
			return w.Via == nil && !w.ToView() && w.Key.Name == name
		},
		func(w catalog.Relationship, name string) bool {
			return w.Via == nil && w.Reverse && !w.ToView() && len(w.Key.ToColumns) == 1 && w.Key.ToColumns[0] == name
		},
	}
	for _, name := range []string{e.Relation.Table, snake(e.Relation.Table)} {
		for _, test := range tests {
			if found := filter(all, func(w catalog.Relationship) bool { return test(w, name) }); len(found) > 0 {
				return found
			}
		}
	}
	return nil
}

// visible reports whether a name without a schema reaches a relation.
func (b *build) visible(from, to *catalog.Relation, schema string) bool {
	if schema != "" {
		return to.Schema == schema
	}
	return to.Schema == from.Schema || slices.Contains(b.path, to.Schema)
}

func filter(ways []catalog.Relationship, keep func(catalog.Relationship) bool) []catalog.Relationship {
	var kept []catalog.Relationship
	for _, w := range ways {
		if keep(w) {
			kept = append(kept, w)
		}
	}
	return kept
}

// hinted keeps the ways that use the constraint, column or junction of a hint, or
// else those that refer to the column.
func hinted(ways []catalog.Relationship, hint string) []catalog.Relationship {
	using := filter(ways, func(w catalog.Relationship) bool {
		if w.Via != nil {
			return w.Key.From.Name == hint || w.Via.Name == hint || w.Key.Name == hint
		}
		return w.Key.Name == hint || slices.Contains(w.Key.Columns, hint)
	})
	if len(using) > 0 {
		return using
	}
	return filter(ways, func(w catalog.Relationship) bool { return w.Via == nil && slices.Contains(w.Key.ToColumns, hint) })
}

// preferred settles what is not really ambiguous. A direct way wins over ways by
// junction, a junction over a view of one, and the first name of a column over its others
// where a view shows it more than once. Where a table refers to itself, its own name means the rows that
// refer to this one, while the name of the column or constraint means the other
// direction.
func preferred(from *catalog.Relation, e *Embed, ways []catalog.Relationship) []catalog.Relationship {
	if len(ways) < 2 {
		return ways
	}
	if direct := filter(ways, func(w catalog.Relationship) bool { return w.Via == nil }); len(direct) > 0 {
		ways = direct
	}
	for _, worse := range []func(catalog.Relationship) bool{catalog.Relationship.ByView, catalog.Relationship.Alternate} {
		if plain := filter(ways, func(w catalog.Relationship) bool { return !worse(w) }); len(plain) > 0 {
			ways = plain
		}
	}
	back := e.Relation.Table == from.Name
	return filter(ways, func(w catalog.Relationship) bool { return w.Target() != from || w.Reverse == back })
}

// unrelated says why an embed has no single meaning, and what would have one.
func (b *build) unrelated(from *catalog.Relation, e *Embed, ways []catalog.Relationship) error {
	name := e.Relation.String()
	if len(ways) > 1 {
		if err := b.allowed(nameOf(ways[0].Target()), true); err != nil {
			return err
		}
		hints := make([]string, len(ways))
		for i, w := range ways {
			hints[i] = name + "!" + describe(w)
		}
		return wire.Fail(wire.InvalidSelect, "%s is related to %s in more than one way", from.Name, clip(name)).
			At(e.Key()).WithHint("name the one you mean: %s", strings.Join(hints, ", ")).Like("PGRST201")
	}
	what := clip(name)
	if e.Hint != "" {
		what += " by " + clip(e.Hint)
	}
	p := wire.Fail(wire.InvalidSelect, "%s is not related to %s", from.Name, what).At(e.Key()).Like("PGRST200")
	names := b.related(from)
	if near, ok := catalog.Nearest(e.Relation.Table, names); ok && near != e.Relation.Table {
		return p.WithHint("did you mean %s? The relations of %s are: %s", near, from.Name, strings.Join(names, ", "))
	}
	if len(names) == 0 {
		return p.WithHint("no foreign key leads from or to %s", from.Name)
	}
	return p.WithHint("the relations of %s are: %s", from.Name, strings.Join(names, ", "))
}

func nameOf(r *catalog.Relation) Name { return Name{r.Schema, r.Name} }

// describe is the hint that selects a way among others.
func describe(w catalog.Relationship) string {
	if w.Via != nil {
		return w.Key.From.Name
	}
	return w.Key.Name
}

// related names what can be embedded, at most twenty of them.
func (b *build) related(from *catalog.Relation) []string {
	var names []string
	for _, w := range append(b.cat.Relationships(from), b.cat.Junctions(from)...) {
		t := w.Target()
		if b.allowed(nameOf(t), true) != nil {
			continue
		}
		name := t.Name
		if !b.visible(from, t, "") {
			name = t.Schema + "." + t.Name
		}
		names = append(names, name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), 20)]
}

// reachable reports whether a name could be embedded.
func (b *build) reachable(from *catalog.Relation, name string) bool {
	return len(b.candidates(from, &Embed{Relation: Name{Table: name}})) > 0
}

// source writes the FROM list of an embed's rows and the condition that ties them
// to the parent.
func (w way) source(b *build, parent, s *scope) (from, on string) {
	switch {
	case w.function != nil:
		f := w.function
		return Qualified(Name{f.Schema, f.Name}) + "(" + parent.wholeRow() + ") AS " + s.alias, "TRUE"
	case w.Via == nil:
		return table(s.rel) + " AS " + s.alias, w.tie(parent, s)
	}
	junction := &scope{rel: w.Key.From, alias: b.alias()}
	from = table(s.rel) + " AS " + s.alias + " CROSS JOIN " + table(junction.rel) + " AS " + junction.alias
	on = equal(junction, w.Via.Columns, s, w.Via.ToColumns) + " AND " +
		equal(junction, w.Key.Columns, parent, w.Key.ToColumns)
	return from, on
}

// tie is the condition of a single foreign key.
func (w way) tie(parent, s *scope) string {
	if w.Reverse {
		return equal(s, w.Key.Columns, parent, w.Key.ToColumns)
	}
	return equal(s, w.Key.ToColumns, parent, w.Key.Columns)
}

func equal(a *scope, columns []string, b *scope, others []string) string {
	parts := make([]string, len(columns))
	for i := range columns {
		parts[i] = a.column(columns[i]) + " = " + b.column(others[i])
	}
	return strings.Join(parts, " AND ")
}

// anchor is a column of a joined row that is never null where there is a row.
func (w way) anchor(s *scope) string {
	if w.Reverse {
		return s.column(w.Key.Columns[0])
	}
	return s.column(w.Key.ToColumns[0])
}

// exists writes the condition that an embed has a row, which also meets whatever
// extra asks for.
func (b *build) exists(parent *scope, e *Embed, extra func(*scope) (string, error)) (string, error) {
	w, err := b.relate(parent.rel, e)
	if err != nil {
		return "", err
	}
	s := b.scope(w.target, e.Read.Items)
	from, on := w.source(b, parent, s)
	conds, err := b.narrowing(s, &e.Read)
	if err != nil {
		return "", err
	}
	if extra != nil {
		sql, err := extra(s)
		if err != nil {
			return "", err
		}
		conds = append(conds, sql)
	}
	return "EXISTS (SELECT FROM " + from + " WHERE " + strings.Join(append([]string{on}, conds...), " AND ") + ")", nil
}

// narrowing are the conditions of a read: its own, and that each inner embed has
// a row.
func (b *build) narrowing(s *scope, r *Read) ([]string, error) {
	var conds []string
	if r.Where != nil {
		sql, err := b.where(s, r.Where)
		if err != nil {
			return nil, err
		}
		conds = append(conds, sql)
	}
	if r.Seek != nil && len(r.Seek.After) > 0 {
		sql, err := b.beyond(s, r)
		if err != nil {
			return nil, err
		}
		conds = append(conds, sql)
	}
	for _, item := range r.Items {
		e, ok := item.(*Embed)
		if !ok || !e.Inner {
			continue
		}
		sql, err := b.exists(s, e, nil)
		if err != nil {
			return nil, err
		}
		conds = append(conds, sql)
	}
	return conds, nil
}
