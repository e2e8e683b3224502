package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// empty is the catalog of no schema at all.
func empty() *Catalog {
	return &Catalog{
		relations: map[key]*Relation{}, byID: map[uint32]*Relation{},
		types: map[uint32]*Type{}, typeNames: map[string]*Type{}, views: map[uint32]selection{},
		bySchema: newLists[string, *Relation](), functions: newLists[key, *Function](),
		incoming: newLists[uint32, *foreignKeyRow](), depends: newLists[uint32, dependencyRow](),
	}
}

// add links what the queries gave into a catalog that nobody has seen yet.
func (c *Catalog) add(s *source) {
	c.names = map[string]string{}
	c.addSchemas(s.Schemas)
	c.addTypes(s.Types)
	c.addRelations(s.Relations)
	c.addColumns(s.Columns)
	for _, h := range s.Relations {
		c.byID[h.row.OID].index()
	}
	c.addUniques(s.Uniques)
	c.addForeignKeys(s.ForeignKeys)
	c.addFunctions(s.Functions)
	c.addDependencies(s.Dependencies)
	c.addViews(s.Views)
	c.names = nil
}

func (c *Catalog) addSchemas(rows []hashed[string]) {
	c.Schemas = make([]string, len(rows))
	c.schemas = 0
	for i, h := range rows {
		c.Schemas[i] = h.row
		c.schemas += h.sum
	}
	c.Version += c.schemas
}

func (c *Catalog) addTypes(rows []hashed[typeRow]) {
	for _, h := range rows {
		t := h.row
		typ := &Type{
			ID: t.OID, Name: t.Name, Kind: letter(t.Kind), Category: letter(t.Category),
			Element: t.Element, Base: t.Base, Relation: t.Relation, Array: t.Array, Labels: t.Labels,
			Delimiter: letter(t.Delimiter), CastToJSON: t.CastToJSON, sum: h.sum,
		}
		c.Version += h.sum
		c.types[t.OID] = typ
		c.nameType(typ)
	}
}

// nameType has a type found by its name, of several whose names differ in case the last.
func (c *Catalog) nameType(t *Type) {
	name := strings.ToLower(t.Name)
	if known := c.typeNames[name]; known == nil || known.ID <= t.ID {
		c.typeNames[name] = t
	}
}

func (c *Catalog) addRelations(rows []hashed[relationRow]) {
	for _, h := range rows {
		r := h.row
		relation := &Relation{
			ID: r.OID, Schema: r.Schema, Name: r.Name, Kind: Kind(letter(r.Kind)), Type: r.RowType,
			Triggers: r.Triggers, Rewrites: r.Rewrites, Estimate: r.Estimate, Comment: r.Comment,
		}
		c.byID[r.OID] = relation
		c.count(relation, h.sum)
		if relation.Kind == Composite {
			continue
		}
		c.relations[key{r.Schema, r.Name}] = relation
		c.bySchema.insert(r.Schema, relation, func(a, b *Relation) int { return strings.Compare(a.Name, b.Name) })
	}
}

// count adds the hash of a row to the relation that it belongs to.
func (c *Catalog) count(r *Relation, sum uint64) {
	r.sum += sum
	c.Version += sum
}

func (c *Catalog) addColumns(rows []hashed[columnRow]) {
	for _, h := range rows {
		row := h.row
		r, ok := c.byID[row.Relation]
		if !ok {
			continue
		}
		c.count(r, h.sum)
		if t, ok := c.types[row.Type]; ok && row.TypeName == "" {
			row.TypeName = t.Name
		}
		column := &Column{
			Name: c.once(row.Name), Number: row.Number, Type: row.Type, TypeName: row.TypeName,
			NotNull: row.NotNull, HasDefault: row.HasDefault, Default: row.Default,
			Generated: row.Generated, Identity: Identity(letter(row.Identity)), Comment: row.Comment,
		}
		r.Columns = append(r.Columns, column)
		if column.Type >= firstOwn {
			r.types = append(r.types, column.Type)
		}
	}
}

