package management_test

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/pool"
	"athena/http/apitest"
	"athena/http/gateway"
	"athena/http/management"
	"athena/http/route"
	"athena/persistence/cache"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/managementdb"
	"athena/persistence/notify"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// world is the management of a tenant of its own, with a control database for the
// record and the gateway to see the effect.
type world struct {
	*apitest.Tenant
	t       testing.TB
	api     *apitest.API
	control string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	control := dbtest.Control(t)
	tenant := apitest.NewTenant(t, gatewaydb.Options{})
	return &world{tenant, t, serve(t, tenant.Clients, control), control}
}

func serve(t *testing.T, clients *pool.Clients, control string) *apitest.API {
	t.Helper()
	api := management.API{Clients: clients, Audit: managementdb.Audit{DB: dbtest.Pool(t, control)}, Log: slog.New(slog.DiscardHandler)}
	return apitest.New(t, api.Routes(), gateway.API{Clients: clients, MaxRows: 100}.Routes())
}

const everything = "management.*"

// as is the same world for a subtest.
func (w *world) as(t testing.TB) *world { return &world{w.Tenant, t, w.api, w.control} }

func (w *world) do(operation, body string, headers ...string) apitest.Reply {
	w.t.Helper()
	return w.api.Do(w.t, operation, body, append([]string{"X-Athena-Client: " + apitest.Client}, headers...)...)
}

// made sends a change that must succeed.
func (w *world) made(status int, operation, body string) wire.SchemaChange {
	w.t.Helper()
	reply := w.do(operation, body, apitest.Rights(everything))
	require.Equal(w.t, status, reply.Status, reply.Body)
	var out wire.Success[wire.SchemaChange]
	require.NoError(w.t, json.Unmarshal([]byte(reply.Body), &out), reply.Body)
	require.Equal(w.t, "succeeded", w.audit("status", out.Data.AuditID))
	return out.Data
}

func (w *world) refused(status int, operation, body string, headers ...string) wire.Failure {
	w.t.Helper()
	if len(headers) == 0 {
		headers = []string{apitest.Rights(everything)}
	}
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, status, reply.Status, reply.Body)
	var f wire.Failure
	require.NoError(w.t, json.Unmarshal([]byte(reply.Body), &f), reply.Body)
	return f
}

// audit reads a column of a row of the record.
func (w *world) audit(column, id string) string {
	w.t.Helper()
	return w.record("SELECT " + column + " FROM database_audit_log WHERE id = '" + id + "'")
}

func (w *world) record(sql string) string {
	w.t.Helper()
	var value string
	row := dbtest.Pool(w.t, w.control).QueryRow(context.Background(), "SELECT coalesce(("+sql+")::text, 'NULL')")
	require.NoError(w.t, row.Scan(&value), sql)
	return value
}

func TestTableLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.made(201, "POST /management/tables", `{"table_name":"plants \"x\"","columns":[
		{"name":"id","data_type":"uuid","default_expression":"gen_random_uuid()","primary_key":true},
		{"name":"name","data_type":"varchar(20)","nullable":false,"check_expression":"length(name) > 1"},
		{"name":"mood","data_type":"mood"},{"name":"tags","data_type":"text[]","default_expression":"'{}'"}]}`)
	require.Equal(t, "create_table", made.Operation)
	require.Equal(t, `plants "x"`, made.ObjectName)
	insert := `{"table_name":"plants \"x\"","insert_body":{"name":"oak"},"columns":["name","tags"]}`
	reply := w.do("PUT /gateway/insert", insert)
	require.Equal(t, 200, reply.Status, "the schema is known at once: %s", reply.Body)
	require.Contains(t, reply.Body, `{"name":"oak","tags":[]}`)

	path := "/management/tables/plants%20%22x%22"
	edited := w.made(200, "PATCH "+path, `{"operations":[
		{"type":"add_column","column":{"name":"size","data_type":"int","default_expression":"1 + 1","nullable":false}},
		{"type":"rename_column","from":"name","to":"title"},{"type":"set_default","column_name":"title","default_expression":"'none'"},
		{"type":"drop_default","column_name":"size"},{"type":"drop_not_null","column_name":"title"},{"type":"set_not_null","column_name":"tags"}]}`)
	require.Len(t, edited.Statements, 6)
	require.Contains(t, w.do("POST /gateway/fetch", `{"table_name":"plants \"x\"","columns":["title","size"]}`).Body, `[{"title":"oak","size":2}]`)

	w.made(201, "POST /management/indexes", `{"table_name":"plants \"x\"","columns":["title","size"],"unique":true,"index_name":"plants_title"}`)
	require.Contains(t, w.Value(t, "SELECT indexdef FROM pg_indexes WHERE indexname = 'plants_title'"), "UNIQUE INDEX plants_title")
	w.made(200, "DELETE /management/indexes/plants_title", ``)
	w.made(200, "DELETE "+path+"/columns/size", `{"cascade":false}`)
	w.made(200, "DELETE "+path, `{}`)
	require.Equal(t, "0", w.Value(t, `SELECT count(*) FROM pg_class WHERE relname = 'plants "x"'`))
	require.Equal(t, 400, w.do("PUT /gateway/insert", insert).Status)
	require.Equal(t, "6", w.record("SELECT count(*) FROM database_audit_log WHERE status = 'succeeded' AND client_name = 'acme' AND api_key_public_id IS NOT NULL AND finished_at IS NOT NULL"))
}

func TestViewLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made(200, "POST /management/views", `{"view_name":"young","definition":"SELECT id, name FROM people WHERE age < 30"}`)
	w.made(200, "POST /management/views", `{"view_name":"young","query":"SELECT id, name FROM people WHERE age < 20;","or_replace":true,"security_invoker":true}`)
	require.Equal(t, "{security_invoker=true}", w.Value(t, "SELECT reloptions FROM pg_class WHERE relname = 'young'"))
	require.Equal(t, 200, w.do("POST /gateway/fetch", `{"view_name":"young"}`).Status)
	w.made(200, "POST /management/views", `{"view_name":"heads","materialized":true,"definition":"SELECT count(*) AS n FROM young"}`)
	require.Contains(t, w.do("POST /gateway/fetch", `{"table_name":"heads"}`).Body, `"n":`)

	f := w.refused(409, "DELETE /management/views/young", `{}`)
	require.Equal(t, "dependent_objects", f.Code)
	require.Contains(t, f.Error, "heads")
	require.Equal(t, "not_found", w.refused(404, "DELETE /management/views/nothing", ``).Code)
	require.Equal(t, 409, w.do("POST /management/views", `{"view_name":"young","definition":"SELECT 1 AS a"}`, apitest.Rights(everything)).Status)
	w.refused(400, "DELETE /management/views/people", ``)
	w.made(200, "DELETE /management/views/heads", `{"materialized":true}`)
	w.made(200, "DELETE /management/views/young", `{"cascade":true}`)
}

func TestFunctionLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := func(query string) []wire.ManagedFunction {
		t.Helper()
		reply := w.do("GET /management/functions?"+query, "", apitest.Rights("management.functions.read"))
		require.Equal(t, 200, reply.Status, reply.Body)
		var out wire.Success[wire.ManagedFunctionPage]
		require.NoError(t, json.Unmarshal([]byte(reply.Body), &out))
		return out.Data.Functions
	}
	first := w.made(200, "PUT /management/functions", `{"ddl":"CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n'"}`)
	require.Equal(t, "NULL", w.record("SELECT previous_definition FROM function_ddl_audit_log WHERE audit_id = '"+first.AuditID+"'"))
	second := w.made(200, "PUT /management/functions", `{"ddl":"CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n + n'"}`)
	require.Contains(t, w.record("SELECT previous_definition FROM function_ddl_audit_log WHERE audit_id = '"+second.AuditID+"'"), "2 * n")
	require.Equal(t, "8", w.Value(t, "SELECT twice(4)"))

	found := list("name_like=TWIC&include_definition=true")
	require.Len(t, found, 1)
	require.Equal(t, []string{"integer"}, found[0].ArgTypes)
	require.Equal(t, "immutable", found[0].Volatility)
	require.Contains(t, *found[0].Definition, "n + n")
	require.Nil(t, list("schema=public&name_like=twice")[0].Definition)
	require.Empty(t, list("schema=nowhere"))
	require.NotEmpty(t, list("include_system=true&schema=pg_catalog&name_like=now"))
	for _, f := range list("") {
		require.NotContains(t, []string{"pg_catalog", "information_schema"}, f.SchemaName)
	}

	w.Exec(t, "CREATE VIEW doubled AS SELECT twice(1) AS n")
	drop := `{"function_name":"twice","arg_types":["integer"]}`
	require.Equal(t, "dependent_objects", w.refused(409, "DELETE /management/functions", drop).Code)
	w.Exec(t, "DROP VIEW doubled")
	w.made(200, "DELETE /management/functions", drop)
	require.Equal(t, "not_found", w.refused(404, "DELETE /management/functions", drop).Code)
	require.Equal(t, "not_found", w.refused(404, "DELETE /management/functions", `{"function_name":"twice","arg_types":["no_such_type"]}`).Code)
	require.Equal(t, "6", w.record("SELECT count(*) FROM function_ddl_audit_log"), "refused ones too")
}

