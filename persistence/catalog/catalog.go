// Package catalog holds the schema of a tenant's database as a value: relations
// with their columns and keys, functions, enum labels and types.
//
// A Catalog is read whole, in a few queries, and never changes afterwards: whoever
// holds one sees the same schema for as long as they hold it, from any number of
// goroutines. Noticing that the schema has moved on is the caller's business: Load
// reads a new one, and Update makes one of another that differs in what changed.
// Version tells whether anything did.
package catalog

import (
	"slices"
	"strings"
)

// Catalog is the schema of one database at one moment.
type Catalog struct {
	// Schemas are the names of the schemas that callers can reach, sorted.
	Schemas []string
	// Version is the same for two catalogs that hold the same schema.
	Version uint64

	relations map[key]*Relation
	byID      map[uint32]*Relation
	types     map[uint32]*Type
	typeNames map[string]*Type
	// views are what views select.
	views map[uint32]selection

	bySchema  lists[string, *Relation]      // by name
	functions lists[key, *Function]         // by number
	incoming  lists[uint32, *foreignKeyRow] // by the relation that they lead to
	depends   lists[uint32, dependencyRow]  // by relation

	// What follows is worked out anew whenever something has changed.

	// viewForeign are the foreign keys that start at a relation and in which a view
	// takes part, for columns that it shows unchanged, viewIncoming those that lead
	// there; viewKeys tell a view's rows apart.
	viewForeign, viewIncoming map[uint32][]*ForeignKey
	viewKeys                  map[uint32][][]string
	// viewPrimary are the columns by which a row of a view is addressed.
	viewPrimary map[uint32][]string
	// impure are the names of functions that may do more than compute a value.
	impure map[string]bool
	// handlers are the aggregates that write rows, by what they take and give, and
	// offersMedia says that there are such, or functions with a media type.
	handlers    map[handled]*Function
	offersMedia bool
	// names are those of columns while the catalog is built.
	names map[string]string
	// schemas is the sum of their rows.
	schemas uint64
}

// key names an object within the database.
type key struct{ schema, name string }

// Kind tells what a relation is.
type Kind byte

// The kinds of relations, by PostgreSQL's letters.
const (
	Table            Kind = 'r'
	View             Kind = 'v'
	MaterializedView Kind = 'm'
	PartitionedTable Kind = 'p'
	ForeignTable     Kind = 'f'
	// Composite is a type of its own, which functions return; it is found by its
	// OID alone.
	Composite Kind = 'c'
)

// Relation is a table or something that can be read like one.
type Relation struct {
	ID      uint32
	Schema  string
	Name    string
	Kind    Kind
	Comment string
	// Type is the relation's row type.
	Type uint32
	// Columns stand in the table's order.
	Columns []*Column
	// PrimaryKey names its columns in the key's order; a relation without has
	// none.
	PrimaryKey []string
	// Unique holds the columns of each unique constraint and unique index that
	// covers all rows, the primary key among them.
	Unique []Unique
	// Triggers says that a write does more than a plain table's write would:
	// triggers of a user, or rules.
	Triggers bool
	// Rewrites says that triggers or rules may store another row than an insert gives.
	Rewrites bool
	// Estimate is the planner's idea of the number of rows, -1 where it has none.
	Estimate float64

	// columns are by their names, where they are many.
	columns map[string]*Column
	// types are those of the columns that are no built-in ones.
	types []uint32
	// foreign are the foreign keys that start here.
	foreign []*foreignKeyRow
	// affects are the relations among whose dependencies are some of this one.
	affects []uint32
	// sum is of the rows that this was made of.
	sum uint64
}

// Column is one column of a relation.
type Column struct {
	Name string
	// Number is its attribute number.
	Number int16
	// Type is the OID of its type, and TypeName how SQL spells it, schema and
	// modifier included.
	Type     uint32
	TypeName string
	NotNull  bool
	// HasDefault says that the column fills itself when a row does not mention
	// it; Default is the expression, with every name qualified.
	HasDefault bool
	Default    string
	// Generated columns refuse any value, and so does an identity that is Always.
	Generated bool
	Identity  Identity
	Comment   string
}

// Identity tells how an identity column is filled.
type Identity byte

// The kinds of identity columns.
const (
	NoIdentity Identity = 0
	Always     Identity = 'a'
	ByDefault  Identity = 'd'
)

// Unique is a set of columns of which no two rows have the same values.
type Unique struct {
	Name    string
	Columns []string
	Primary bool

	index uint32
}

// ForeignKey leads from columns of one relation to a key of another.
type ForeignKey struct {
	Name string
	From *Relation
	// Columns of From match ToColumns of To, pair by pair.
	Columns   []string
	To        *Relation
	ToColumns []string

	// alternate says that a view shows the columns by other names, too, before these.
	alternate bool
}

// Function is a function or procedure that callers can name.
type Function struct {
	ID      uint32
	Schema  string
	Name    string
	Comment string
	Args    []Argument
	// Returns is the OID of the result's type, and ReturnsName its spelling.
	Returns     uint32
	ReturnsName string
	// Set says that it returns rows rather than one value.
	Set bool
	// Single says that it is declared to return one row (ROWS 1), so that what it
	// computes for a row is a to-one relation.
	Single     bool
	Volatility Volatility
	Procedure  bool
	Variadic   bool
	// Aggregate says that it writes rows in a media type and cannot be called.
	Aggregate bool

	// native says that its code is no SQL.
	native bool
	sum    uint64
}

