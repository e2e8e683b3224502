package sqltext

import (
	"strconv"
	"strings"

	"athena/persistence/catalog"
)

// SharedInsert compiles the statement that stores the rows of many requests which
// all have the shape of in. Parameter n is an array: what those requests have for
// parameter n of their own statement, in text format. Beside what they answer,
// the last column of the result is the number of the request, from 1, that a row
// belongs to.
//
// It reports false for what must be stored alone: an insert of several rows or
// with a conflict rule, one into anything but a plain table without triggers, and
// one that wants its row back where no key tells the rows of a batch apart.
func (c *Compiler) SharedInsert(cat *catalog.Catalog, searchPath []string, in *Insert) (*Plan, bool) {
	return c.numbered(cat, searchPath, in, true)
}

// NumberedInsert compiles the statement that stores many rows of one request, each of
// the shape of in, as SharedInsert does for many requests: it waits for locks as long
// as any statement, and triggers may follow the rows.
func (c *Compiler) NumberedInsert(cat *catalog.Catalog, searchPath []string, in *Insert) (*Plan, bool) {
	return c.numbered(cat, searchPath, in, false)
}

func (c *Compiler) numbered(cat *catalog.Catalog, searchPath []string, in *Insert, strangers bool) (*Plan, bool) {
	if len(in.Rows) != 1 || len(in.Columns) == 0 || in.Conflict != nil || in.Handler != nil || needsSelect(in.Returning, in.Order) {
		return nil, false
	}
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.insert(in) })
	if err != nil {
		return nil, false
	}
	rel, err := b.resolve(in.Into)
	if err != nil || rel.Kind != catalog.Table || rel.Rewrites || strangers && rel.Triggers {
		return nil, false
	}
	s := &sharing{build: b, rel: rel, strangers: strangers}
	if !s.read(in) || (len(in.Returning) > 0 && !s.identify()) {
		return nil, false
	}
	p, err := s.write(in.Returning)
	return p, err == nil
}

// sharing is the compilation of a shared insert. The rows come from a relation
// "source", whose columns are named by their place.
type sharing struct {
	*build
	rel *catalog.Relation
	// strangers says that the rows are those of several callers.
	strangers bool

	columns  []*catalog.Column // what is stored, in the order of the values below
	arrays   []string          // the parameters, one for each column that callers give
	values   []string          // what the columns of source are
	ties     []tie             // what joins a stored row to its source
	override bool              // a value is given to a column that always makes its own
}

// tie is a column of the key and its place in source.
type tie struct {
	column string
	place  int
}

// read takes the columns that callers give.
func (s *sharing) read(in *Insert) bool {
	columns, err := mustFindAll(s.rel, in.Columns)
	if err != nil || len(in.Rows[0]) != len(columns) {
		return false
	}
	for i, c := range columns {
		v := &in.Rows[0][i]
		typ, ok := s.cat.Underlying(c.Type)
		if !ok || v.Kind == KindAbsent || c.Generated || c.Identity == catalog.Always || v.Kind == KindJSON && s.isComposite(typ) {
			return false
		}
		s.give(c, s.param(v, c.Name, encodeText), i)
	}
	return true
}

// give adds a column whose values travel in a parameter. A built-in type travels
// as an array of its own; any other as text, for an array of arrays would be taken
// apart whole, and a type may have a delimiter of its own.
func (s *sharing) give(c *catalog.Column, param string, place int) {
	array, value := s.build.array(c, param, "c"+strconv.Itoa(place))
	s.arrays = append(s.arrays, array)
	s.columns, s.values = append(s.columns, c), append(s.values, value)
}

// array is a parameter as the array of a column's values, and value what a member of
// it is that goes by a name.
func (b *build) array(c *catalog.Column, param, name string) (array, value string) {
	own, ok := b.cat.TypeByID(c.Type)
	if !ok {
		return param + "::text[]", name + "::" + c.TypeName
	}
	typ := plainType(own)
	if own.ID < firstOwnType && own.Element == 0 && own.Name != "box" {
		return param + "::" + typ + "[]", name
	}
	return param + "::text[]", name + "::" + typ
}

// firstOwnType is the first OID that is not PostgreSQL's own.
const firstOwnType = 16384

// plainType spells a type without a length. The words of SQL mean a length of one
// where none is given.
func plainType(t *catalog.Type) string {
	base, brackets, _ := strings.Cut(t.Name, "[")
	if brackets != "" {
		brackets = "[" + brackets
	}
	switch base {
	case "character":
		base = "pg_catalog.bpchar"
	case "bit":
		base = `pg_catalog."bit"`
	}
	return base + brackets
}