func TestExtension(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.made(200, "POST /management/extensions/install", `{"extension_name":"citext"}`)
	require.Equal(t, "conflict", w.refused(409, "POST /management/extensions/install", `{"extension_name":"citext"}`).Code)
	w.made(200, "POST /management/extensions/install", `{"extension_name":"citext","if_not_exists":true}`)
	w.made(201, "POST /management/tables", `{"table_name":"loose","columns":[{"name":"word","data_type":"citext"}]}`)
	for _, name := range []string{"", "dblink", "file_fdw", "plpython3u", "citext; DROP TABLE canary", "CITEXT"} {
		w.refused(400, "POST /management/extensions/install", `{"extension_name":"`+name+`"}`)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, "CREATE TABLE twins (a int); INSERT INTO twins VALUES (1), (1), (NULL)")
	const tables, indexes, views = "/management/tables", "/management/indexes", "/management/views"
	for _, tc := range []struct {
		name, operation, body string
		status                int
		field, code           string
	}{
		{"table is there", "POST " + tables, `{"table_name":"people","if_not_exists":true}`, 409, "", "conflict"},
		{"table without a name", "POST " + tables, `{}`, 400, "table_name", "invalid_request"},
		{"reserved table", "POST " + tables, `{"table_name":"select"}`, 400, "table_name", "reserved_name"},
		{"Athena's schema", "POST " + tables, `{"table_name":"x","schema_name":"athena"}`, 400, "schema_name", "reserved_name"},
		{"unknown schema", "POST " + tables, `{"table_name":"x","schema_name":"nowhere"}`, 400, "", "unknown_table"},
		{"column twice", "POST " + tables, `{"table_name":"x","columns":[{"name":"a","data_type":"int"},{"name":"a","data_type":"int"}]}`, 400, "columns[1].name", "invalid_ddl"},
		{"injected default", "POST " + tables, `{"table_name":"x","columns":[{"name":"a","data_type":"int","default_expression":"1); DROP TABLE canary; --"}]}`, 400, "columns[0].default_expression", "invalid_ddl"},
		{"default of another type", "POST " + tables, `{"table_name":"x","columns":[{"name":"a","data_type":"int","default_expression":"'x'"}]}`, 400, "", "invalid_value"},
		{"unknown type", "POST " + tables, `{"table_name":"x","columns":[{"name":"a","data_type":"nonsense"}]}`, 400, "columns[0].data_type", "invalid_ddl"},

		{"edit of nothing", "PATCH " + tables + "/nothing", `{"operations":[{"type":"drop_default","column_name":"a"}]}`, 404, "", "not_found"},
		{"no steps", "PATCH " + tables + "/people", `{"operations":[]}`, 400, "operations", "invalid_request"},
		{"unknown step", "PATCH " + tables + "/people", `{"operations":[{"type":"drop_everything"}]}`, 400, "operations[0].type", "invalid_ddl"},
		{"step without its member", "PATCH " + tables + "/people", `{"operations":[{"type":"rename_column","from":"name"}]}`, 400, "operations[0].to", "invalid_ddl"},
		{"step with another's member", "PATCH " + tables + "/people", `{"operations":[{"type":"drop_default","column_name":"name","to":"x"}]}`, 400, "operations[0].to", "invalid_ddl"},
		{"unknown column", "PATCH " + tables + "/people", `{"operations":[{"type":"drop_default","column_name":"nothing"}]}`, 400, "", "unknown_column"},
		{"column is there", "PATCH " + tables + "/people", `{"operations":[{"type":"rename_column","from":"age","to":"agedness"},{"type":"add_column","column":{"name":"name","data_type":"text"}}]}`, 409, "", "conflict"},
		{"rows without a value", "PATCH " + tables + "/twins", `{"operations":[{"type":"set_not_null","column_name":"a"}]}`, 400, "a", "not_null_violation"},

		{"drop of nothing", "DELETE " + tables + "/nothing", `{}`, 404, "", "not_found"},
		{"drop in no schema", "DELETE " + tables + "/people", `{"schema_name":"nowhere"}`, 404, "", "not_found"},
		{"drop what others need", "DELETE " + tables + "/people", `{}`, 409, "", "dependent_objects"},
		{"drop of a view as a table", "DELETE " + tables + "/adults", `{}`, 400, "", "invalid_sql"},
		{"drop of the server's", "DELETE " + tables + "/pg_class", `{"schema_name":"pg_catalog"}`, 400, "schema_name", "reserved_name"},
		{"column of nothing", "DELETE " + tables + "/nothing/columns/a", `{}`, 404, "", "not_found"},
		{"no such column", "DELETE " + tables + "/people/columns/nothing", `{}`, 404, "", "not_found"},
		{"system column", "DELETE " + tables + "/people/columns/ctid", `{}`, 400, "column_name", "reserved_name"},
		{"column that others need", "DELETE " + tables + "/people/columns/age", `{}`, 409, "", "dependent_objects"},

		{"index on nothing", "POST " + indexes, `{"table_name":"nothing","columns":["a"]}`, 404, "", "not_found"},
		{"index on no column", "POST " + indexes, `{"table_name":"people","columns":["nothing"]}`, 400, "", "unknown_column"},
		{"index of no columns", "POST " + indexes, `{"table_name":"people","columns":[]}`, 400, "columns", "invalid_request"},
		{"index by a strange method", "POST " + indexes, `{"table_name":"people","columns":["id"],"method":"btree (id); DROP TABLE canary; --"}`, 400, "method", "invalid_ddl"},
		{"unique hash", "POST " + indexes, `{"table_name":"people","columns":["id"],"method":"hash","unique":true}`, 400, "method", "invalid_ddl"},
		{"index is there", "POST " + indexes, `{"table_name":"people","columns":["id"],"index_name":"people_pkey"}`, 409, "", "conflict"},
		{"unique over doubles", "POST " + indexes, `{"table_name":"twins","columns":["a"],"unique":true}`, 409, "", "unique_violation"},
		{"method that does not fit", "POST " + indexes, `{"table_name":"people","columns":["name"],"method":"gin"}`, 400, "", "invalid_sql"},
		{"drop of no index", "DELETE " + indexes + "/nothing", `{}`, 404, "", "not_found"},
		{"drop of a key's index", "DELETE " + indexes + "/people_pkey", `{}`, 409, "", "dependent_objects"},

		{"view of two statements", "POST " + views, `{"view_name":"x","definition":"SELECT 1; DROP TABLE canary"}`, 400, "definition", "invalid_ddl"},
		{"view of nothing", "POST " + views, `{"view_name":"x","definition":"SELECT a FROM nothing"}`, 400, "", "unknown_table"},
		{"replaced materialized view", "POST " + views, `{"view_name":"x","definition":"SELECT 1 AS a","materialized":true,"or_replace":true}`, 400, "materialized", "invalid_ddl"},
		{"other columns", "POST " + views, `{"view_name":"adults","definition":"SELECT 1 AS a","or_replace":true}`, 400, "", "invalid_sql"},

		{"two functions", "PUT /management/functions", `{"ddl":"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP TABLE canary"}`, 400, "ddl", "invalid_ddl"},
		{"another statement", "PUT /management/functions", `{"ddl":"DROP TABLE canary"}`, 400, "ddl", "invalid_ddl"},
		{"body that is wrong", "PUT /management/functions", `{"ddl":"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT nothing FROM people'"}`, 400, "", "unknown_column"},
		{"argument types missing", "DELETE /management/functions", `{"function_name":"f"}`, 400, "arg_types", "invalid_request"},
		{"no body", "POST " + tables, ``, 400, "", "invalid_json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := w.as(t)
			before := w.record("SELECT count(*) FROM database_audit_log")
			f := w.refused(tc.status, tc.operation, tc.body)
			require.Equal(t, tc.code, f.Code, "%+v", f)
			require.Equal(t, tc.field, f.Field, "%+v", f)
			if tc.name != "no body" { // it has nothing to note
				require.Equal(t, "refused", w.record("SELECT status FROM database_audit_log ORDER BY created_at DESC LIMIT 1"))
				require.NotEqual(t, before, w.record("SELECT count(*) FROM database_audit_log"))
			}
		})
	}
	require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary WHERE id = 1"))
	require.Equal(t, "1", w.Value(t, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'people'::regclass AND attname = 'age'"), "no step of a change that failed is left")
}

// TestRights asks every operation with every right of the family: it takes its own
// alone, and none that the gateway has.
func TestRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, r := range (management.API{}).Routes() {
		t.Run(r.Name(), func(t *testing.T) {
			w := w.as(t)
			require.Equal(t, route.Management, r.Access)
			require.Contains(t, wire.NativeRights(), r.Right)
			operation := r.Method + " " + strings.NewReplacer("{table_name}", "nothing", "{column_name}", "c", "{index_name}", "nothing", "{view_name}", "nothing").Replace(r.Path)
			var others []string
			for _, right := range append(wire.NativeRights(), "gateway.*", "*.read", "*.write", "nothing.*") {
				if !wire.RightCovers(right, r.Right) {
					others = append(others, right)
				}
			}
			require.NotContains(t, others, r.Right)
			f := w.refused(403, operation, "{}", apitest.Rights(others...))
			require.Equal(t, "right_missing", f.Code)
			require.Contains(t, f.Error, r.Right)
			require.Equal(t, 401, w.do(operation, "{}").Status, "no key")
			require.NotContains(t, []int{401, 403}, w.do(operation, "{}", apitest.Rights(r.Right)).Status)
		})
	}
	require.Equal(t, "0", w.record("SELECT count(*) FROM database_audit_log WHERE status = 'succeeded'"))
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reply := w.do("GET /management/capabilities", "", apitest.Rights("management.read"))
	require.Equal(t, 200, reply.Status, reply.Body)
	var out wire.Success[wire.ManagementCapabilities]
	require.NoError(t, json.Unmarshal([]byte(reply.Body), &out))
	require.Len(t, out.Data.RequiredRights, len((management.API{}).Routes()))
	require.Contains(t, out.Data.AllowedColumnDataTypes, "jsonb")
	for _, typ := range out.Data.AllowedColumnDataTypes {
		name := strings.ReplaceAll(typ, " ", "_") + "_table"
		w.made(201, "POST /management/tables", `{"table_name":"`+name+`","columns":[{"name":"c","data_type":"`+typ+`"}]}`)
	}
	require.Equal(t, 400, w.api.Do(t, "GET /management/capabilities", "", "X-Athena-Client: nobody", apitest.Rights("*")).Status)
}

