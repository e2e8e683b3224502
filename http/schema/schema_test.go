package schema_test

import (
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/http/schema"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// world describes a tenant of its own.
type world struct {
	*apitest.Tenant
	api *apitest.API
}

func newWorld(t *testing.T) *world {
	t.Helper()
	tenant := apitest.NewTenant(t, gatewaydb.Options{})
	return &world{tenant, apitest.New(t, schema.API{Clients: tenant.Clients}.Routes())}
}

func get[T any](t *testing.T, w *world, operation string, headers ...string) (out T) {
	t.Helper()
	reply := w.api.Do(t, operation, "", append(headers, "X-Athena-Client: "+apitest.Client)...)
	require.Equal(t, 200, reply.Status, reply.Body)
	require.NoError(t, json.Unmarshal([]byte(reply.Body), &out), reply.Body)
	return out
}

func names(page wire.SchemaTablePage) string {
	var list []string
	for _, table := range page.Tables {
		list = append(list, table.TableSchema+"."+table.TableName+" "+table.TableType)
	}
	return strings.Join(list, "\n")
}

func TestTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, "CREATE MATERIALIZED VIEW heads AS SELECT count(*) FROM people")
	all := names(get[wire.SchemaTablePage](t, w, "GET /schema/tables"))
	for _, want := range []string{"public.people BASE TABLE", "public.adults VIEW", "public.heads MATERIALIZED VIEW", "vault.accounts BASE TABLE", `odd "table".név BASE TABLE`} {
		require.Contains(t, all, want)
	}
	require.NotContains(t, all, "pg_")
	require.NotContains(t, all, "information_schema")
	vault := names(get[wire.SchemaTablePage](t, w, "GET /schema/tables?table_schema=vault"))
	require.Contains(t, vault, "vault.accounts")
	require.NotContains(t, vault, "public")
	require.Empty(t, names(get[wire.SchemaTablePage](t, w, "GET /schema/tables?table_schema=nowhere")))
}

func TestOnlyWhatMayBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ rights, want, not string }{
		{"people.read", "public.people", "labels"},
		{"accounts.read", "", "accounts"},
		{"gateway.read", "vault.accounts", "pg_"},
		{"management.read", "vault.accounts", "pg_"},
		{"people.write management.tables.write", "", "people"},
	} {
		t.Run(tc.rights, func(t *testing.T) {
			t.Parallel()
			got := names(get[wire.SchemaTablePage](t, w, "GET /schema/tables", apitest.Rights(tc.rights)))
			require.Contains(t, got, tc.want)
			require.NotContains(t, got, tc.not)
		})
	}
	described := get[wire.SchemaDescription](t, w, "GET /schema", apitest.Rights("people.read"))
	require.Len(t, described.Tables, 1)
	keys := described.Tables[0].ForeignKeys
	require.Len(t, keys, 1, "companies is not theirs to see")
	require.Equal(t, "people", keys[0].ForeignTableName)
}

func TestColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := get[wire.SchemaColumnPage](t, w, "GET /schema/columns?table_name=people")
	byName := map[string]wire.SchemaColumn{}
	for _, c := range page.Columns {
		byName[c.ColumnName] = c
	}
	require.Equal(t, "id", page.Columns[0].ColumnName)
	require.Equal(t, "integer", *byName["age"].DataType)
	require.Equal(t, "YES", *byName["age"].IsNullable)
	require.Nil(t, byName["age"].ColumnDefault)
	require.Equal(t, "USER-DEFINED", *byName["mood"].DataType)
	require.Equal(t, "'ok'::mood", *byName["mood"].ColumnDefault)
	require.Equal(t, "NO", *byName["mood"].IsNullable)
	require.Equal(t, "ARRAY", *byName["tags"].DataType)
	require.Equal(t, "text[]", byName["tags"].FullType)
	require.Equal(t, "numeric(12,2)", byName["balance"].FullType)

	w.Exec(t, "CREATE TABLE vault.people (secret text); CREATE TABLE bare ()")
	require.Len(t, get[wire.SchemaColumnPage](t, w, "GET /schema/columns?table_name=people&table_schema=vault").Columns, 1)
	require.Len(t, get[wire.SchemaColumnPage](t, w, "GET /schema/columns?table_name=people").Columns, len(page.Columns)+1)
	narrow := get[wire.SchemaColumnPage](t, w, "GET /schema/columns?table_name=people", apitest.Rights("people.read"))
	require.Len(t, narrow.Columns, len(page.Columns), "a right for people is one for public.people alone")
	require.Empty(t, get[wire.SchemaColumnPage](t, w, "GET /schema/columns?table_name=bare").Columns)
}

