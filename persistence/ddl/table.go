package ddl

import (
	"fmt"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

const (
	// maxColumns is PostgreSQL's own limit.
	maxColumns = 1600
	// maxEdits bounds the steps of one change.
	maxEdits = 100
)

// CreateTable makes a table.
func CreateTable(r *wire.CreateTable, known TypeFunc) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "create_table", Object: "table", Schema: schema, Name: r.TableName}
	if err == nil {
		err = checkNew("table_name", r.TableName)
	}
	if err != nil {
		return c, err
	}
	lines, err := columnLines(r.Columns, schema, known)
	if err != nil {
		return c, err
	}
	c.Statements = []string{"CREATE TABLE " + in(schema, r.TableName) + " (" + strings.Join(lines, ", ") + ")"}
	return c, nil
}

func columnLines(columns []wire.ManagementColumn, schema string, known TypeFunc) ([]string, error) {
	if len(columns) > maxColumns {
		return nil, refuse("a table has at most %d columns", maxColumns).At("columns")
	}
	var lines, key []string
	seen := map[string]bool{}
	for i := range columns {
		column, field := &columns[i], fmt.Sprintf("columns[%d].", i)
		line, err := columnLine(field, column, schema, known)
		if err != nil {
			return nil, err
		}
		if seen[column.Name] {
			return nil, refuse("the column %q is given twice", column.Name).At(field + "name")
		}
		seen[column.Name] = true
		if column.PrimaryKey {
			key = append(key, column.Name)
		}
		lines = append(lines, line)
	}
	if key != nil {
		lines = append(lines, "PRIMARY KEY ("+names(key)+")")
	}
	return lines, nil
}

func columnLine(field string, c *wire.ManagementColumn, schema string, known TypeFunc) (string, error) {
	if err := checkNew(field+"name", c.Name); err != nil {
		return "", err
	}
	typ, err := dataType(field+"data_type", c.DataType, schema, known)
	if err != nil {
		return "", err
	}
	line := sqltext.Ident(c.Name) + " " + typ
	if c.DefaultExpression != nil {
		value, err := expression(field+"default_expression", *c.DefaultExpression, false)
		if err != nil {
			return "", err
		}
		line += " DEFAULT (" + value + ")"
	}
	if c.Nullable != nil && !*c.Nullable {
		line += " NOT NULL"
	}
	if c.CheckExpression != nil {
		condition, err := expression(field+"check_expression", *c.CheckExpression, true)
		if err != nil {
			return "", err
		}
		line += " CHECK (" + condition + ")"
	}
	if c.Unique {
		line += " UNIQUE"
	}
	return line, nil
}

// EditTable changes a table.
func EditTable(r *wire.EditTable, known TypeFunc) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "edit_table", Object: "table", Schema: schema, Name: r.TableName, Absent: []string{noTable, noSchema}}
	if err == nil {
		err = checkName("table_name", r.TableName)
	}
	switch {
	case err != nil:
		return c, err
	case len(r.Operations) == 0:
		return c, wire.Fail(wire.InvalidRequest, "operations are missing").At("operations")
	case len(r.Operations) > maxEdits:
		return c, refuse("a change has at most %d operations", maxEdits).At("operations")
	}
	for i := range r.Operations {
		step, err := edit(fmt.Sprintf("operations[%d].", i), &r.Operations[i], schema, known)
		if err != nil {
			return c, err
		}
		c.Statements = append(c.Statements, "ALTER TABLE "+in(schema, r.TableName)+" "+step)
	}
	return c, nil
}

// editMembers are the members that each step needs, in the order in which edit
// looks at them; others may not stand beside them.
var editMembers = map[string][]string{
	"add_column":    {"column"},
	"rename_column": {"from", "to"},
	"set_default":   {"column_name", "default_expression"},
	"drop_default":  {"column_name"},
	"set_not_null":  {"column_name"},
	"drop_not_null": {"column_name"},
}

// checkEdit holds a step to the members of its type.
func checkEdit(field string, e *wire.TableEdit) error {
	needed, ok := editMembers[e.Type]
	if !ok {
		return refuse("%q is not a step that a table can be changed by", e.Type).At(field + "type").
			WithHint("steps are add_column, rename_column, set_default, drop_default, set_not_null and drop_not_null")
	}
	given := map[string]bool{
		"column": e.Column != nil, "from": e.From != nil, "to": e.To != nil,
		"column_name": e.ColumnName != nil, "default_expression": e.DefaultExpression != nil,
	}
	for _, name := range needed {
		if !given[name] {
			return refuse("%s needs %s", e.Type, name).At(field + name)
		}
		delete(given, name)
	}
	for name, there := range given {
		if there {
			return refuse("%s takes no %s", e.Type, name).At(field + name)
		}
	}
	return nil
}

func edit(field string, e *wire.TableEdit, schema string, known TypeFunc) (string, error) {
	if err := checkEdit(field, e); err != nil {
		return "", err
	}
	switch e.Type {
	case "add_column":
		return addColumn(field+"column.", e.Column, schema, known)
	case "rename_column":
		if err := checkName(field+"from", *e.From); err != nil {
			return "", err
		}
		return "RENAME COLUMN " + sqltext.Ident(*e.From) + " TO " + sqltext.Ident(*e.To), checkNew(field+"to", *e.To)
	}
	if err := checkName(field+"column_name", *e.ColumnName); err != nil {
		return "", err
	}
	alter := "ALTER COLUMN " + sqltext.Ident(*e.ColumnName)
	switch e.Type {
	case "set_default":
		value, err := expression(field+"default_expression", *e.DefaultExpression, false)
		return alter + " SET DEFAULT (" + value + ")", err
	case "drop_default":
		return alter + " DROP DEFAULT", nil
	case "set_not_null":
		return alter + " SET NOT NULL", nil
	}
	return alter + " DROP NOT NULL", nil
}

func addColumn(field string, c *wire.ManagementColumn, schema string, known TypeFunc) (string, error) {
	if c.PrimaryKey {
		return "", refuse("a column that is added cannot be a part of the primary key").At(field + "primary_key")
	}
	line, err := columnLine(field, c, schema, known)
	return "ADD COLUMN " + line, err
}

// DropTable removes a table.
func DropTable(r *wire.DropTable) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "drop_table", Object: "table", Schema: schema, Name: r.TableName, Absent: []string{noTable, noSchema}}
	if err == nil {
		err = checkName("table_name", r.TableName)
	}
	c.Statements = []string{"DROP TABLE " + in(schema, r.TableName) + cascade(r.Cascade)}
	return c, err
}

// DropColumn removes a column.
func DropColumn(r *wire.DropColumn) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{
		Operation: "drop_column", Object: "column", Schema: schema, Name: r.TableName + "." + r.ColumnName,
		Absent: []string{noTable, noSchema, noColumn},
	}
	if err == nil {
		err = checkName("table_name", r.TableName)
	}
	if err == nil {
		err = checkName("column_name", r.ColumnName)
	}
	for _, own := range systemColumns {
		if err == nil && r.ColumnName == own {
			err = wire.Fail(wire.ReservedName, "the column %s is PostgreSQL's own", own).At("column_name")
		}
	}
	c.Statements = []string{"ALTER TABLE " + in(schema, r.TableName) + " DROP COLUMN " + sqltext.Ident(r.ColumnName) + cascade(r.Cascade)}
	return c, err
}