// TestWithoutAudit: what cannot be noted is not done.
func TestWithoutAudit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dbtest.Exec(t, w.control, "ALTER TABLE function_ddl_audit_log RENAME TO away")
	f := w.refused(503, "PUT /management/functions", `{"ddl":"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"}`)
	require.Equal(t, "audit_store_unavailable", f.Code)
	require.Equal(t, "0", w.record("SELECT count(*) FROM database_audit_log"), "both rows or none")
	dbtest.Exec(t, w.control, "DROP TABLE away; DROP TABLE database_audit_log")
	for _, tc := range []struct{ operation, body string }{
		{"POST /management/tables", `{"table_name":"x"}`},
		{"PATCH /management/tables/people", `{"operations":[{"type":"drop_not_null","column_name":"name"}]}`},
		{"DELETE /management/tables/notes", `{}`},
		{"DELETE /management/tables/notes/columns/n", `{}`},
		{"POST /management/indexes", `{"table_name":"people","columns":["age"]}`},
		{"DELETE /management/indexes/people_email_key", `{}`},
		{"POST /management/views", `{"view_name":"x","definition":"SELECT 1 AS a"}`},
		{"DELETE /management/views/adults", `{}`},
		{"DELETE /management/functions", `{"function_name":"f","arg_types":[]}`},
		{"POST /management/extensions/install", `{"extension_name":"citext"}`},
	} {
		require.Equal(t, "audit_store_unavailable", w.refused(503, tc.operation, tc.body).Code, tc.operation)
	}
	require.Equal(t, 400, w.do("POST /management/tables", `{"table_name":""}`, apitest.Rights(everything)).Status, "the caller's own fault comes first")
	require.Equal(t, "0", w.Value(t, "SELECT count(*) FROM pg_class WHERE relname = 'x'"))
	require.Equal(t, "2", w.Value(t, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'notes'::regclass AND attnum > 0"))
}

// TestAuditLostUnderWay: a change whose success cannot be noted is undone.
func TestAuditLostUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dbtest.Exec(t, w.control, `CREATE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full' USING ERRCODE = '53100'; END $$;
		CREATE TRIGGER deny BEFORE UPDATE ON database_audit_log FOR EACH ROW EXECUTE FUNCTION deny()`)
	require.Equal(t, "audit_store_unavailable", w.refused(503, "DELETE /management/tables/notes", `{}`).Code)
	require.Equal(t, "1", w.Value(t, "SELECT count(*) FROM pg_class WHERE relname = 'notes'"))
	require.Equal(t, "started", w.record("SELECT status FROM database_audit_log"))
}