// Argument is one parameter of a function.
type Argument struct {
	Name     string
	Type     uint32
	TypeName string
	Mode     Mode
	Default  bool
}

// Mode is the direction of an argument.
type Mode byte

// The modes of arguments, by PostgreSQL's letters.
const (
	ModeIn       Mode = 'i'
	ModeOut      Mode = 'o'
	ModeInOut    Mode = 'b'
	ModeVariadic Mode = 'v'
	ModeTable    Mode = 't'
)

// Input reports whether a caller gives the argument.
func (a *Argument) Input() bool { return a.Mode != ModeOut && a.Mode != ModeTable }

// Volatility tells what a function may do.
type Volatility byte

// The degrees of volatility.
const (
	Immutable Volatility = 'i'
	Stable    Volatility = 's'
	Volatile  Volatility = 'v'
)

// Type is a data type.
type Type struct {
	ID uint32
	// Name is how SQL spells it.
	Name string
	// Kind is PostgreSQL's letter: b base, c composite, d domain, e enum,
	// p pseudo, r range, m multirange.
	Kind byte
	// Category is PostgreSQL's letter for its family, such as A for arrays.
	Category byte
	// Element is the type of an array's members, and Base what a domain is made
	// of; zero otherwise.
	Element, Base uint32
	// Relation is the relation whose rows a composite type describes.
	Relation uint32
	// Array is the type of arrays of it, zero for none.
	Array uint32
	// Delimiter stands between the members of its arrays' text.
	Delimiter byte
	// CastToJSON says that a function makes its JSON.
	CastToJSON bool
	// Labels are the values of an enum, in order.
	Labels []string

	sum uint64
}

// Table finds a relation by its full name.
func (c *Catalog) Table(schema, name string) (*Relation, bool) {
	r, ok := c.relations[key{schema, name}]
	return r, ok
}

// Resolve finds the first relation of that name along the search path.
func (c *Catalog) Resolve(searchPath []string, name string) (*Relation, bool) {
	for _, schema := range searchPath {
		if r, ok := c.relations[key{schema, name}]; ok {
			return r, true
		}
	}
	return nil, false
}

// Named are the relations of a name in whatever schema.
func (c *Catalog) Named(name string) (all []*Relation) {
	for schema := range c.bySchema.all {
		if r, ok := c.Table(schema, name); ok {
			all = append(all, r)
		}
	}
	return all
}

// Relations are the relations of a schema, by name.
func (c *Catalog) Relations(schema string) []*Relation { return c.bySchema.all[schema] }

// ByID finds a relation by its OID.
func (c *Catalog) ByID(id uint32) (*Relation, bool) {
	r, ok := c.byID[id]
	return r, ok
}

// TypeByID finds a type by its OID.
func (c *Catalog) TypeByID(id uint32) (*Type, bool) {
	t, ok := c.types[id]
	return t, ok
}

// TypeByName finds a type by the name that SQL spells it with.
func (c *Catalog) TypeByName(name string) (*Type, bool) {
	t, ok := c.typeNames[strings.ToLower(name)]
	return t, ok
}

// Functions are the overloads of a name, in no particular order.
func (c *Catalog) Functions(schema, name string) []*Function {
	all := c.functions.all[key{schema, name}]
	if !slices.ContainsFunc(all, isAggregate) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), isAggregate)
}

func isAggregate(f *Function) bool { return f.Aggregate }

// Incoming are the foreign keys that lead to a relation, those of partitioned tables
// without those that their partitions have of them.
func (c *Catalog) Incoming(r *Relation) []*ForeignKey {
	rows := c.incoming.all[r.ID]
	if slices.ContainsFunc(rows, func(row *foreignKeyRow) bool { return row.Inherited }) {
		rows = slices.DeleteFunc(slices.Clone(rows), func(row *foreignKeyRow) bool { return row.Inherited })
	}
	return c.keys(rows)
}

// ForeignKeys are the foreign keys that start at a relation.
func (c *Catalog) ForeignKeys(r *Relation) []*ForeignKey { return c.keys(r.foreign) }

// keys are foreign keys with their relations, of those that are known.
func (c *Catalog) keys(rows []*foreignKeyRow) []*ForeignKey {
	list := make([]*ForeignKey, 0, len(rows))
	for _, row := range rows {
		from, to := c.byID[row.From], c.byID[row.To]
		if from != nil && to != nil {
			list = append(list, &ForeignKey{Name: row.Name, From: from, Columns: from.names(row.Columns), To: to, ToColumns: to.names(row.ToColumns)})
		}
	}
	return list
}

// Underlying is the type behind any number of domains.
func (c *Catalog) Underlying(oid uint32) (*Type, bool) {
	t, ok := c.types[oid]
	for ok && t.Base != 0 {
		t, ok = c.types[t.Base]
	}
	return t, ok
}

// Column finds a column by its exact name.
func (r *Relation) Column(name string) (*Column, bool) {
	if r.columns != nil {
		col, ok := r.columns[name]
		return col, ok
	}
	for _, c := range r.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return nil, false
}

// FunctionNames are the names of a schema's functions, sorted.
func (c *Catalog) FunctionNames(schema string) []string {
	var names []string
	for k := range c.functions.all {
		if k.schema == schema && len(c.Functions(k.schema, k.name)) > 0 {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	return names
}
