package ddl

import "athena/wire"

// CreateView makes a view.
func CreateView(r *wire.CreateView) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "create_view", Object: viewKind(r.Materialized), Schema: schema, Name: r.ViewName}
	if err == nil {
		err = checkNew("view_name", r.ViewName)
	}
	if err == nil && r.Materialized && (r.OrReplace || r.SecurityInvoker) {
		err = refuse("a materialized view takes neither or_replace nor security_invoker").At("materialized")
	}
	if err != nil {
		return c, err
	}
	body, err := query("definition", r.Definition)
	if err != nil {
		return c, err
	}
	c.Statements = []string{viewStatement(r) + in(schema, r.ViewName) + viewOptions(r) + " AS " + body}
	return c, nil
}

func viewKind(materialized bool) string {
	if materialized {
		return "materialized_view"
	}
	return "view"
}

func viewStatement(r *wire.CreateView) string {
	switch {
	case r.Materialized:
		return "CREATE MATERIALIZED VIEW "
	case r.OrReplace:
		return "CREATE OR REPLACE VIEW "
	}
	return "CREATE VIEW "
}

func viewOptions(r *wire.CreateView) string {
	if r.SecurityInvoker {
		return " WITH (security_invoker = true)"
	}
	return ""
}

// DropView removes a view.
func DropView(r *wire.DropView) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{Operation: "drop_view", Object: viewKind(r.Materialized), Schema: schema, Name: r.ViewName, Absent: []string{noTable, noSchema}}
	if err == nil {
		err = checkName("view_name", r.ViewName)
	}
	drop := "DROP VIEW "
	if r.Materialized {
		drop = "DROP MATERIALIZED VIEW "
	}
	c.Statements = []string{drop + in(schema, r.ViewName) + cascade(r.Cascade)}
	return c, err
}