// TestForeignOwner: the database's own permissions hold.
func TestForeignOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `DROP ROLE IF EXISTS athena_tenant_guest; CREATE ROLE athena_tenant_guest LOGIN SUPERUSER PASSWORD 'guest';
		ALTER ROLE athena_tenant_guest NOSUPERUSER; GRANT CREATE, USAGE ON SCHEMA public TO athena_tenant_guest`)
	u, err := url.Parse(w.URI)
	require.NoError(t, err)
	u.User = url.UserPassword("athena_tenant_guest", "guest")
	w.api = serve(t, clientsOf(t, u.String()), w.control)
	w.made(201, "POST /management/tables", `{"table_name":"mine","columns":[{"name":"a","data_type":"int"}]}`)
	for _, tc := range []struct{ operation, body string }{
		{"PATCH /management/tables/notes", `{"operations":[{"type":"drop_default","column_name":"n"}]}`},
		{"DELETE /management/tables/notes", `{}`},
		{"DELETE /management/tables/notes/columns/n", `{}`},
		{"POST /management/indexes", `{"table_name":"notes","columns":["n"]}`},
		{"POST /management/extensions/install", `{"extension_name":"pg_stat_statements"}`},
	} {
		f := w.refused(403, tc.operation, tc.body)
		require.Equal(t, "role_permission_denied", f.Code, tc.operation)
	}
	require.Equal(t, "5", w.record("SELECT count(*) FROM database_audit_log WHERE status = 'refused' AND error_code = 'role_permission_denied'"))
}