func TestConstraints(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := get[wire.SchemaConstraintPage](t, w, "GET /schema/constraints?table_name=people").Constraints
	require.Len(t, list, 2)
	require.Equal(t, wire.SchemaConstraint{ConstraintName: "people_pkey", ConstraintType: "PRIMARY KEY", Columns: []string{"id"}}, list[0])
	require.Equal(t, []string{"email"}, list[1].Columns)
	require.Equal(t, []string{"room", "place"}, get[wire.SchemaConstraintPage](t, w, "GET /schema/constraints?table_name=shelves").Constraints[0].Columns)
	require.Empty(t, get[wire.SchemaConstraintPage](t, w, "GET /schema/constraints?table_name=notes").Constraints)
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := get[wire.SchemaMigrationPage](t, w, "GET /schema/migrations")
	require.Empty(t, page.Migrations)
	require.Contains(t, page.Message, "does not exist")
	w.Exec(t, "CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations (version text); INSERT INTO supabase_migrations.schema_migrations VALUES ('2'), ('1')")
	page = get[wire.SchemaMigrationPage](t, w, "GET /schema/migrations")
	require.Equal(t, "1", *page.Migrations[0].Version)
	require.Nil(t, page.Migrations[0].Name)
	require.Empty(t, page.Message)
	w.Exec(t, "ALTER TABLE supabase_migrations.schema_migrations ADD name text DEFAULT 'init'")
	page = get[wire.SchemaMigrationPage](t, w, "GET /schema/migrations", apitest.Rights("management.read"))
	require.Equal(t, "init", *page.Migrations[1].Name)
	w.Exec(t, "ALTER TABLE supabase_migrations.schema_migrations RENAME TO other; CREATE VIEW supabase_migrations.schema_migrations AS SELECT 1/0 AS version")
	reply := w.api.Do(t, "GET /schema/migrations", "", "X-Athena-Client: "+apitest.Client)
	require.Equal(t, 400, reply.Status, reply.Body)
}

func TestDescription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	described := get[wire.SchemaDescription](t, w, "GET /schema")
	require.Equal(t, "public", described.Schema)
	var people, books wire.SchemaRelation
	for _, table := range described.Tables {
		switch table.TableName {
		case "people":
			people = table
		case "books":
			books = table
		}
	}
	require.Equal(t, []string{"id"}, people.PrimaryKey)
	require.Equal(t, []string{"email"}, people.Unique[0].Columns)
	require.Len(t, people.ForeignKeys, 2)
	last := people.Columns[len(people.Columns)-1]
	require.True(t, last.IsGenerated)
	require.Nil(t, last.ColumnDefault)
	require.Equal(t, []string{"room", "place"}, books.ForeignKeys[0].ForeignColumns)
	require.Equal(t, "vault", get[wire.SchemaDescription](t, w, "GET /schema?schema=vault").Schema)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, operation, rights string
		status                  int
		field, code             string
	}{
		{"columns of nothing", "GET /schema/columns", "*", 400, "table_name", "invalid_request"},
		{"columns of an unknown table", "GET /schema/columns?table_name=peopel", "*", 400, "table_name", "unknown_table"},
		{"columns of a table that is not theirs", "GET /schema/columns?table_name=labels", "people.read", 403, "", "right_missing"},
		{"columns of an unknown table that is not theirs", "GET /schema/columns?table_name=peopel", "people.read", 403, "", "right_missing"},
		{"columns in another schema", "GET /schema/columns?table_name=accounts&table_schema=vault", "accounts.read", 403, "", "right_missing"},
		{"hostile name", "GET /schema/columns?table_name=x%27%3B%20DROP%20TABLE%20canary%3B--", "*", 400, "table_name", "unknown_table"},
		{"constraints of nothing", "GET /schema/constraints", "*", 400, "table_name", "invalid_request"},
		{"constraints of an unknown table", "GET /schema/constraints?table_name=peopel", "*", 400, "table_name", "unknown_table"},
		{"constraints of a table that is not theirs", "GET /schema/constraints?table_name=labels", "people.read", 403, "", "right_missing"},
		{"migrations", "GET /schema/migrations", "people.read", 403, "", "right_missing"},
		{"unknown schema", "GET /schema?schema=nowhere", "*", 400, "schema", "unknown_table"},
		{"unknown schema of others", "GET /schema?schema=nowhere", "people.read", 403, "", "right_missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			reply := w.api.Do(t, tc.operation, "", "X-Athena-Client: "+apitest.Client, apitest.Rights(tc.rights))
			require.Equal(t, tc.status, reply.Status, reply.Body)
			var f wire.Failure
			require.NoError(t, json.Unmarshal([]byte(reply.Body), &f))
			require.Equal(t, tc.field, f.Field, reply.Body)
			require.Equal(t, tc.code, f.Code)
		})
	}
	for _, path := range []string{"", "/tables", "/columns?table_name=x", "/constraints?table_name=x", "/migrations"} {
		reply := w.api.Do(t, "GET /schema"+path, "", "X-Athena-Client: nobody")
		require.Equal(t, 400, reply.Status, reply.Body)
		require.Contains(t, reply.Body, "client_unknown")
	}
	t.Cleanup(func() { require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary WHERE id = 1")) })
}
