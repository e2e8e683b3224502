package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Update makes a catalog of another in which objects have been added, changed or dropped,
// by reading these alone and what they decide. The other stays what it is. What reaches
// too far to be told, such as a name that others spell, has the whole schema read.
func Update(ctx context.Context, db Beginner, old *Catalog, changed Objects) (*Catalog, error) {
	var far bool
	c, err := read(ctx, db, func(r *reader) *Catalog {
		all, ok := r.related(old, changed)
		if far = !ok; far || r.err != nil {
			return nil
		}
		if r.read(all.Relations, all.Functions, all.Types); r.err != nil {
			return nil
		}
		if far = old.reaches(&r.source, changed); far {
			return nil
		}
		c := old.without(all)
		c.add(&r.source)
		c.renameTypes(old, all.Types)
		return c
	})
	if err != nil || !far {
		return c, err
	}
	return Load(ctx, db)
}

type relatedRow struct {
	Kind string
	ID   uint32
}

// related adds what is to be read with changed objects; ok is false for too much.
func (r *reader) related(old *Catalog, changed Objects) (all Objects, ok bool) {
	all = Objects{
		Relations: slices.Clone(changed.Relations), Functions: slices.Clone(changed.Functions),
		Types: slices.Clone(changed.Types), Indexes: slices.Clone(changed.Indexes),
	}
	all.sort()
	if all.many() {
		return all, false
	}
	var rows []hashed[relatedRow]
	collect(r, "related", pgx.RowToStructByPos[relatedRow], &rows, all.Relations, all.Types)
	var above []uint32
	for _, h := range rows {
		switch id := h.row.ID; h.row.Kind {
		case "r":
			all.Relations = append(all.Relations, id)
		case "a":
			above = append(above, id)
		case "t":
			all.Types = append(all.Types, id)
		}
	}
	all.sort()
	if all.many() {
		return all, false
	}
	old.own(&all, above)
	old.users(&all)
	all.sort()
	return all, !all.many()
}

// reaches reports whether rows that were read anew change what others have of them: the
// name of a function or a type, which defaults spell, or what a function may do, which
// decides the dependencies of views.
func (c *Catalog) reaches(s *source, changed Objects) bool {
	functions := make(map[uint32]functionRow, len(s.Functions))
	for _, h := range s.Functions {
		functions[h.row.OID] = h.row
	}
	for _, list := range c.functions.all {
		for _, f := range list {
			if row, ok := functions[f.ID]; ok && (row.Name != f.Name || row.Schema != f.Schema ||
				Volatility(letter(row.Volatility)) != f.Volatility || row.Native != f.native) {
				return true
			}
		}
	}
	for _, h := range s.Types {
		t := c.types[h.row.OID]
		if t != nil && t.Name != h.row.Name && slices.Contains(changed.Types, t.ID) {
			return true
		}
	}
	for _, h := range s.Relations {
		r := c.byID[h.row.OID]
		if r != nil && (r.Name != h.row.Name || r.Schema != h.row.Schema) && c.spelled(r.Name) {
			return true
		}
	}
	return false
}

// spelled reports whether a default may name a relation.
func (c *Catalog) spelled(name string) bool {
	for _, r := range c.byID {
		for _, column := range r.Columns {
			if spells(column.Default, name) {
				return true
			}
		}
	}
	return false
}

// spells reports whether a name stands in an expression, not as a part of a longer one.
func spells(expression, name string) bool {
	for {
		before, after, found := strings.Cut(expression, name)
		if !found {
			return false
		}
		if !wordy(before, len(before)-1) && !wordy(after, 0) {
			return true
		}
		expression = after
	}
}

func wordy(text string, at int) bool {
	if at < 0 || at >= len(text) {
		return false
	}
	c := text[at]
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// without is a copy that lacks some objects, and is nobody else's yet.
func (c *Catalog) without(o Objects) *Catalog {
	w := &Catalog{
		Version: c.Version - c.schemas, relations: maps.Clone(c.relations), byID: maps.Clone(c.byID),
		types: maps.Clone(c.types), typeNames: maps.Clone(c.typeNames), views: maps.Clone(c.views),
		bySchema: c.bySchema.copy(), functions: c.functions.copy(), incoming: c.incoming.copy(), depends: c.depends.copy(),
	}
	for _, id := range o.Relations {
		w.dropRelation(id)
	}
	for _, id := range o.Types {
		w.dropType(id)
	}
	w.dropFunctions(o.Functions)
	return w
}

func (c *Catalog) dropRelation(id uint32) {
	r := c.byID[id]
	if r == nil {
		return
	}
	c.Version -= r.sum
	delete(c.byID, id)
	delete(c.views, id)
	if r.Kind != Composite {
		delete(c.relations, key{r.Schema, r.Name})
		c.bySchema.remove(r.Schema, func(other *Relation) bool { return other.ID == id })
	}
	for _, fk := range r.foreign {
		c.incoming.remove(fk.To, func(other *foreignKeyRow) bool { return other.From == id })
	}
	for _, other := range r.affects {
		c.depends.remove(other, func(row dependencyRow) bool { return row.Owner == id })
	}
}

func (c *Catalog) dropType(id uint32) {
	t := c.types[id]
	if t == nil {
		return
	}
	c.Version -= t.sum
	delete(c.types, id)
	if name := strings.ToLower(t.Name); c.typeNames[name] == t {
		delete(c.typeNames, name)
	}
}

func (c *Catalog) dropFunctions(ids []uint32) {
	if len(ids) == 0 {
		return
	}
	for k, list := range c.functions.all {
		for _, f := range list {
			if slices.Contains(ids, f.ID) {
				c.Version -= f.sum
			}
		}
		c.functions.remove(k, func(f *Function) bool { return slices.Contains(ids, f.ID) })
	}
}

// renameTypes has the names that types gave up lead to others, from which they differed
// in case.
func (c *Catalog) renameTypes(old *Catalog, ids []uint32) {
	free := map[string]bool{}
	for _, id := range ids {
		if t := old.types[id]; t != nil {
			if name := strings.ToLower(t.Name); c.typeNames[name] == nil {
				free[name] = true
			}
		}
	}
	if len(free) == 0 {
		return
	}
	for _, t := range c.types {
		if free[strings.ToLower(t.Name)] {
			c.nameType(t)
		}
	}
}