// firstOwn is the first number that an object gets after a cluster was made.
const firstOwn = 16384

// index has columns found by their names, where they are many.
func (r *Relation) index() {
	if len(r.Columns) <= fewColumns {
		return
	}
	r.columns = make(map[string]*Column, len(r.Columns))
	for _, column := range r.Columns {
		r.columns[column.Name] = column
	}
}

// fewColumns are looked through faster than a map of them, and take less memory.
const fewColumns = 8

// once gives equal names as one string: tables are many, names of columns are few.
func (c *Catalog) once(name string) string {
	known, ok := c.names[name]
	if !ok {
		known = name
		c.names[name] = name
	}
	return known
}

func (c *Catalog) addUniques(rows []hashed[uniqueRow]) {
	for _, h := range rows {
		row := h.row
		r, ok := c.byID[row.Relation]
		if !ok {
			continue
		}
		c.count(r, h.sum)
		columns := r.names(row.Columns)
		r.Unique = append(r.Unique, Unique{Name: row.Name, Columns: columns, Primary: row.Primary, index: row.Index})
		if row.Primary {
			r.PrimaryKey = columns
		}
	}
}

// names are those of the columns with these numbers.
func (r *Relation) names(numbers []int16) []string {
	names := make([]string, 0, len(numbers))
	for _, number := range numbers {
		if i, found := slices.BinarySearchFunc(r.Columns, number, func(c *Column, n int16) int { return int(c.Number) - int(n) }); found {
			names = append(names, r.Columns[i].Name)
		}
	}
	return names
}

func (c *Catalog) addForeignKeys(rows []hashed[foreignKeyRow]) {
	for _, h := range rows {
		from := c.byID[h.row.From]
		if from == nil {
			continue
		}
		c.count(from, h.sum)
		fk := &h.row
		from.foreign = append(from.foreign, fk)
		c.incoming.insert(fk.To, fk, func(a, b *foreignKeyRow) int {
			return cmp.Or(cmp.Compare(a.From, b.From), strings.Compare(a.Name, b.Name))
		})
	}
}

func (c *Catalog) addFunctions(rows []hashed[functionRow]) {
	for _, h := range rows {
		row := h.row
		f := &Function{
			ID: row.OID, Schema: row.Schema, Name: row.Name, Comment: row.Comment, Args: arguments(row),
			Returns: row.Returns, ReturnsName: row.ReturnsName, Set: row.Set, Single: row.Single, native: row.Native, sum: h.sum,
			Volatility: Volatility(letter(row.Volatility)), Procedure: row.Procedure, Variadic: row.Variadic,
			Aggregate: row.Aggregate,
		}
		c.Version += h.sum
		c.functions.insert(key{row.Schema, row.Name}, f, func(a, b *Function) int { return cmp.Compare(a.ID, b.ID) })
	}
	c.impure, c.handlers, c.offersMedia = map[string]bool{}, map[handled]*Function{}, false
	for _, list := range c.functions.all {
		for _, f := range list {
			c.offer(f)
			if f.Volatility != Immutable {
				c.impure[strings.ToLower(f.Name)] = true
			}
		}
	}
}

// arguments pairs up the parallel arrays of pg_proc. Defaults belong to the last
// input arguments, of which the array only tells the number.
func arguments(row functionRow) []Argument {
	args := make([]Argument, len(row.ArgTypes))
	defaults := int(row.Defaults)
	for i := range slices.Backward(row.ArgTypes) {
		a := Argument{Type: row.ArgTypes[i], TypeName: row.ArgTypeNames[i], Mode: ModeIn}
		if i < len(row.ArgNames) {
			a.Name = row.ArgNames[i]
		}
		if i < len(row.ArgModes) {
			a.Mode = Mode(letter(row.ArgModes[i]))
		}
		if a.Input() && defaults > 0 {
			a.Default = true
			defaults--
		}
		args[i] = a
	}
	return args
}
