package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// maxObjects is how many objects are read one by one; more are read with all others.
const maxObjects = 2000

// Objects are some of the objects of a database, by their numbers.
type Objects struct {
	Relations, Functions, Types, Indexes []uint32
}

// ParseObjects reads what a database tells of a change of its schema: numbers after the
// letter of their kind (r, f, t and i as the fields of Objects stand), "-" for a change
// of no object. Whatever else it is, anything may have changed, and ok is false.
func ParseObjects(told string) (o Objects, ok bool) {
	if told == "-" {
		return o, true
	}
	for word := range strings.SplitSeq(told, " ") {
		if word == "" {
			return Objects{}, false
		}
		id, err := strconv.ParseUint(word[1:], 10, 32)
		list := o.kind(word[0])
		if err != nil || list == nil {
			return Objects{}, false
		}
		*list = append(*list, uint32(id))
	}
	return o, true
}

func (o *Objects) kind(letter byte) *[]uint32 {
	switch letter {
	case 'r':
		return &o.Relations
	case 'f':
		return &o.Functions
	case 't':
		return &o.Types
	case 'i':
		return &o.Indexes
	}
	return nil
}

// Add adds other objects.
func (o *Objects) Add(more Objects) {
	o.Relations = append(o.Relations, more.Relations...)
	o.Functions = append(o.Functions, more.Functions...)
	o.Types = append(o.Types, more.Types...)
	o.Indexes = append(o.Indexes, more.Indexes...)
}

func (o *Objects) sort() {
	for _, ids := range []*[]uint32{&o.Relations, &o.Functions, &o.Types, &o.Indexes} {
		slices.Sort(*ids)
		*ids = slices.Compact(*ids)
		if *ids == nil {
			*ids = []uint32{} // which asks for none, not for all
		}
	}
}

func (o *Objects) many() bool {
	return len(o.Relations)+len(o.Functions)+len(o.Types)+len(o.Indexes) > maxObjects
}

// own adds what belongs to changed objects in this schema: the tables of indexes, the
// types of rows and of arrays, and the tables whose keys lead to one of which a changed
// one is, or was, a part.
func (c *Catalog) own(o *Objects, above []uint32) {
	if len(o.Indexes) > 0 {
		for id, r := range c.byID {
			if slices.ContainsFunc(r.Unique, func(u Unique) bool { return slices.Contains(o.Indexes, u.index) }) {
				o.Relations = append(o.Relations, id)
			}
		}
	}
	for _, id := range o.Types {
		if t := c.types[id]; t != nil && t.Relation != 0 {
			o.Relations = append(o.Relations, t.Relation)
		}
	}
	for _, id := range o.Relations {
		if r := c.byID[id]; r != nil {
			o.Types = append(o.Types, r.Type)
			above = append(above, c.above(id)...)
		}
	}
	for _, id := range above {
		for _, fk := range c.incoming.all[id] {
			o.Relations = append(o.Relations, fk.From)
		}
	}
	for _, id := range slices.Clone(o.Types) {
		if t := c.types[id]; t != nil && t.Array != 0 {
			o.Types = append(o.Types, t.Array)
		}
	}
}

// above are the relations of which one is a child, or a child's.
func (c *Catalog) above(id uint32) (ids []uint32) {
	next := []uint32{id}
	for len(next) > 0 {
		r := c.byID[next[0]]
		child := next[0]
		next = next[1:]
		if r == nil {
			continue
		}
		for _, parent := range r.affects {
			if parent != child && !slices.Contains(ids, parent) && slices.Contains(c.dependsOn(parent).children, child) {
				ids, next = append(ids, parent), append(next, parent)
			}
		}
	}
	return ids
}

// users adds what spells the name of a changed type, or takes its default from it.
func (c *Catalog) users(o *Objects) {
	if len(o.Types) == 0 {
		return
	}
	changed := make(map[uint32]bool, len(o.Types))
	for _, id := range o.Types {
		changed[id] = true
	}
	for id, r := range c.byID {
		if slices.ContainsFunc(r.types, func(id uint32) bool { return changed[id] }) {
			o.Relations = append(o.Relations, id)
		}
	}
	for _, list := range c.functions.all {
		for _, f := range list {
			if changed[f.Returns] || slices.ContainsFunc(f.Args, func(a Argument) bool { return changed[a.Type] }) {
				o.Functions = append(o.Functions, f.ID)
			}
		}
	}
}
