package sqltext

import (
	"slices"
	"strconv"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/wire"
)

// Compiler writes statements. It holds no state: the zero value is ready to use
// and every method may be called from any number of goroutines.
type Compiler struct {
	// Types says which columns the row encoder knows how to write; the others
	// are selected as to_json. Nil leaves every column as it is.
	Types *rowjson.Types
	// Allow is asked for each relation before anything is told about it, also for a
	// name that there is not; its error ends the compilation. Nil allows all.
	Allow AllowFunc
}

// AllowFunc says whether a caller may touch a relation. An embedded one is read,
// whatever the request does to the relation that it is about.
type AllowFunc func(relation Name, embedded bool) error

// Check asks for all relations of a plan.
func (allow AllowFunc) Check(p *Plan) error {
	if allow == nil {
		return nil
	}
	if len(p.Tables) > 0 {
		if err := allow(p.Tables[0], false); err != nil {
			return err
		}
	}
	for _, n := range p.Embedded {
		if err := allow(n, true); err != nil {
			return err
		}
	}
	return nil
}

// build is one compilation.
type build struct {
	types *rowjson.Types
	allow AllowFunc
	cat   *catalog.Catalog
	path  []string
	sites map[any]int
	plan  *Plan
	used  []bool // which parameters the statement mentions
	last  int    // the number of the next alias
	tell  string // what the mark of the result is, where it is no place to read on from
}

// begin starts a compilation whose parameters are those that walk comes by.
func (c *Compiler) begin(cat *catalog.Catalog, path []string, walk func(k *keyer)) (*build, error) {
	k := keyer{sites: make(map[any]int)}
	walk(&k)
	if err := k.check(); err != nil {
		return nil, err
	}
	plan := &Plan{ParamColumns: make([]string, len(k.values)), encodings: make([]encoding, len(k.values))}
	return &build{types: c.Types, allow: c.Allow, cat: cat, path: path, sites: k.sites, plan: plan, used: make([]bool, len(k.values))}, nil
}

// check refuses a tree that is too large for one statement. The parsers have
// limits of their own, but a tree may also be built by hand.
func (k *keyer) check() error {
	switch {
	case len(k.values) > MaxParams:
		return wire.Fail(wire.InvalidRequest, "the request has %d values, more than the %d that one statement can carry",
			len(k.values), MaxParams)
	case k.nodes > maxNodes:
		return tooMany()
	case k.deepest > MaxDepth:
		return wire.Fail(wire.InvalidSelect, "relations are nested more than %d deep", MaxDepth).At("select")
	}
	return nil
}

func tooMany() *wire.Problem {
	return wire.Fail(wire.InvalidRequest, "the request has more than %d items and conditions", maxNodes)
}

// param is the placeholder of the value at a site of the tree.
func (b *build) param(site any, column string, e encoding) string {
	n := b.sites[site]
	b.plan.ParamColumns[n-1] = column
	b.plan.encodings[n-1] = e
	b.used[n-1] = true
	return "$" + strconv.Itoa(n)
}

// finish gives the plan. A value that no part of the statement mentions is a
// condition that would have no effect, so it is refused rather than dropped.
func (b *build) finish(sql string, fields []rowjson.Field) (*Plan, error) {
	if slices.Contains(b.used, false) {
		return nil, wire.Fail(wire.InvalidFilter, "a condition or bound belongs to an embedded resource that is not selected").
			At("select").WithHint("select columns of the resource, or add !inner to narrow the rows by it")
	}
	b.plan.SQL, b.plan.Fields = sql, fields
	return b.plan, nil
}

// alias makes a name for a relation that no other in the statement has.
func (b *build) alias() string {
	name := "t" + strconv.Itoa(b.last)
	b.last++
	return name
}

// Resolve finds the relation that a request about it would mean.
func (c *Compiler) Resolve(cat *catalog.Catalog, searchPath []string, n Name) (*catalog.Relation, error) {
	b, err := c.begin(cat, searchPath, func(*keyer) {})
	if err != nil {
		return nil, err
	}
	return b.resolve(n)
}

// resolve finds the relation that a request is about.
func (b *build) resolve(n Name) (*catalog.Relation, error) {
	if err := checkName(wire.UnknownTable, "table", n.Table); err != nil {
		return nil, err
	}
	path := b.path
	if n.Schema != "" {
		path = []string{n.Schema}
	}
	r, ok := b.cat.Resolve(path, n.Table)
	if !ok {
		r, ok = b.cat.Resolve(path, snake(n.Table))
	}
	if !ok {
		return nil, b.unknownTable(n, path)
	}
	return r, b.touch(r, false)
}