func clientsOf(t *testing.T, uri string) *pool.Clients {
	t.Helper()
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	clients, err := pool.NewClients(t.Context(), system, pool.Config{
		Options: gatewaydb.Options{PoolSize: 2, Lanes: 1},
		Load: func(context.Context) ([]pool.Target, error) {
			return []pool.Target{{Name: apitest.Client, URI: uri}}, nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, clients.Close(context.Background())) })
	return clients
}

// TestKeptAnswersAreOutdated: what was kept before a change of the schema is not served
// after it.
func TestKeptAnswersAreOutdated(t *testing.T) {
	t.Parallel()
	yes, control := true, dbtest.Control(t)
	tenant := apitest.NewTenantKeeping(t, gatewaydb.Options{}, wire.ClientConfig{Cache: &wire.CacheConfig{Enabled: &yes}}, cache.Options{})
	w := &world{tenant, t, serve(t, tenant.Clients, control), control}
	read := func() (status int, outcome string) {
		reply := w.do("POST /gateway/fetch", `{"table_name":"notes"}`)
		return reply.Status, string(reply.Header.Peek("X-Athena-Cache-Outcome"))
	}
	for _, change := range []struct{ operation, body string }{
		{"PATCH /management/tables/notes", `{"operations":[{"type":"add_column","column":{"name":"extra","data_type":"int"}}]}`},
		{"DELETE /management/tables/notes/columns/extra", `{}`},
		{"DELETE /management/tables/notes", `{}`},
	} {
		read()
		_, outcome := read()
		require.Equal(t, "hit", outcome, change.operation)
		w.made(200, change.operation, change.body)
		_, outcome = read()
		require.NotEqual(t, "hit", outcome, change.operation)
	}
	status, _ := read()
	require.Equal(t, 400, status)
}

// TestOtherNodes learn at once that a schema changed.
func TestOtherNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clients := clientsOf(t, w.URI)
	far := &world{w.Tenant, t, serve(t, clients, w.control), w.control}
	ctx, stop := context.WithCancel(t.Context())
	listening, ended := make(chan struct{}, 16), make(chan struct{})
	go func() {
		defer close(ended)
		notify.Listen(ctx, func() (string, error) { return w.control, nil }, slog.New(slog.DiscardHandler), notify.Subscription{
			Channel: "athena_schema", Changed: func(client string) { clients.SchemaChanged(client); listening <- struct{}{} },
		})
	}()
	t.Cleanup(func() { stop(); <-ended })
	<-listening
	const all = `{"table_name":"notes","limit":1}`
	require.NotContains(t, far.do("POST /gateway/fetch", all).Body, "extra")
	w.made(200, "PATCH /management/tables/notes", `{"operations":[{"type":"add_column","column":{"name":"extra","data_type":"int"}}]}`)
	<-listening
	require.Eventually(t, func() bool { return strings.Contains(far.do("POST /gateway/fetch", all).Body, `"extra":`) }, 5*time.Second, 5*time.Millisecond)
}
