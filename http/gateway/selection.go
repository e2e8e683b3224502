package gateway

import (
	"bytes"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// table names the relation of a selection. Its schema stands in the name or
// beside it.
func table(tableName, viewName, schemaName string) (sqltext.Name, error) {
	text, field := tableName, "table_name"
	if text == "" && viewName != "" {
		text, field = viewName, "view_name"
	}
	if text == "" {
		return sqltext.Name{}, wire.Fail(wire.InvalidRequest, "table_name is missing").At("table_name")
	}
	name, err := sqltext.ParseName(text)
	if p, ok := wire.AsProblem(err); ok {
		return name, p.At(field)
	}
	if name.Schema != "" && schemaName != "" && name.Schema != schemaName {
		return name, wire.Fail(wire.InvalidRequest, "%s names one schema, schema_name another", field).At("schema_name")
	}
	if name.Schema == "" {
		name.Schema = schemaName
	}
	return name, nil
}

// condition gathers all that a selection demands of its rows.
func condition(s *wire.Selection) (sqltext.Cond, error) {
	where, err := whereObject(s.Where, 0)
	if err != nil {
		return nil, err
	}
	var all []sqltext.Cond
	if where != nil {
		all = append(all, where)
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
			all = append(all, c)
		}
	}
	return sqltext.AllOf(all), nil
}

// compare reads one condition in either spelling.
func compare(field string, c *wire.Condition) (sqltext.Cond, error) {
	column, columnCast, value, valueCast, err := terms(c)
	if err != nil {
		return nil, blame(err, field)
	}
	operator := c.Operator
	if operator == "" {
		operator = string(sqltext.Eq)
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
	operand, err := columnOperand(column)
	if err != nil {
		return nil, err
	}
	if columnCast != "" {
		operand.Cast = columnCast
	}
	cond, err := sqltext.NewCompare(operand, operator, parsed)
	return withValueCast(cond, valueCast), err
}

// terms takes what a condition compares from whichever spelling has it. Newer
// clients send both, for older servers; then they must speak of the same column.
func terms(c *wire.Condition) (column, columnCast string, value []byte, valueCast string, err error) {
	column, columnCast, value, valueCast = c.Column, c.ColumnCast, c.Value, c.ValueCast
	switch {
	case column == "":
		column, columnCast = c.EqColumn, c.EqColumnCast
	case c.EqColumn != "" && c.EqColumn != column:
		return "", "", nil, "", wire.Fail(wire.InvalidFilter, "a condition has both column %q and eq_column %q", column, c.EqColumn).
			WithHint("write two conditions")
	}
	if value != nil && c.Values != nil {
		return "", "", nil, "", wire.Fail(wire.InvalidFilter, "the condition on %q has both value and values", column)
	}
	if value == nil {
		value = c.Values
	}
	if value == nil {
		value, valueCast = c.EqValue, c.EqValueCast
	}
	if value == nil {
		return "", "", nil, "", wire.Fail(wire.InvalidFilter, "the condition on %q has no value", column)
	}
	return column, columnCast, value, valueCast, nil
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
		return nil, tooDeep()
	}
	var all []sqltext.Cond
	is, err := sqltext.EachMember(text, func(name string, value []byte) error {
		c, err := whereMember(name, value, depth)
		all = append(all, c)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !is:
		return nil, wire.Fail(wire.InvalidFilter, "where must be an object").At("where")
	}
	return sqltext.AllOf(all), nil
}

func tooDeep() error {
	return wire.Fail(wire.InvalidFilter, "where is nested more than %d deep", sqltext.MaxDepth).At("where")
}

func whereMember(name string, value []byte, depth int) (sqltext.Cond, error) {
	switch {
	case (name == "or" || name == "and") && value[0] == '[':
		return whereList(name, value, depth)
	case name == "not" && value[0] == '{':
		term, err := whereTerm(name, value, depth)
		if err != nil {
			return nil, err
		}
		return &sqltext.Not{Term: term}, nil
	case value[0] == '{':
		return whereOperators(name, value, depth)
	}
	return whereOperator(name, string(sqltext.Eq), value)
}

func whereList(name string, value []byte, depth int) (sqltext.Cond, error) {
	var terms []sqltext.Cond
	_, err := sqltext.EachElement(value, func(element []byte) error {
		term, err := whereTerm(name, element, depth)
		terms = append(terms, term)
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

// whereTerm reads one object of a list. One without conditions would hold for
// every row, which nobody writes on purpose.
func whereTerm(name string, object []byte, depth int) (sqltext.Cond, error) {
	term, err := whereObject(object, depth+1)
	if err == nil && term == nil {
		return nil, wire.Fail(wire.InvalidFilter, "%s has a term without conditions", name).At("where")
	}
	return term, err
}

// whereOperators reads {"gte": 5, "lt": 9} for one column.
func whereOperators(column string, object []byte, depth int) (sqltext.Cond, error) {
	if depth > sqltext.MaxDepth {
		return nil, tooDeep()
	}
	var all []sqltext.Cond
	_, err := sqltext.EachMember(object, func(operator string, value []byte) error {
		c, err := whereColumnOperator(column, operator, value, depth)
		all = append(all, c)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, wire.Fail(wire.InvalidFilter, "the condition on %q has no operator", column).At(column).
			WithHint(`write {"%s": {"eq": 1}}`, column)
	}
	return sqltext.AllOf(all), nil
}

func whereColumnOperator(column, operator string, value []byte, depth int) (sqltext.Cond, error) {
	if operator != "not" {
		return whereOperator(column, operator, value)
	}
	if value[0] == '{' {
		term, err := whereOperators(column, value, depth+1)
		return &sqltext.Not{Term: term}, err
	}
	term, err := whereOperator(column, string(sqltext.Eq), value)
	return &sqltext.Not{Term: term}, err
}

func whereOperator(column, operator string, value []byte) (sqltext.Cond, error) {
	v, err := sqltext.ParseValue(value)
	if err != nil {
		return nil, err
	}
	operand, err := columnOperand(column)
	if err != nil {
		return nil, err
	}
	return sqltext.NewCompare(operand, operator, v)
}

func isNull(text []byte) bool {
	return len(text) == 0 || bytes.Equal(text, []byte("null"))
}

// columnOperand takes a plain name as it is, and reads a path into JSON.
func columnOperand(name string) (sqltext.Operand, error) {
	if strings.Contains(name, "->") {
		return sqltext.ParseOperand(name)
	}
	return sqltext.Operand{Name: name}, nil
}
