package query_test

import (
	"context"
	"log/slog"
	"testing"

	"athena/actors"
	"athena/actors/pool"
	"athena/http/apitest"
	"athena/http/gateway"
	"athena/http/query"
	"athena/persistence/cache"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/remote"
	"athena/persistence/supabase"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// projectWorld is a client whose answers are kept and whose database is that of a
// Supabase project, too.
func projectWorld(t *testing.T) *world {
	t.Helper()
	yes := true
	w := &world{t: t, supabase: &supabaseStandIn{}}
	backends, err := json.Marshal(wire.Backends{Supabase: &wire.SupabaseBackend{URL: serve(t, w.supabase), Key: projectKey}})
	require.NoError(t, err)
	w.Tenant = apitest.NewTenantOf(t, wire.AthenaClient{ClientName: apitest.Client, Metadata: backends},
		gatewaydb.Options{}, wire.ClientConfig{Cache: &wire.CacheConfig{Enabled: &yes}}, cache.Options{})
	w.supabase.run = func(sql string) (string, error) {
		rows, err := dbtest.Pool(t, w.URI).Query(context.Background(), sql)
		if err != nil {
			return "", err
		}
		list, err := pgx.CollectRows(rows, pgx.RowToMap)
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(append([]map[string]any{}, list...))
		return string(text), err
	}
	w.api = apitest.New(t, query.API{Clients: w.Clients, Supabase: supabase.Supabase{Remote: remote.New(true)}}.Routes(),
		gateway.API{Clients: w.Clients, Windows: w.Windows}.Routes())
	return w
}

func (w *world) ok(operation, body string) apitest.Reply {
	w.t.Helper()
	reply := w.do(apitest.Client, operation, body)
	require.Equal(w.t, 200, reply.Status, reply.Body)
	return reply
}

func (w *world) supabaseSQL(sql string) {
	w.t.Helper()
	text, err := json.Marshal(sql)
	require.NoError(w.t, err)
	w.ok("POST /gateway/sql", `{"driver":"supabase","db_name":"d","query":`+string(text)+`}`)
}

// TestDriversOutdateWhatIsKept: what was kept of a database is not served after a write
// that reached it through another driver.
func TestDriversOutdateWhatIsKept(t *testing.T) {
	t.Parallel()
	w := projectWorld(t)
	w.Exec(t, `CREATE FUNCTION relabel() RETURNS text LANGUAGE sql AS $$ UPDATE labels SET label = 'f' RETURNING label $$`)
	const fetch = `{"table_name":"labels","columns":["label"],"orderBy":{"id":"asc"}}`
	labels := func() (rows, outcome string) {
		reply := w.ok("POST /gateway/fetch", fetch)
		return reply.Body, string(reply.Header.Peek("X-Athena-Cache-Outcome"))
	}
	for _, write := range []string{
		"UPDATE labels SET label = 'one' WHERE id = 1",
		"WITH more AS (INSERT INTO labels VALUES (20, 'twenty') RETURNING id) SELECT id FROM more",
		"DO $$ BEGIN UPDATE labels SET label = 'three' WHERE id = 1; END $$",
		"SELECT relabel()",
	} {
		labels()
		before, outcome := labels()
		require.Equal(t, "hit", outcome)
		w.supabaseSQL("SELECT count(*) FROM labels")
		_, outcome = labels()
		require.Equal(t, "hit", outcome, "a read outdates nothing")
		w.supabaseSQL(write)
		after, outcome := labels()
		require.Equal(t, "miss", outcome, write)
		require.NotEqual(t, before, after, write)
	}
	w.supabaseSQL("ALTER TABLE labels RENAME COLUMN label TO name")
	reply := w.do(apitest.Client, "POST /gateway/fetch", fetch)
	require.Equal(t, 400, reply.Status, reply.Body)
}

// TestDriversOutdateCounts: a count of one driver is not served after a write of any.
func TestDriversOutdateCounts(t *testing.T) {
	t.Parallel()
	w := projectWorld(t)
	count := func() (int64, string) {
		reply := w.ok("POST /query/count", `{"driver":"supabase","db_name":"d","table_name":"labels"}`)
		return read[counted](t, reply.Body).Data.Count, string(reply.Header.Peek("X-Athena-Cache-Outcome"))
	}
	now := func(n int64, outcome string) {
		t.Helper()
		got, told := count()
		require.Equal(t, n, got)
		require.Equal(t, outcome, told)
	}
	now(2, "miss")
	now(2, "hit")
	w.supabaseSQL("INSERT INTO labels VALUES (10, 'ten')")
	now(3, "miss")
	w.ok("PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":11,"label":"eleven"}}`)
	now(4, "miss")
	now(4, "hit")
}

// TestCustomSupabaseOutdatesByAnyName: a write to a project that the caller names is
// heard of by every client of that database, if one keeps answers and names the project.
func TestCustomSupabaseOutdatesByAnyName(t *testing.T) {
	t.Parallel()
	w := projectWorld(t)
	yes := true
	config := &wire.ClientConfig{Cache: &wire.CacheConfig{Enabled: &yes}}
	record := w.Clients.Targets()[0].Record
	kept, err := cache.New(cache.Options{})
	require.NoError(t, err)
	t.Cleanup(kept.Close)
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	all, err := pool.NewClients(t.Context(), system, pool.Config{
		Options: gatewaydb.Options{PoolSize: 4, Lanes: 1}, Cache: kept,
		Load: func(context.Context) ([]pool.Target, error) {
			return []pool.Target{
				{Name: "shop", URI: w.URI, Config: config},
				{Name: "owner", URI: w.URI, Config: config, Record: record}, // nobody calls it
			}, nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, all.Close(context.Background())) })
	w.api = apitest.New(t, query.API{Clients: all, CustomSupabase: supabase.Supabase{Remote: remote.New(true)}}.Routes(),
		gateway.API{Clients: all, Windows: w.Windows}.Routes())
	outcome := func() string {
		reply := w.do("shop", "POST /gateway/fetch", `{"table_name":"labels","columns":["label"]}`)
		require.Equal(t, 200, reply.Status, reply.Body)
		return string(reply.Header.Peek("X-Athena-Cache-Outcome"))
	}
	outcome()
	require.Equal(t, "hit", outcome())
	backends, err := record.Backends()
	require.NoError(t, err)
	reply := w.do(wire.CustomSupabase, "POST /gateway/sql", `{"driver":"supabase","db_name":"d","query":"UPDATE labels SET label = 'new' WHERE id = 1"}`,
		"x-supabase-url: "+backends.Supabase.URL, "x-supabase-key: "+projectKey)
	require.Equal(t, 200, reply.Status, reply.Body)
	require.Equal(t, "miss", outcome())
}