// identify finds a key that tells the rows of a batch apart, and has source fill
// those of its columns that callers leave to the table.
func (s *sharing) identify() bool {
	for _, key := range s.rel.Unique {
		if s.fill(key.Columns) {
			return true
		}
	}
	return false
}

func (s *sharing) fill(key []string) bool {
	given := len(s.columns)
	for _, name := range key {
		c, ok := s.rel.Column(name)
		if !ok || !c.NotNull || !keepsValue(c) || !s.place(c) {
			s.columns, s.values, s.ties, s.override = s.columns[:given], s.values[:given], nil, false
			return false
		}
	}
	return true
}

// keepsValue reports whether a column stores a value as it is given: a type with
// a length may round or pad.
func keepsValue(c *catalog.Column) bool {
	switch c.TypeName {
	case "smallint", "integer", "bigint", "uuid", "text", "character varying", "date",
		"timestamp with time zone", "timestamp without time zone":
		return true
	}
	return false
}

// place joins by a column of the key, which is given or made here as the table
// would make it.
func (s *sharing) place(c *catalog.Column) bool {
	for i, given := range s.columns {
		if given == c {
			s.ties = append(s.ties, tie{c.Name, i})
			return true
		}
	}
	var value string
	switch {
	case c.Identity != catalog.NoIdentity:
		// The subquery is run once for all rows.
		value = "nextval((SELECT pg_get_serial_sequence(" + Literal(table(s.rel)) + ", " + Literal(c.Name) + ")::regclass))"
		s.override = s.override || c.Identity == catalog.Always
	case c.Default != "": // the server's own text, in which every name is qualified
		value = "(" + c.Default + ")::" + c.TypeName
	default:
		return false
	}
	s.columns, s.values = append(s.columns, c), append(s.values, value)
	return s.place(c)
}

// write puts the statement together. Where the rows are strangers to each other, a
// time-out is set when the first one is read, thus before any is stored, and ends with
// the statement: it bounds the wait for what a single row meets, not that for the table.
func (s *sharing) write(items []Item) (*Plan, error) {
	places, stored := make([]string, len(s.values)), make([]string, len(s.values))
	for i, value := range s.values {
		places[i] = value + " AS v" + strconv.Itoa(i)
		stored[i] = "v" + strconv.Itoa(i)
	}
	given := make([]string, len(s.arrays))
	for i := range given {
		given[i] = "c" + strconv.Itoa(i)
	}
	patience, set := "", ""
	if s.strangers {
		patience, set = "patience AS MATERIALIZED (SELECT set_config('lock_timeout', '"+lockPatience+"', true) AS set), ", " WHERE (SELECT set FROM patience) IS NOT NULL"
	}
	source := patience + "source AS MATERIALIZED (SELECT " + strings.Join(places, ", ") + ", n FROM unnest(" + strings.Join(s.arrays, ", ") +
		") WITH ORDINALITY AS r (" + strings.Join(given, ", ") + ", n)" + set + ")"
	target := s.scope(s.rel, items)
	overriding := ""
	if s.override {
		overriding = "OVERRIDING SYSTEM VALUE "
	}
	insert := "INSERT INTO " + table(s.rel) + " AS " + target.alias + " (" + nameList(s.columns) + ") " + overriding +
		"SELECT " + strings.Join(stored, ", ") + " FROM source"
	if len(items) == 0 {
		return s.finish(with(source)+insert, nil)
	}
	return s.answer(with(source, "changed AS ("+insert+" RETURNING "+target.alias+".*)"), items)
}

// lockPatience is how long a batch waits for a lock in milliseconds.
const lockPatience = "25"

// answer reads the stored rows, each with the number of its request.
func (s *sharing) answer(with string, items []Item) (*Plan, error) {
	changed := s.scope(s.rel, items)
	changed.row = rowOf(changed)
	l, err := s.newLevel(changed, &Read{Items: items}, false)
	if err != nil {
		return nil, err
	}
	out := &flatColumns{types: s.types}
	fields := out.fields(l.nodes)
	ties := make([]string, len(s.ties))
	for i, t := range s.ties {
		ties[i] = changed.column(t.column) + " = source.v" + strconv.Itoa(t.place)
	}
	return s.finish(with+"SELECT "+strings.Join(out.sql, ", ")+", source.n FROM changed AS "+changed.alias+
		" JOIN source ON "+strings.Join(ties, " AND "), fields)
}
