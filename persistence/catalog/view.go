package catalog

import (
	"maps"
	"slices"
)

// maxViewDepth bounds how many views may stand on one another.
const maxViewDepth = 32

// addViews adds what views select, and then gives all views the foreign keys of the
// columns that they show unchanged, and leads the keys of tables to the views of what
// they refer to.
func (c *Catalog) addViews(rows []hashed[viewRow]) {
	for _, h := range rows {
		if r := c.byID[h.row.View]; r != nil {
			c.count(r, h.sum)
			c.views[r.ID] = parseSelection(h.row.Action)
		}
	}
	c.viewForeign, c.viewIncoming, c.viewKeys = map[uint32][]*ForeignKey{}, map[uint32][]*ForeignKey{}, map[uint32][][]string{}
	if len(c.views) == 0 {
		return
	}
	c.viewPrimary = map[uint32][]string{}
	views := slices.Sorted(maps.Keys(c.views))
	showing := make(map[uint32][]*exposure)
	shown := make(map[uint32][]*exposure)
	for _, id := range views {
		r := c.byID[id]
		shown[id] = c.expose(r)
		for _, e := range shown[id] {
			showing[e.base.ID] = append(showing[e.base.ID], e)
			if key, ok := rename(e.base.PrimaryKey, e.names); ok {
				c.viewPrimary[id] = append(c.viewPrimary[id], key...)
			}
		}
		c.viewKeys[id] = c.keysOf(r, 0)
	}
	for _, id := range views {
		for _, e := range shown[id] {
			c.lead(e, showing)
		}
	}
	for _, schema := range c.Schemas {
		for _, r := range c.bySchema.all[schema] {
			c.leadFrom(r, showing)
		}
	}
}

// Key names the columns that address one row of a relation: its primary key, or, for a
// view, those of the tables whose whole primary key it shows.
func (c *Catalog) Key(r *Relation) []string {
	if len(r.PrimaryKey) > 0 {
		return r.PrimaryKey
	}
	return c.viewPrimary[r.ID]
}

// leadFrom leads the keys of a relation to the views of what they refer to.
func (c *Catalog) leadFrom(r *Relation, showing map[uint32][]*exposure) {
	for _, row := range r.foreign {
		if row.Inherited || len(showing[row.To]) == 0 {
			continue
		}
		for _, fk := range c.keys([]*foreignKeyRow{row}) {
			c.leadTo(fk, showing)
		}
	}
}

// exposure is a view with the names that it gives the columns of a table, and the
// other names of those that it shows more than once.
type exposure struct {
	view, base *Relation
	names      map[string]string
	others     map[string][]string
}

// maxRenamings bounds the names that one list of columns has in a view.
const maxRenamings = 16

// renamings are the lists of names that columns have in the view, the first one of
// their first names; none where one is not shown.
func (e *exposure) renamings(columns []string) [][]string {
	all := [][]string{nil}
	for _, name := range columns {
		first, ok := e.names[name]
		if !ok {
			return nil
		}
		var longer [][]string
		for _, head := range all {
			for _, shown := range append([]string{first}, e.others[name]...) {
				longer = append(longer, append(slices.Clone(head), shown))
			}
		}
		all = longer[:min(len(longer), maxRenamings)]
	}
	return all
}

// expose finds which tables' columns a view shows.
func (c *Catalog) expose(view *Relation) []*exposure {
	var all []*exposure
	for _, column := range view.Columns {
		base, name := c.base(view.ID, column.Number, 0)
		if base == nil {
			continue
		}
		i := slices.IndexFunc(all, func(e *exposure) bool { return e.base == base })
		if i < 0 {
			i = len(all)
			all = append(all, &exposure{view: view, base: base, names: map[string]string{}, others: map[string][]string{}})
		}
		if _, ok := all[i].names[name]; ok {
			all[i].others[name] = append(all[i].others[name], column.Name)
		} else {
			all[i].names[name] = column.Name
		}
	}
	return all
}

// base is the column of a table that a view's column shows unchanged.
func (c *Catalog) base(view uint32, column int16, depth int) (*Relation, string) {
	o, ok := c.views[view].columns[column]
	if !ok || depth > maxViewDepth {
		return nil, ""
	}
	if _, ok := c.views[o.relation]; ok {
		return c.base(o.relation, o.column, depth+1)
	}
	r := c.byID[o.relation]
	if r == nil {
		return nil, ""
	}
	for _, column := range r.Columns {
		if column.Number == o.column {
			return r, column.Name
		}
	}
	return nil, ""
}

// keysOf are the sets of columns in which no two rows of a view agree: those of the
// only relation that it reads.
func (c *Catalog) keysOf(r *Relation, depth int) [][]string {
	s, ok := c.views[r.ID]
	if !ok {
		keys := make([][]string, len(r.Unique))
		for i, u := range r.Unique {
			keys[i] = u.Columns
		}
		return keys
	}
	only := c.byID[s.only]
	if only == nil || depth > maxViewDepth {
		return nil
	}
	names := map[string]string{}
	for _, column := range r.Columns {
		o := s.columns[column.Number]
		for _, below := range only.Columns {
			if o == (origin{only.ID, below.Number}) {
				names[below.Name] = column.Name
			}
		}
	}
	var keys [][]string
	for _, key := range c.keysOf(only, depth+1) {
		if renamed, ok := rename(key, names); ok {
			keys = append(keys, renamed)
		}
	}
	return keys
}

func rename(columns []string, names map[string]string) ([]string, bool) {
	out := make([]string, len(columns))
	for i, name := range columns {
		shown, ok := names[name]
		if !ok {
			return nil, false
		}
		out[i] = shown
	}
	return out, true
}

// lead gives a view the foreign keys of a table whose columns it shows.
func (c *Catalog) lead(e *exposure, showing map[uint32][]*exposure) {
	for _, fk := range c.ForeignKeys(e.base) {
		for i, columns := range e.renamings(fk.Columns) {
			shown := &ForeignKey{Name: fk.Name, From: e.view, Columns: columns, To: fk.To, ToColumns: fk.ToColumns, alternate: i > 0}
			c.derive(shown)
			c.leadTo(shown, showing)
		}
	}
}

// leadTo leads a key to the views of the table that it refers to.
func (c *Catalog) leadTo(fk *ForeignKey, showing map[uint32][]*exposure) {
	for _, e := range showing[fk.To.ID] {
		for i, to := range e.renamings(fk.ToColumns) {
			c.derive(&ForeignKey{Name: fk.Name, From: fk.From, Columns: fk.Columns, To: e.view, ToColumns: to, alternate: fk.alternate || i > 0})
		}
	}
}

func (c *Catalog) derive(fk *ForeignKey) {
	c.viewForeign[fk.From.ID] = append(c.viewForeign[fk.From.ID], fk)
	c.viewIncoming[fk.To.ID] = append(c.viewIncoming[fk.To.ID], fk)
}
