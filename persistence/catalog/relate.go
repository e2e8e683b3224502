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

// Relationships are the ways out of a relation by one foreign key: first those
// that start there, then those that lead there.
func (c *Catalog) Relationships(a *Relation) []Relationship {
	var ways []Relationship
	for _, fk := range a.ForeignKeys {
		ways = append(ways, Relationship{Key: fk})
	}
	for _, fk := range c.incoming[a.ID] {
		ways = append(ways, Relationship{Key: fk, Reverse: true, Many: !fk.From.UniqueOn(fk.Columns)})
	}
	return ways
}

// Junctions are the ways out of a relation through a table that has a foreign
// key to it and another one, both of them part of the table's primary key.
func (c *Catalog) Junctions(a *Relation) []Relationship {
	var ways []Relationship
	for _, near := range c.incoming[a.ID] {
		for _, far := range near.From.ForeignKeys {
			if far != near && joins(near, far) {
				ways = append(ways, Relationship{Key: near, Via: far, Reverse: true, Many: true})
			}
		}
	}
	return ways
}

// joins reports whether two keys make their table a junction.
func joins(near, far *ForeignKey) bool {
	for _, u := range near.From.Unique {
		if contains(u.Columns, near.Columns) && contains(u.Columns, far.Columns) {
			return true
		}
	}
	return false
}

// RelationsBetween are all ways from a to b: direct ones, then by junctions.
func (c *Catalog) RelationsBetween(a, b *Relation) []Relationship {
	all := append(c.Relationships(a), c.Junctions(a)...)
	return slices.DeleteFunc(all, func(r Relationship) bool { return r.Target() != b })
}

// UniqueOn reports whether no two rows can agree in all of the columns.
func (r *Relation) UniqueOn(columns []string) bool {
	for _, u := range r.Unique {
		if contains(columns, u.Columns) {
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
