package catalog

import (
	"maps"
	"slices"
)

// Whole is all that a catalog tells, in an order of its own, to be compared.
func (c *Catalog) Whole() map[string]any {
	ways := map[string][]Relationship{}
	relations := map[string]*Relation{}
	sources, targets := map[string][]uint32{}, map[string][]uint32{}
	for _, r := range c.byID {
		if internal(r.Schema) {
			continue
		}
		name := r.Schema + "." + r.Name
		shallow := *r
		shallow.foreign, shallow.affects, shallow.Estimate = nil, nil, 0
		relations[name] = &shallow
		for _, w := range append(c.Relationships(r), c.Junctions(r)...) {
			w.Key = named(w.Key)
			if w.Via != nil {
				w.Via = named(w.Via)
			}
			ways[name] = append(ways[name], w)
		}
		if ids, known := c.Sources(r); known {
			sources[name] = slices.Sorted(slices.Values(ids))
		}
		if ids, known := c.Targets(r); known {
			targets[name] = slices.Sorted(slices.Values(ids))
		}
	}
	listed := map[string][]string{}
	for schema, list := range c.bySchema.all {
		for _, r := range list {
			listed[schema] = append(listed[schema], r.Name)
		}
	}
	named := map[string]uint32{}
	for name, t := range c.typeNames {
		named[name] = t.ID
	}
	handlers := map[handled]string{}
	for h, f := range c.handlers {
		handlers[h] = f.Schema + "." + f.Name
	}
	return map[string]any{
		"handlers": handlers, "offers media": c.offersMedia,
		"version": c.Version, "schemas": c.Schemas, "relations": relations, "ways": ways, "sources": sources, "targets": targets,
		"listed": listed, "found": slices.Sorted(maps.Keys(c.found())), "functions": c.functions.all, "types": c.types,
		"type names": named, "impure": c.impure, "incoming": c.incoming.all, "depends": c.depends.all, "views": c.views, "view keys": c.viewKeys, "view primary": c.viewPrimary,
	}
}

// found are the names that tables are found by.
func (c *Catalog) found() map[string]bool {
	names := map[string]bool{}
	for k, r := range c.relations {
		names[k.schema+"."+k.name+" "+r.Schema+"."+r.Name] = true
	}
	return names
}

// named is a key whose relations are told by their names alone.
func named(k *ForeignKey) *ForeignKey {
	short := *k
	short.From = &Relation{Schema: k.From.Schema, Name: k.From.Name}
	short.To = &Relation{Schema: k.To.Schema, Name: k.To.Name}
	return &short
}
