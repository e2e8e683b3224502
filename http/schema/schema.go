// Package schema tells callers what is in a client's database: tables, columns,
// constraints and migrations. A caller sees what it may read, and nothing of the
// rest; the right management.read shows everything.
package schema

import (
	"context"
	"slices"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/schemadb"
	"athena/wire"
)

// API is the schema domain.
type API struct {
	Clients *pool.Clients
}

const tag = "Schema"

// Routes are the operations that describe a database.
func (a API) Routes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/schema", Access: route.Gateway, Tag: tag, Do: route.JSON(a.describe),
			Summary: "Describe one schema: its tables with columns and keys"},
		{Method: "GET", Path: "/schema/tables", Access: route.Gateway, Tag: tag, Do: route.JSON(a.tables),
			Summary: "List the tables and views that the caller may read"},
		{Method: "GET", Path: "/schema/columns", Access: route.Gateway, Tag: tag, Do: route.JSON(a.columns),
			Summary: "List the columns of a table"},
		{Method: "GET", Path: "/schema/constraints", Access: route.Gateway, Tag: tag, Do: route.JSON(a.constraints),
			Summary: "List the primary key and the unique constraints of a table"},
		{Method: "GET", Path: "/schema/migrations", Access: route.Gateway, Tag: tag, Do: route.JSON(a.migrations),
			Summary: "List the migrations that ran, where the database keeps their list"},
	}
}

// readable tells a caller without the right to a table that it lacks it, whether
// or not there is such a table.
func readable(caller *route.Caller, schema, table string) error {
	err := caller.AllowTable(schema, table, "read")
	if err != nil && caller.Allow("management.read") == nil {
		return nil
	}
	return err
}

func (a API) store(ctx context.Context, caller *route.Caller) (schemadb.Store, error) {
	db, err := a.Clients.DB(ctx, caller.Client)
	return schemadb.Store{DB: db}, err
}

func (a API) tables(ctx context.Context, in *wire.ListSchemaTables) (wire.SchemaTablePage, error) {
	caller := &route.CallOf(ctx).Caller
	store, err := a.store(ctx, caller)
	if err != nil {
		return wire.SchemaTablePage{}, err
	}
	list, err := store.Tables(ctx, in.TableSchema)
	list = slices.DeleteFunc(list, func(t wire.SchemaTable) bool { return readable(caller, t.TableSchema, t.TableName) != nil })
	return wire.SchemaTablePage{Tables: list}, err
}

func (a API) columns(ctx context.Context, in *wire.SchemaOfTable) (wire.SchemaColumnPage, error) {
	caller := &route.CallOf(ctx).Caller
	store, err := a.store(ctx, caller)
	if err != nil {
		return wire.SchemaColumnPage{}, err
	}
	list, err := store.Columns(ctx, in.TableSchema, in.TableName)
	if err != nil {
		return wire.SchemaColumnPage{}, err
	}
	list = slices.DeleteFunc(list, func(c wire.SchemaColumn) bool { return readable(caller, c.TableSchema, in.TableName) != nil })
	if len(list) > 0 {
		return wire.SchemaColumnPage{Columns: list}, nil
	}
	return wire.SchemaColumnPage{Columns: list}, a.none(ctx, caller, store, in)
}

// none explains a table without columns: it may not be there, or not be the
// caller's to see.
func (a API) none(ctx context.Context, caller *route.Caller, store schemadb.Store, in *wire.SchemaOfTable) error {
	schema := or(in.TableSchema, "public")
	if err := readable(caller, schema, in.TableName); err != nil {
		return err
	}
	_, err := store.Constraints(ctx, schema, in.TableName)
	return err
}

func (a API) constraints(ctx context.Context, in *wire.SchemaOfTable) (wire.SchemaConstraintPage, error) {
	caller, schema := &route.CallOf(ctx).Caller, or(in.TableSchema, "public")
	if err := readable(caller, schema, in.TableName); err != nil {
		return wire.SchemaConstraintPage{}, err
	}
	store, err := a.store(ctx, caller)
	if err != nil {
		return wire.SchemaConstraintPage{}, err
	}
	list, err := store.Constraints(ctx, schema, in.TableName)
	return wire.SchemaConstraintPage{Constraints: list}, err
}

func (a API) migrations(ctx context.Context, _ *wire.ListSchemaMigrations) (wire.SchemaMigrationPage, error) {
	caller := &route.CallOf(ctx).Caller
	if err := readable(caller, "supabase_migrations", "schema_migrations"); err != nil {
		return wire.SchemaMigrationPage{}, err
	}
	store, err := a.store(ctx, caller)
	if err != nil {
		return wire.SchemaMigrationPage{}, err
	}
	list, kept, err := store.Migrations(ctx)
	page := wire.SchemaMigrationPage{Migrations: list}
	if err == nil && !kept {
		page.Message = "the table supabase_migrations.schema_migrations does not exist"
	}
	return page, err
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
