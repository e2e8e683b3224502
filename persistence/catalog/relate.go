package catalog

import "slices"

// Relationship is one way from a relation to another.
type Relationship struct {
	// Key leads from or to the relation, directly or, with Via, by a junction.
	Key *ForeignKey
	// Via is the junction's second key, whose far side is the other relation.
	Via *ForeignKey
	// Reverse says that Key starts at the other relation.
	Reverse bool
	// Many says that a row can have several related ones.
	Many bool

	unsure bool
}

// Target is the relation that the relationship leads to.
func (r Relationship) Target() *Relation {
	switch {
	case r.Via != nil:
		return r.Via.To
	case r.Reverse:
		return r.Key.From
	default:
		return r.Key.To
	}
}

// Unsure reports whether a relationship to one row may find several: a view need not
// have the key of the table that it shows.
func (r Relationship) Unsure() bool { return r.unsure }

// ToView reports whether a relationship leads to a view.
func (r Relationship) ToView() bool { return isView(r.Target()) }

func isView(r *Relation) bool { return r.Kind == View || r.Kind == MaterializedView }

// Relationships are the ways out of a relation by one foreign key: first those
// that start there, then those that lead there, then those by columns that a view
// shows.
func (c *Catalog) Relationships(a *Relation) []Relationship {
	ways := make([]Relationship, 0, len(a.foreign)+len(c.viewForeign[a.ID]))
	add := func(out, in []*ForeignKey) {
		for _, fk := range out {
			ways = append(ways, Relationship{Key: fk, unsure: isView(fk.To) && !c.uniqueOn(fk.To, fk.ToColumns)})
		}
		for _, fk := range in {
			ways = append(ways, Relationship{Key: fk, Reverse: true, Many: !c.uniqueOn(fk.From, fk.Columns)})
		}
	}
	add(c.ForeignKeys(a), c.Incoming(a))
	add(c.viewForeign[a.ID], c.viewIncoming[a.ID])
	return ways
}

// ByView reports whether a relationship leads through a view of a junction.
func (r Relationship) ByView() bool { return r.Via != nil && isView(r.Key.From) }

// Alternate reports whether a relationship is by columns that a view shows by other
// names, too, which come first.
func (r Relationship) Alternate() bool { return r.Key.alternate || r.Via != nil && r.Via.alternate }

// Junctions are the ways out of a relation through a table, or a view of one, that
// has a foreign key to it and another one, both of them part of a key of its rows.
func (c *Catalog) Junctions(a *Relation) []Relationship {
	var ways []Relationship
	for _, near := range slices.Concat(c.Incoming(a), c.viewIncoming[a.ID]) {
		for _, far := range slices.Concat(c.ForeignKeys(near.From), c.viewForeign[near.From.ID]) {
			if c.joins(near, far) {
				ways = append(ways, Relationship{Key: near, Via: far, Reverse: true, Many: true})
			}
		}
	}
	return ways
}

// joins reports whether two keys make their table a junction. A key and the same one
// as it leads to a view are not two.
func (c *Catalog) joins(near, far *ForeignKey) bool {
	both := func(key []string) bool { return contains(key, near.Columns) && contains(key, far.Columns) }
	return near.Name != far.Name &&
		(slices.ContainsFunc(near.From.Unique, func(u Unique) bool { return both(u.Columns) }) ||
			slices.ContainsFunc(c.viewKeys[near.From.ID], both))
}

// RelationsBetween are all ways from a to b: direct ones, then by junctions.
func (c *Catalog) RelationsBetween(a, b *Relation) []Relationship {
	all := append(c.Relationships(a), c.Junctions(a)...)
	return slices.DeleteFunc(all, func(r Relationship) bool { return r.Target() != b })
}

// uniqueOn reports whether no two rows can agree in all of the columns.
func (c *Catalog) uniqueOn(r *Relation, columns []string) bool {
	for _, u := range r.Unique {
		if contains(columns, u.Columns) {
			return true
		}
	}
	for _, key := range c.viewKeys[r.ID] {
		if contains(columns, key) {
			return true
		}
	}
	return false
}

func contains(set, members []string) bool {
	for _, m := range members {
		if !slices.Contains(set, m) {
			return false
		}
	}
	return true
}
