package ddl

import (
	"slices"
	"strings"
	"unicode/utf8"

	"athena/persistence/sqltext"
	"athena/wire"
)

// IndexMethods are the access methods that an index may have.
var IndexMethods = []string{"btree", "hash", "gin", "gist", "spgist", "brin"}

// maxIndexed is PostgreSQL's own limit.
const maxIndexed = 32

// CreateIndex makes an index.
func CreateIndex(r *wire.CreateIndex) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "create_index", Object: "index", Schema: schema, Name: indexName(r), Absent: []string{noTable, noSchema}}
	if err == nil {
		err = checkIndex(r, c.Name)
	}
	if err != nil {
		return c, err
	}
	create := "CREATE INDEX "
	if r.Unique {
		create = "CREATE UNIQUE INDEX "
	}
	method := r.Method
	if method == "" {
		method = "btree"
	}
	c.Statements = []string{create + sqltext.Ident(c.Name) + " ON " + in(schema, r.TableName) + " USING " + method + " (" + names(r.Columns) + ")"}
	return c, nil
}

func checkIndex(r *wire.CreateIndex, name string) error {
	if err := checkName("table_name", r.TableName); err != nil {
		return err
	}
	if err := checkNew("index_name", name); err != nil {
		return err
	}
	switch {
	case len(r.Columns) == 0:
		return wire.Fail(wire.InvalidRequest, "columns are missing").At("columns")
	case len(r.Columns) > maxIndexed:
		return refuse("an index has at most %d columns", maxIndexed).At("columns")
	case r.Method != "" && !slices.Contains(IndexMethods, r.Method):
		return refuse("%q is not a method of an index", r.Method).At("method").WithHint("methods are %s", strings.Join(IndexMethods, ", "))
	case r.Unique && r.Method != "" && r.Method != "btree":
		return refuse("only an index by btree can be unique").At("method")
	}
	for i, column := range r.Columns {
		if err := checkName("columns", column); err != nil {
			return err
		}
		if slices.Contains(r.Columns[:i], column) {
			return refuse("the column %q is given twice", column).At("columns")
		}
	}
	return nil
}

// indexName is the caller's, or made of table and columns.
func indexName(r *wire.CreateIndex) string {
	if r.IndexName != nil {
		return *r.IndexName
	}
	const end = "_idx"
	name := r.TableName + "_" + strings.Join(r.Columns, "_")
	for len(name) > maxName-len(end) { // by whole characters
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + end
}

// DropIndex removes an index.
func DropIndex(r *wire.DropIndex) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "drop_index", Object: "index", Schema: schema, Name: r.IndexName, Absent: []string{noObject, noTable, noSchema}}
	if err == nil {
		err = checkName("index_name", r.IndexName)
	}
	c.Statements = []string{"DROP INDEX " + in(schema, r.IndexName) + " RESTRICT"}
	return c, err
}
