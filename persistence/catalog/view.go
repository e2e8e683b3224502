package catalog

import "slices"

// maxViewDepth bounds how many views may stand on one another.
const maxViewDepth = 32

// viewer finds out what columns of views really are.
type viewer struct {
	*Catalog
	views map[uint32]selection
}

// addViews gives views the foreign keys of the columns that they show unchanged, and
// leads the keys of tables to the views of what they refer to.
func (c *Catalog) addViews(rows []viewRow) {
	v := viewer{c, make(map[uint32]selection, len(rows))}
	for _, row := range rows {
		v.views[row.View] = parseSelection(row.Action)
	}
	showing := make(map[uint32][]*exposure)
	shown := make(map[uint32][]*exposure)
	for _, row := range rows {
		if r := c.byID[row.View]; r != nil {
			shown[r.ID] = v.expose(r)
			for _, e := range shown[r.ID] {
				showing[e.base.ID] = append(showing[e.base.ID], e)
			}
			r.viewKeys = v.keysOf(r, 0)
		}
	}
	for _, row := range rows {
		for _, e := range shown[row.View] {
			c.lead(e, showing)
		}
	}
	for _, schema := range c.Schemas {
		for _, r := range c.bySchema[schema] {
			for _, fk := range r.ForeignKeys {
				c.leadTo(r, fk.Columns, fk, showing)
			}
		}
	}
}

// exposure is a view with the names that it gives the columns of a table.
type exposure struct {
	view, base *Relation
	names      map[string]string
}

// expose finds which tables' columns a view shows.
func (v *viewer) expose(view *Relation) []*exposure {
	var all []*exposure
	for _, column := range view.Columns {
		base, name := v.base(view.ID, column.Number, 0)
		if base == nil {
			continue
		}
		i := slices.IndexFunc(all, func(e *exposure) bool { return e.base == base })
		if i < 0 {
			i = len(all)
			all = append(all, &exposure{view: view, base: base, names: map[string]string{}})
		}
		if _, ok := all[i].names[name]; !ok {
			all[i].names[name] = column.Name
		}
	}
	return all
}

// base is the column of a table that a view's column shows unchanged.
func (v *viewer) base(view uint32, column int16, depth int) (*Relation, string) {
	o, ok := v.views[view].columns[column]
	if !ok || depth > maxViewDepth {
		return nil, ""
	}
	if _, ok := v.views[o.relation]; ok {
		return v.base(o.relation, o.column, depth+1)
	}
	r := v.byID[o.relation]
	if r == nil {
		return nil, ""
	}
	for _, c := range r.Columns {
		if c.Number == o.column {
			return r, c.Name
		}
	}
	return nil, ""
}

// keysOf are the sets of columns in which no two rows of a view agree: those of the
// only relation that it reads.
func (v *viewer) keysOf(r *Relation, depth int) [][]string {
	s, ok := v.views[r.ID]
	if !ok {
		keys := make([][]string, len(r.Unique))
		for i, u := range r.Unique {
			keys[i] = u.Columns
		}
		return keys
	}
	only := v.byID[s.only]
	if only == nil || depth > maxViewDepth {
		return nil
	}
	names := map[string]string{}
	for _, c := range r.Columns {
		o := s.columns[c.Number]
		for _, below := range only.Columns {
			if o == (origin{only.ID, below.Number}) {
				names[below.Name] = c.Name
			}
		}
	}
	var keys [][]string
	for _, key := range v.keysOf(only, depth+1) {
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
	for _, fk := range e.base.ForeignKeys {
		if columns, ok := rename(fk.Columns, e.names); ok {
			c.derive(&ForeignKey{Name: fk.Name, From: e.view, Columns: columns, To: fk.To, ToColumns: fk.ToColumns})
			c.leadTo(e.view, columns, fk, showing)
		}
	}
}

// leadTo leads a key to the views of the table that it refers to.
func (c *Catalog) leadTo(from *Relation, columns []string, fk *ForeignKey, showing map[uint32][]*exposure) {
	for _, e := range showing[fk.To.ID] {
		if to, ok := rename(fk.ToColumns, e.names); ok {
			c.derive(&ForeignKey{Name: fk.Name, From: from, Columns: columns, To: e.view, ToColumns: to})
		}
	}
}

func (c *Catalog) derive(fk *ForeignKey) {
	fk.From.viewForeign = append(fk.From.viewForeign, fk)
	c.viewIncoming[fk.To.ID] = append(c.viewIncoming[fk.To.ID], fk)
}
