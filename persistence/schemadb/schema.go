// Package schemadb describes a client's database from PostgreSQL's own catalogs,
// as they are at the moment of asking.
package schemadb

import (
	"context"
	"embed"

	"athena/persistence"
	"athena/wire"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads from a client's database.
type Store struct{ DB persistence.DB }

// Tables gives the relations with rows, of one schema or, for "", of all.
func (s Store) Tables(ctx context.Context, schema string) ([]wire.SchemaTable, error) {
	return persistence.All[wire.SchemaTable](ctx, s.DB, sql.Get("tables"), schema)
}

// Columns gives the columns of the tables of a name, those in public first; schema
// narrows them to one table.
func (s Store) Columns(ctx context.Context, schema, table string) ([]wire.SchemaColumn, error) {
	return persistence.All[wire.SchemaColumn](ctx, s.DB, sql.Get("columns"), table, schema)
}

// Constraints gives the primary key and the unique constraints of a table; a table
// that is not there is a problem.
func (s Store) Constraints(ctx context.Context, schema, table string) ([]wire.SchemaConstraint, error) {
	list, err := persistence.All[wire.SchemaConstraint](ctx, s.DB, sql.Get("constraints"), table, schema)
	if err != nil || len(list) > 0 {
		return list, err
	}
	there, err := persistence.One[bool](ctx, s.DB, "table", sql.Get("is_table"), table, schema)
	if err == nil && !there {
		err = UnknownTable(table)
	}
	return list, err
}

// UnknownTable is the problem of a name that no table has.
func UnknownTable(table string) error {
	return wire.Fail(wire.UnknownTable, "there is no table %.63q", table).At("table_name")
}

// Migrations gives the migrations that ran, where the database keeps their list in
// the usual place; kept is false where it does not.
func (s Store) Migrations(ctx context.Context) (list []wire.SchemaMigration, kept bool, err error) {
	list, err = persistence.All[wire.SchemaMigration](ctx, s.DB, sql.Get("migrations"))
	if persistence.NoTable(err) {
		return []wire.SchemaMigration{}, false, nil
	}
	return list, true, err
}
