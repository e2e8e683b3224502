package catalog

import (
	"slices"
	"strings"
)

// build links what the queries gave into a catalog.
func (s *source) build(version uint64) *Catalog {
	c := &Catalog{
		Schemas:   s.Schemas,
		Version:   version,
		relations: make(map[key]*Relation, len(s.Relations)),
		byID:      make(map[uint32]*Relation, len(s.Relations)),
		bySchema:  make(map[string][]*Relation),
		functions: make(map[key][]*Function, len(s.Functions)),
		types:     make(map[uint32]*Type, len(s.Types)),
		typeNames: make(map[string]*Type, len(s.Types)),
		incoming:  make(map[uint32][]*ForeignKey),
		names:     make(map[string]string),

		viewIncoming: make(map[uint32][]*ForeignKey),
		depends:      make(map[uint32]*dependencies),
		impure:       make(map[string]bool),
	}
	c.addTypes(s.Types)
	c.addRelations(s.Relations)
	c.addColumns(s.Columns)
	c.addUniques(s.Uniques)
	c.addForeignKeys(s.ForeignKeys)
	c.addFunctions(s.Functions)
	c.addViews(s.Views)
	c.addDependencies(s.Dependencies)
	c.names = nil
	return c
}

func (c *Catalog) addTypes(rows []typeRow) {
	for _, t := range rows {
		typ := &Type{
			ID: t.OID, Name: t.Name, Kind: letter(t.Kind), Category: letter(t.Category),
			Element: t.Element, Base: t.Base, Relation: t.Relation, Array: t.Array, Labels: t.Labels,
			Delimiter: letter(t.Delimiter), CastToJSON: t.CastToJSON,
		}
		c.types[t.OID] = typ
		c.typeNames[strings.ToLower(t.Name)] = typ
	}
}

func (c *Catalog) addRelations(rows []relationRow) {
	for _, r := range rows {
		relation := &Relation{
			ID: r.OID, Schema: r.Schema, Name: r.Name, Kind: Kind(letter(r.Kind)), Type: r.RowType,
			Triggers: r.Triggers, Rewrites: r.Rewrites, Estimate: r.Estimate, Comment: r.Comment,
		}
		c.byID[r.OID] = relation
		if relation.Kind == Composite {
			continue
		}
		c.relations[key{r.Schema, r.Name}] = relation
		c.bySchema[r.Schema] = append(c.bySchema[r.Schema], relation)
	}
}

func (c *Catalog) addColumns(rows []columnRow) {
	for _, row := range rows {
		r, ok := c.byID[row.Relation]
		if !ok {
			continue
		}
		if t, ok := c.types[row.Type]; ok && row.TypeName == "" {
			row.TypeName = t.Name
		}
		column := &Column{
			Name: c.once(row.Name), Number: row.Number, Type: row.Type, TypeName: row.TypeName,
			NotNull: row.NotNull, HasDefault: row.HasDefault, Default: row.Default,
			Generated: row.Generated, Identity: Identity(letter(row.Identity)), Comment: row.Comment,
		}
		r.Columns = append(r.Columns, column)
	}
	for _, r := range c.byID {
		if len(r.Columns) <= fewColumns {
			continue
		}
		r.columns = make(map[string]*Column, len(r.Columns))
		for _, column := range r.Columns {
			r.columns[column.Name] = column
		}
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

func (c *Catalog) addUniques(rows []uniqueRow) {
	for _, row := range rows {
		r, ok := c.byID[row.Relation]
		if !ok {
			continue
		}
		columns := r.names(row.Columns)
		r.Unique = append(r.Unique, Unique{Name: row.Name, Columns: columns, Primary: row.Primary})
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

func (c *Catalog) addForeignKeys(rows []foreignKeyRow) {
	for _, row := range rows {
		from, to := c.byID[row.From], c.byID[row.To]
		if from == nil || to == nil {
			continue
		}
		fk := &ForeignKey{Name: row.Name, From: from, Columns: from.names(row.Columns), To: to, ToColumns: to.names(row.ToColumns)}
		from.ForeignKeys = append(from.ForeignKeys, fk)
		c.incoming[to.ID] = append(c.incoming[to.ID], fk)
	}
}

func (c *Catalog) addFunctions(rows []functionRow) {
	for _, row := range rows {
		f := &Function{
			ID: row.OID, Schema: row.Schema, Name: row.Name, Comment: row.Comment, Args: arguments(row),
			Returns: row.Returns, ReturnsName: row.ReturnsName, Set: row.Set, Single: row.Single,
			Volatility: Volatility(letter(row.Volatility)), Procedure: row.Procedure, Variadic: row.Variadic,
		}
		if f.Volatility != Immutable {
			c.impure[strings.ToLower(f.Name)] = true
		}
		k := key{row.Schema, row.Name}
		c.functions[k] = append(c.functions[k], f)
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
