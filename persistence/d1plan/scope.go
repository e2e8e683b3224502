package d1plan

import (
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// relation is what a name in a FROM stands for, as far as the source tells.
type relation struct {
	name string
	// order are the columns, types the names of their types; "" is one not known.
	order []string
	types map[string]string
	// renamed are columns whose SQL is another than their name.
	renamed map[string]string
	// value is SQL for the one value of a function's row.
	value string
}

func (r *relation) add(name, kind string) {
	if r.types == nil {
		r.types = map[string]string{}
	}
	if _, twice := r.types[name]; !twice {
		r.order = append(r.order, name)
	}
	r.types[name] = kind
}

// named is the relation under a name, with names given to its first columns.
func (r *relation) named(name string, given []string) relation {
	out := relation{name: name}
	for i, column := range r.order {
		kind := r.types[column]
		if i < len(given) {
			column = given[i]
		}
		out.add(column, kind)
	}
	return out
}

// nameOf is the name of a type: that of its base for a domain, with [] for an array.
func (s *schema) nameOf(t *pg.TypeName) string {
	name := typeName(t)
	for range 10 {
		domain := s.domains[name]
		if domain == nil {
			break
		}
		t = domain.TypeName
		name = typeName(t)
	}
	switch {
	case len(t.GetArrayBounds()) > 0:
		return name + "[]"
	case strings.HasPrefix(name, "_"):
		return name[1:] + "[]"
	case strings.Contains(name, "serial"):
		return "int8"
	}
	return name
}

// relationOf describes a table of the source.
func (s *schema) relationOf(name, alias string) relation {
	r := relation{name: alias}
	if t := s.tables[name]; t != nil {
		for _, column := range t.order {
			r.add(column, s.nameOf(t.types[column]))
		}
	}
	return r
}

// enter opens the scope of a query; the answer closes it.
func (c *converter) enter(relations ...relation) (leave func()) {
	c.scopes = append(c.scopes, relations)
	depth := len(c.scopes) - 1
	return func() { c.scopes = c.scopes[:depth] }
}

// see puts a relation into the innermost scope.
func (c *converter) see(r relation) {
	if len(c.scopes) == 0 {
		c.scopes = append(c.scopes, nil)
	}
	last := len(c.scopes) - 1
	c.scopes[last] = append(c.scopes[last], r)
}

// find gives the relation of a column: of the one named, or of the innermost with
// such a column.
func (c *converter) find(owner, column string) *relation {
	for i := len(c.scopes) - 1; i >= 0; i-- {
		for j := range c.scopes[i] {
			r := &c.scopes[i][j]
			if _, has := r.types[column]; owner == r.name || (owner == "" && has) {
				return r
			}
		}
	}
	return nil
}

// qualified takes the name of a column apart; owner is "" where none is given.
func qualified(parts []string) (owner, column string) {
	if len(parts) > 1 {
		owner = parts[len(parts)-2]
	}
	return owner, parts[len(parts)-1]
}

// columnType is the type of a column, "" where it is not known.
func (c *converter) columnType(ref *pg.ColumnRef) string {
	parts := names(ref.Fields)
	if len(parts) == 0 {
		return ""
	}
	owner, column := qualified(parts)
	if r := c.find(owner, column); r != nil {
		return r.types[column]
	}
	return ""
}

// row writes a relation that is used as a value, as JSON; "" if it is none.
func (c *converter) row(name string) string {
	if c.find("", name) != nil {
		return ""
	}
	r := c.find(name, "")
	switch {
	case r == nil:
		return ""
	case r.value != "":
		return r.value
	case len(r.order) == 0:
		return c.giveUp("whole rows of %.63s, whose columns the SQL does not tell", name)
	}
	parts := make([]string, len(r.order))
	for i, column := range r.order {
		value := sqltext.Ident(name) + "." + sqltext.Ident(column)
		if isJSON(r.types[column]) || isArray(r.types[column]) {
			value = "json(" + value + ")"
		}
		parts[i] = text(column) + ", " + value
	}
	c.warn("expr.row", "a whole row becomes a JSON object, with true and false as 1 and 0")
	return "json_object(" + strings.Join(parts, ", ") + ")"
}

func isJSON(name string) bool  { return name == "json" || name == "jsonb" }
func isArray(name string) bool { return strings.HasSuffix(name, "[]") }

// isWhole and isNumber tell types of numbers apart.
func isWhole(name string) bool { return simple[name] == "integer" }
func isNumber(name string) bool {
	return isWhole(name) || name == "numeric" || simple[name] == "real"
}

// isMoment reports a type of dates, or of dates with a time.
func isMoment(name string) bool {
	return name == "date" || name == "timestamp" || name == "timestamptz"
}

// standsFor writes a column that is another in SQLite, or a relation that is used as
// a value; "" where the name is the column's.
func (w *writer) standsFor(parts []string) string {
	owner, column := qualified(parts)
	if r := w.find(owner, column); r != nil && r.renamed[column] != "" {
		return r.renamed[column]
	}
	if len(parts) == 1 {
		return w.row(column)
	}
	return ""
}
