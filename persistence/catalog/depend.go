package catalog

import (
	"cmp"
	"slices"
	"strings"

	"athena/persistence"
)

// dependencies are what rows of a relation depend on, and what writing them does,
// beyond the relation itself.
type dependencies struct {
	reads, children []uint32
	// opaque says that the rows may change without any write; spreads that a write
	// goes on to other relations.
	opaque, spreads bool
}

type dependencyRow struct {
	Relation, Other uint32
	Kind            string
	Owner           uint32
}

func (c *Catalog) addDependencies(rows []hashed[dependencyRow]) {
	for _, h := range rows {
		owner := c.byID[h.row.Owner]
		if owner == nil {
			continue
		}
		c.count(owner, h.sum)
		if !slices.Contains(owner.affects, h.row.Relation) {
			owner.affects = append(owner.affects, h.row.Relation)
		}
		c.depends.insert(h.row.Relation, h.row, func(a, b dependencyRow) int {
			return cmp.Or(strings.Compare(a.Kind, b.Kind), cmp.Compare(a.Other, b.Other), cmp.Compare(a.Owner, b.Owner))
		})
	}
}

// dependsOn gathers the dependencies of a relation.
func (c *Catalog) dependsOn(id uint32) (d dependencies) {
	for _, row := range c.depends.all[id] {
		switch letter(row.Kind) {
		case 'r':
			d.reads = append(d.reads, row.Other)
		case 'c':
			d.children = append(d.children, row.Other)
		case 'o':
			d.opaque = true
		case 'w':
			d.spreads = true
		}
	}
	return d
}

// Sources are the tables whose rows decide what a read of a relation gives: itself,
// its children, and what views and policies read behind it. They are not known
// where more than tables decides: functions that may give something else each time,
// foreign tables, the system's own relations and Athena's, which it writes itself.
func (c *Catalog) Sources(r *Relation) (ids []uint32, known bool) {
	known = c.walk(r.ID, &ids, func(r *Relation, d dependencies) ([]uint32, bool) {
		if r.Kind == ForeignTable || internal(r.Schema) {
			return nil, false
		}
		return slices.Concat(d.reads, d.children), !d.opaque
	})
	return ids, known
}

// Targets are the tables that a write to a relation may change: itself and its
// children. They are not known where triggers, rules or keys take a write further.
func (c *Catalog) Targets(r *Relation) (ids []uint32, known bool) {
	known = c.walk(r.ID, &ids, func(r *Relation, d dependencies) ([]uint32, bool) {
		if r.Triggers || r.Kind == View {
			return nil, false
		}
		return d.children, !d.spreads
	})
	return ids, known
}

// Impure reports whether a function of this name, in any schema and any case, may do
// more than compute a value.
func (c *Catalog) Impure(name string) bool { return c.impure[strings.ToLower(name)] }

// walk collects relations from one on, each once.
func (c *Catalog) walk(id uint32, ids *[]uint32, next func(*Relation, dependencies) ([]uint32, bool)) bool {
	if slices.Contains(*ids, id) {
		return true
	}
	r, ok := c.byID[id]
	if !ok {
		return false
	}
	*ids = append(*ids, id)
	more, known := next(r, c.dependsOn(id))
	if !known {
		return false
	}
	for _, other := range more {
		if !c.walk(other, ids, next) {
			return false
		}
	}
	return true
}

// internal reports whether a schema's rows change by other ways than requests.
func internal(schema string) bool {
	return schema == "pg_catalog" || schema == "information_schema" || slices.Contains(persistence.OwnSchemas, schema)
}