// touch notes that the statement reads or writes a relation, if the caller may.
func (b *build) touch(r *catalog.Relation, embedded bool) error {
	n := nameOf(r)
	if !slices.Contains(b.plan.Tables, n) {
		b.plan.Tables = append(b.plan.Tables, n)
	}
	if embedded && !slices.Contains(b.plan.Embedded, n) {
		b.plan.Embedded = append(b.plan.Embedded, n)
	}
	return b.allowed(n, embedded)
}

func (b *build) allowed(n Name, embedded bool) error {
	if b.allow == nil {
		return nil
	}
	return b.allow(n, embedded)
}

func (b *build) unknownTable(n Name, path []string) error {
	if err := b.allowed(n, false); err != nil {
		return err
	}
	p := wire.Fail(wire.UnknownTable, "table %s is not there", clip(n.String())).At("table")
	var names []string
	for _, schema := range path {
		for _, r := range b.cat.Relations(schema) {
			if b.allowed(nameOf(r), false) == nil {
				names = append(names, r.Name)
			}
		}
	}
	if near, ok := catalog.Nearest(n.Table, names); ok {
		return p.WithHint("did you mean %s?", near)
	}
	return p
}

// scope is a relation of the statement together with what can be said about it.
type scope struct {
	rel *catalog.Relation
	// alias is its name in the statement.
	alias string
	// row is the SQL of its whole row, for functions that take one, and rowUsed
	// says whether one did.
	row     string
	rowUsed bool
	// carried says that the relation's rows have such a column already.
	carried bool
	// items are the select list at this place, where embeds are found.
	items []Item
	// anchor is a column that is null where an outer join found no row; empty where
	// there always is one.
	anchor string
	// joined are the relations whose columns stand beside those of this one.
	joined map[*Embed]*scope
}

func (s *scope) join(e *Embed, inner *scope) {
	if s.joined == nil {
		s.joined = make(map[*Embed]*scope)
	}
	s.joined[e] = inner
}

func (b *build) scope(rel *catalog.Relation, items []Item) *scope {
	alias := b.alias()
	return &scope{rel: rel, alias: alias, row: alias + ".*", items: items}
}

// Names of our own, no two alike and none that a sensible table has: a bare name
// is taken for a column before it is taken for a row, even one further out.
var (
	rowColumn    = Ident("#row")    // a whole row that travels as one column
	numberColumn = Ident("#number") // the number of a row that has no key
	placeColumn  = Ident("#place")  // the place of a row among those asked for
	objectAlias  = Ident("#object") // a row that is about to become JSON
)

// wholeRow is the SQL of the row as a value of the relation's own type.
func (s *scope) wholeRow() string {
	s.rowUsed = true
	return s.row
}

// column is the SQL of a column by its catalog name.
func (s *scope) column(name string) string { return s.alias + "." + Ident(name) }

// table is the SQL of a relation in a FROM list.
func table(r *catalog.Relation) string { return Qualified(Name{r.Schema, r.Name}) }

// find looks a column up as the caller spells it, then in snake case.
func find(r *catalog.Relation, name string) (*catalog.Column, bool) {
	if c, ok := r.Column(name); ok {
		return c, true
	}
	return r.Column(snake(name))
}

// snake turns camelCase into snake_case.
func snake(name string) string {
	var out []byte
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			if i > 0 && name[i-1] != '_' {
				out = append(out, '_')
			}
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// mustFind is find with a problem that suggests what was meant.
func mustFind(r *catalog.Relation, name string) (*catalog.Column, error) {
	if err := checkName(wire.UnknownColumn, "column", name); err != nil {
		return nil, err
	}
	if c, ok := find(r, name); ok {
		return c, nil
	}
	return nil, unknownColumn(r, name)
}

func unknownColumn(r *catalog.Relation, name string) *wire.Problem {
	p := wire.Fail(wire.UnknownColumn, "%s has no column %s", r.Name, clip(name)).At(clipField(name))
	names := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		names[i] = c.Name
	}
	if near, ok := catalog.Nearest(name, names); ok {
		return p.WithHint("did you mean %s?", near)
	}
	return p
}
