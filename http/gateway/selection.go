package gateway

import (
	"bytes"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// table names the relation of a selection. A schema is given once: in the name
// or beside it.
func table(tableName, viewName, schemaName string) (sqltext.Name, error) {
	name := tableName
	if name == "" {
		name = viewName
	}
	if name == "" {
		return sqltext.Name{}, wire.Fail(wire.InvalidRequest, "table_name is missing").At("table_name")
	}
	schema, bare, qualified := strings.Cut(name, ".")
	if !qualified {
		return sqltext.Name{Schema: schemaName, Table: name}, nil
	}
	if schemaName != "" {
		return sqltext.Name{}, wire.Fail(wire.InvalidRequest, "give the schema in table_name or in schema_name, not in both").At("schema_name")
	}
	return sqltext.Name{Schema: schema, Table: bare}, nil
}

// condition gathers all that a selection demands of its rows.
func condition(s *wire.Selection) (sqltext.Cond, error) {
	where, err := whereObject(s.Where, 0)
	if err != nil {
		return nil, err
	}
	for _, list := range []struct {
		field      string
		conditions []wire.Condition
	}{{"conditions", s.Conditions}, {"where_filters", s.WhereFilters}} {
		for i := range list.conditions {
			c, err := compare(list.field, &list.conditions[i])
			if err != nil {
				return nil, err
			}
			where = sqltext.Both(where, c)
		}
	}
	return where, nil
}

// compare reads one condition in either spelling.
func compare(field string, c *wire.Condition) (sqltext.Cond, error) {
	column, value, columnCast, valueCast := c.Column, c.Value, c.ColumnCast, c.ValueCast
	if column == "" {
		column, columnCast = c.EqColumn, c.EqColumnCast
	}
	if value == nil {
		value = c.Values
	}
	if value == nil && c.Column == "" || value == nil && c.EqColumn == c.Column {
		value, valueCast = c.EqValue, c.EqValueCast
	}
	operator := c.Operator
	if operator == "" {
		operator = string(sqltext.Eq)
	}
	if value == nil {
		return nil, wire.Fail(wire.InvalidFilter, "a condition on %q has no value", column).At(field)
	}
	parsed, err := sqltext.ParseValue(value)
	if err != nil {
		return nil, err
	}
	switch operator {
	case "or":
		return logic(parsed, sqltext.ParseOr)
	case "not":
		return logic(parsed, sqltext.ParseNot)
	}
	if column == "" {
		return nil, wire.Fail(wire.InvalidFilter, "a condition has no column").At(field)
	}
	operand := sqltext.Operand{Name: column, Cast: columnCast}
	cond, err := sqltext.NewCompare(operand, operator, parsed)
	return withValueCast(cond, valueCast), err
}

func logic(v sqltext.Value, parse func(string) (sqltext.Cond, error)) (sqltext.Cond, error) {
	if v.Kind != sqltext.KindString {
		return nil, wire.Fail(wire.InvalidFilter, `the value of "or" and "not" is a condition in a string, such as "a.eq.1,b.gt.2"`).At("value")
	}
	return parse(v.Text)
}

func withValueCast(c sqltext.Cond, cast string) sqltext.Cond {
	if compare, ok := c.(*sqltext.Compare); ok && cast != "" {
		compare.ValueCast = cast
	}
	return c
}

// whereObject reads an object of conditions.
func whereObject(text []byte, depth int) (sqltext.Cond, error) {
	if isNull(text) {
		return nil, nil
	}
	if depth > sqltext.MaxDepth {
		return nil, wire.Fail(wire.InvalidFilter, "where is nested more than %d deep", sqltext.MaxDepth).At("where")
	}
	var where sqltext.Cond
	is, err := sqltext.EachMember(text, func(name string, value []byte) error {
		c, err := whereMember(name, value, depth)
		if err == nil {
			where = sqltext.Both(where, c)
		}
		return err
	})
	if err == nil && !is {
		return nil, wire.Fail(wire.InvalidFilter, "where must be an object").At("where")
	}
	return where, err
}

func whereMember(name string, value []byte, depth int) (sqltext.Cond, error) {
	switch {
	case (name == "or" || name == "and") && value[0] == '[':
		return whereList(name, value, depth)
	case name == "not" && value[0] == '{':
		term, err := whereObject(value, depth+1)
		if err != nil {
			return nil, err
		}
		return &sqltext.Not{Term: orAlways(term)}, nil
	case value[0] == '{':
		return whereOperators(name, value)
	}
	return whereOperator(name, string(sqltext.Eq), value)
}

func whereList(name string, value []byte, depth int) (sqltext.Cond, error) {
	var terms []sqltext.Cond
	_, err := sqltext.EachElement(value, func(element []byte) error {
		term, err := whereObject(element, depth+1)
		terms = append(terms, orAlways(term))
		return err
	})
	if err == nil && len(terms) == 0 {
		return nil, wire.Fail(wire.InvalidFilter, "%s has no conditions", name).At("where")
	}
	if name == "or" {
		return &sqltext.Or{Terms: terms}, err
	}
	return &sqltext.And{Terms: terms}, err
}

// orAlways stands for an object without conditions, which holds for every row.
func orAlways(c sqltext.Cond) sqltext.Cond {
	if c == nil {
		return &sqltext.And{}
	}
	return c
}

// whereOperators reads {"gte": 5, "lt": 9} for one column.
func whereOperators(column string, object []byte) (sqltext.Cond, error) {
	var all sqltext.Cond
	_, err := sqltext.EachMember(object, func(operator string, value []byte) error {
		c, err := whereColumnOperator(column, operator, value)
		if err == nil {
			all = sqltext.Both(all, c)
		}
		return err
	})
	if err == nil && all == nil {
		return nil, wire.Fail(wire.InvalidFilter, "the condition on %q has no operator", column).At(column).
			WithHint(`write {"%s": {"eq": 1}}`, column)
	}
	return all, err
}

func whereColumnOperator(column, operator string, value []byte) (sqltext.Cond, error) {
	if operator != "not" {
		return whereOperator(column, operator, value)
	}
	term, err := whereMember(column, value, 0)
	if err != nil {
		return nil, err
	}
	return &sqltext.Not{Term: term}, nil
}

func whereOperator(column, operator string, value []byte) (sqltext.Cond, error) {
	v, err := sqltext.ParseValue(value)
	if err != nil {
		return nil, err
	}
	return sqltext.NewCompare(sqltext.Operand{Name: column}, operator, v)
}

func isNull(text []byte) bool {
	return len(text) == 0 || bytes.Equal(text, []byte("null"))
}
