package baseline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// operators are those that the scenarios use.
var operators = map[string]string{"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}

// foreignKeys name the column of a child table that points to its parent's id.
// A gateway would find them in the catalog and remember them.
var foreignKeys = map[string]string{"bench_children": "parent_id"}

// statement is a SELECT under construction.
type statement struct {
	text strings.Builder
	args []any
}

// build makes the SELECT whose rows Postgres answers as one JSON array.
func (f *fetch) build() (*statement, error) {
	s := &statement{}
	s.text.WriteString("SELECT coalesce(json_agg(t), '[]') FROM (SELECT ")
	s.columns(f)
	s.text.WriteString(" FROM " + quote(f.Table) + " AS p")
	if err := s.where(f.Conditions); err != nil {
		return nil, err
	}
	if f.SortBy.Field != "" {
		s.text.WriteString(" ORDER BY p." + quote(f.SortBy.Field))
		if f.SortBy.Direction == "desc" {
			s.text.WriteString(" DESC")
		}
	}
	if f.Limit > 0 {
		s.text.WriteString(" LIMIT " + strconv.Itoa(f.Limit))
	}
	s.text.WriteString(") AS t")
	return s, nil
}

// columns writes a list such as "id,name,children(id,label)", or the star.
func (s *statement) columns(f *fetch) {
	if f.Select == "" {
		s.text.WriteString("p.*")
		return
	}
	own, child, embedded := strings.Cut(f.Select, "(")
	names := strings.Split(own, ",")
	if embedded {
		s.list("p", names[:len(names)-1])
		s.text.WriteString(", ")
		s.embed(names[len(names)-1], strings.Split(strings.TrimSuffix(child, ")"), ","))
		return
	}
	s.list("p", names)
}

// embed writes the children of a parent as a JSON array of their own.
func (s *statement) embed(table string, names []string) {
	s.text.WriteString("(SELECT coalesce(json_agg(e), '[]') FROM (SELECT ")
	s.list("c", names)
	s.text.WriteString(" FROM " + quote(table) + " AS c WHERE c." + quote(foreignKeys[table]) + " = p.id) AS e) AS " + quote(table))
}

func (s *statement) list(table string, names []string) {
	for i, name := range names {
		if i > 0 {
			s.text.WriteString(", ")
		}
		s.text.WriteString(table + "." + quote(name))
	}
}

func (s *statement) where(conditions []condition) error {
	for i, c := range conditions {
		column, operator, value := c.parts()
		symbol, known := operators[operator]
		if !known {
			return fmt.Errorf("baseline: no operator %q", operator)
		}
		word := " AND p."
		if i == 0 {
			word = " WHERE p."
		}
		s.args = append(s.args, value)
		s.text.WriteString(word + quote(column) + " " + symbol + " $" + strconv.Itoa(len(s.args)))
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
