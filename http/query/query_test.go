package query_test

import (
	"strings"
	"sync"
	"testing"

	"athena/http/apitest"
	"athena/http/query"
	"athena/persistence/remote"
	"athena/persistence/scylla"
	"athena/persistence/supabase"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// answer is what tests look at in an answer.
type answer struct {
	Data struct {
		Rows    json.RawMessage
		Count   int64 `json:"row_count"`
		Command string
	}
}

func TestExecute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, client, body, rows string
		count                    int64
	}{
		{"postgresql", apitest.Client, `"driver":"postgresql","query":"SELECT id FROM people WHERE id < 3 ORDER BY id"`, `[{"id":1},{"id":2}]`, 2},
		{"params", apitest.Client, `"driver":"postgresql","query":"SELECT name FROM people WHERE id = $1","params":[1]`, `[{"name":"Ann"}]`, 1},
		{"schema", apitest.Client, `"driver":"postgresql","query":"SELECT id FROM accounts ORDER BY id","schema_name":"vault"`, `[{"id":1},{"id":2}]`, 2},
		{"write", apitest.Client, `"driver":"postgresql","query":"UPDATE notes SET n = n"`, `[]`, 3},
		{"supabase", "supa", `"driver":"supabase","query":"SELECT 1 AS one"`, `[{"one":1}]`, 1},
		{"supabase by a person", "person", `"driver":"supabase","query":"SELECT 1 AS one"`, `[{"one":1}]`, 1},
		{"d1", "edge", `"driver":"d1","query":"SELECT 1 AS one"`, `[{"one":1}]`, 1},
		{"d1 by another name", "edge", `"driver":"athena-d1","query":"SELECT 'x' AS one"`, `[{"one":"x"}]`, 1},
		{"d1 write", "edge", `"driver":"cloudflare-d1","query":"CREATE TABLE IF NOT EXISTS t (a)"`, `[]`, 0},
	} {
		for _, path := range []string{"/query/sql", "/gateway/sql"} {
			t.Run(tc.name+path, func(t *testing.T) {
				t.Parallel()
				reply := w.with(t).do(tc.client, "POST "+path, `{"db_name":"main",`+tc.body+`}`)
				require.Equal(t, 200, reply.Status, reply.Body)
				got := read[answer](t, reply.Body)
				require.JSONEq(t, tc.rows, string(got.Data.Rows))
				require.Equal(t, tc.count, got.Data.Count)
			})
		}
	}
}

func TestExecutionsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, client, body string
		status             int
		field, words       string
	}{
		{"unknown driver", apitest.Client, `"db_name":"d","driver":"mysql","query":"SELECT 1"`, 400, "driver", "mysql"},
		{"no driver", apitest.Client, `"db_name":"d","query":"SELECT 1"`, 400, "driver", "not a driver"},
		{"no database", apitest.Client, `"driver":"postgresql","query":"SELECT 1"`, 400, "db_name", "missing"},
		{"no query", apitest.Client, `"db_name":"d","driver":"postgresql","query":" "`, 400, "query", "missing"},
		{"schema elsewhere", "supa", `"db_name":"d","driver":"supabase","query":"SELECT 1","schema_name":"x"`, 400, "schema_name", "postgresql alone"},
		{"params elsewhere", "edge", `"db_name":"d","driver":"d1","query":"SELECT 1","params":[1]`, 400, "params", "postgresql alone"},
		{"syntax", apitest.Client, `"db_name":"d","driver":"postgresql","query":"SELEC 1"`, 400, "query", "character 1"},
		{"conflict", apitest.Client, `"db_name":"d","driver":"postgresql","query":"INSERT INTO canary VALUES (1)"`, 409, "", "already exists"},
		{"no cluster", apitest.Client, `"db_name":"d","driver":"athena","query":"SELECT 1"`, 503, "", "scylla.hosts"},
		{"no project", apitest.Client, `"db_name":"d","driver":"supabase","query":"SELECT 1"`, 400, "driver", "no Supabase project"},
		{"no d1", apitest.Client, `"db_name":"d","driver":"d1","query":"SELECT 1"`, 400, "X-Athena-Client", "no D1 database"},
		{"unreadable metadata", "odd", `"db_name":"d","driver":"d1","query":"SELECT 1"`, 503, "", "metadata"},
		{"unknown client", "nobody", `"db_name":"d","driver":"d1","query":"SELECT 1"`, 400, "X-Athena-Client", "nobody"},
		{"client that is off", "off", `"db_name":"d","driver":"supabase","query":"SELECT 1"`, 503, "X-Athena-Client", "switched off"},
		{"frozen client", "frozen", `"db_name":"d","driver":"supabase","query":"SELECT 1"`, 503, "", "frozen"},
		{"supabase syntax", "supa", `"db_name":"d","driver":"supabase","query":"SELEC 1"`, 400, "query", "syntax error"},
		{"supabase key", "wrong", `"db_name":"d","driver":"supabase","query":"SELECT 1 AS one"`, 503, "", "credentials"},
		{"supabase broken", "supa", `"db_name":"d","driver":"supabase","query":"BROKEN"`, 503, "", "502"},
		{"supabase away", "gone", `"db_name":"d","driver":"supabase","query":"SELECT 1"`, 503, "", "cannot be reached"},
		{"d1 syntax", "edge", `"db_name":"d","driver":"d1","query":"SELEC 1"`, 400, "query", "syntax error"},
		{"d1 token", "wrong", `"db_name":"d","driver":"d1","query":"SELECT 1"`, 503, "", "credentials"},
		{"d1 away", "gone", `"db_name":"d","driver":"d1","query":"SELECT 1"`, 503, "", "404"},
		{"custom without headers", wire.CustomSupabase, `"db_name":"d","driver":"supabase","query":"SELECT 1"`, 400, "x-supabase-url", "x-supabase-key"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(tc.status, tc.client, "POST /gateway/sql", `{`+tc.body+`}`)
			require.Equal(t, tc.field, f.Field, "%+v", f)
			require.Contains(t, f.Error, tc.words)
			require.NotContains(t, f.Error, projectKey)
		})
	}
}

// TestCallersCannotReachInside: the project that a request names must be one of the
// public network.
func TestCallersCannotReachInside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, url := range []string{
		"http://169.254.169.254", "https://169.254.169.254", "https://127.0.0.1:5432", "https://localhost", "https://[::1]",
		"https://10.0.0.1", "file:///etc/passwd", "https://user:pass@x.supabase.co", "https://x.supabase.co?a=b",
	} {
		f := w.refused(400, wire.CustomSupabase, "POST /query/sql", `{"driver":"supabase","db_name":"d","query":"SELECT 1"}`,
			"x-supabase-url: "+url, "x-supabase-key: "+projectKey)
		require.Equal(t, "invalid_request", f.Code, url)
	}
}

func TestExecutionNeedsItsRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, driver := range []string{"postgresql", "supabase", "athena", "d1"} {
		f := w.refused(403, apitest.Client, "POST /query/sql", `{"driver":"`+driver+`","db_name":"d","query":"SELECT 1"}`, apitest.Rights("*.read"))
		require.Contains(t, f.Error, "gateway.query")
	}
}

func TestUnreachableCluster(t *testing.T) {
	t.Parallel()
	tenant := newWorld(t)
	api := apitest.New(t, query.API{Clients: tenant.Clients, Scylla: scylla.New(scylla.Config{Hosts: []string{"127.0.0.1"}, Port: 1})}.Routes())
	reply := api.Do(t, "POST /query/sql", `{"driver":"athena","db_name":"d","query":"SELECT 1"}`, "X-Athena-Client: "+apitest.Client)
	require.Equal(t, 503, reply.Status, reply.Body)
	require.Contains(t, reply.Body, "cannot be reached")
}

// counted is the answer to a count.
type counted struct {
	Data wire.RowCount
}

func TestCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, client, body string
		count              int64
	}{
		{"table", apitest.Client, `"driver":"postgresql","table_name":"people"`, 4},
		{"table in a schema", apitest.Client, `"driver":"postgresql","table_name":"accounts","table_schema":"vault"`, 2},
		{"query", apitest.Client, `"driver":"postgresql","query":"SELECT count(*) AS n FROM people WHERE id > 0"`, 4},
		{"supabase table", "supa", `"driver":"supabase","table_name":"people"`, 4},
		{"supabase query", "supa", `"driver":"supabase","query":"SELECT count(*) FROM people"`, 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := w.with(t)
			body := `{"db_name":"main",` + tc.body + `}`
			var key string
			for i, want := range []struct{ outcome, lookup, cached, source, header string }{
				{"miss", "miss", "false", "database", ""},
				{"hit", "hit_local", "true", "memory", ""},
				{"bypass", "bypass", "false", "database", "Cache-Control: no-cache"},
				{"hit", "hit_local", "true", "memory", ""},
			} {
				var headers []string
				if want.header != "" {
					headers = append(headers, want.header)
				}
				reply := w.do(tc.client, "POST /query/count", body, headers...)
				require.Equal(t, 200, reply.Status, reply.Body)
				got := read[counted](t, reply.Body).Data
				require.Equal(t, tc.count, got.Count)
				require.Equal(t, "main", got.DBName)
				require.Equal(t, want.lookup, got.CacheLookupOutcome, "%d", i)
				require.Equal(t, want.outcome, string(reply.Header.Peek("X-Athena-Cache-Outcome")))
				require.Equal(t, want.cached, string(reply.Header.Peek("X-Athena-Cached")))
				require.Equal(t, want.source, string(reply.Header.Peek("X-Athena-Cache-Source")))
				require.True(t, key == "" || key == got.CacheKey)
				key = got.CacheKey
			}
		})
	}
}

// TestCountsAreShared by those who ask at the same time.
func TestCountsAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE VIEW slow AS SELECT pg_sleep(0.2)::text AS s`)
	var all sync.WaitGroup
	outcomes := make([]string, 8)
	for i := range outcomes {
		all.Go(func() {
			reply := w.do(apitest.Client, "POST /query/count", `{"driver":"postgresql","db_name":"d","query":"SELECT count(s) FROM slow"}`)
			require.Equal(t, 200, reply.Status, reply.Body)
			outcomes[i] = string(reply.Header.Peek("X-Athena-Cache-Outcome"))
		})
	}
	all.Wait()
	misses := strings.Count(strings.Join(outcomes, " "), "miss")
	require.Equal(t, 1, misses, outcomes)
}

func TestCountsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE FUNCTION strike() RETURNS bool LANGUAGE sql AS $$ UPDATE canary SET word = 'dead' RETURNING true $$`)
	for _, tc := range []struct {
		name, body   string
		status       int
		field, words string
	}{
		{"unknown driver", `"driver":"mysql","table_name":"people"`, 400, "driver", "mysql"},
		{"d1", `"driver":"d1","table_name":"people"`, 400, "driver", "counted by"},
		{"neither", `"driver":"postgresql"`, 400, "query", "either"},
		{"both", `"driver":"postgresql","query":"SELECT count(*) FROM people","table_name":"people"`, 400, "query", "either"},
		{"schema without a table", `"driver":"postgresql","query":"SELECT count(*) FROM people","table_schema":"public"`, 400, "table_schema", "table_name"},
		{"no count", `"driver":"postgresql","query":"SELECT * FROM people"`, 400, "query", "not a plain count"},
		{"two statements", `"driver":"postgresql","query":"SELECT count(*) FROM people; DELETE FROM canary"`, 400, "query", "2 statements"},
		{"comment", `"driver":"postgresql","query":"SELECT count(*) FROM people -- x"`, 400, "query", "comment"},
		{"write in the condition", `"driver":"postgresql","query":"SELECT count(*) FROM people WHERE strike()"`, 403, "", "read-only"},
		{"unknown table", `"driver":"postgresql","table_name":"peopel"`, 400, "table", "peopel"},
		{"hostile table", `"driver":"postgresql","table_name":"people\"; DELETE FROM canary; --"`, 400, "table", "not there"},
		{"unknown table of a query", `"driver":"postgresql","query":"SELECT count(*) FROM peopel"`, 400, "query", "peopel"},
		{"filters that a count cannot honour", `"driver":"postgresql","table_name":"people","filters":[{"column":"id","operator":"eq","value":1}]`, 400, "filters", "filters"},
		{"conditions with a slip", `"driver":"postgresql","table_name":"people","conditons":[]`, 400, "conditons", "conditons"},
		{"schema by another name", `"driver":"postgresql","table_name":"accounts","schema_name":"vault"`, 400, "schema_name", "schema_name"},
		{"values of a query", `"driver":"postgresql","query":"SELECT count(*) FROM people","params":[1]`, 400, "params", "params"},
		{"no cluster", `"driver":"athena","table_name":"people"`, 503, "", "scylla.hosts"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(tc.status, apitest.Client, "POST /query/count", `{"db_name":"d",`+tc.body+`}`)
			require.Equal(t, tc.field, f.Field, "%+v", f)
			require.Contains(t, f.Error, tc.words)
		})
	}
	t.Cleanup(func() { require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary")) })
}

func TestCountRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	table, plain := `{"driver":"postgresql","db_name":"d","table_name":"people"}`, `{"driver":"postgresql","db_name":"d","query":"SELECT count(*) FROM people"}`
	require.Equal(t, 200, w.do(apitest.Client, "POST /query/count", table, apitest.Rights("people.read")).Status)
	require.Contains(t, w.refused(403, apitest.Client, "POST /query/count", table, apitest.Rights("labels.read gateway.query")).Error, "people.read")
	require.Equal(t, 200, w.do(apitest.Client, "POST /query/count", plain, apitest.Rights("gateway.query")).Status)
	require.Contains(t, w.refused(403, apitest.Client, "POST /query/count", plain, apitest.Rights("people.read")).Error, "gateway.query", "although the count is known")
}

func TestSSLEnforcement(t *testing.T) {
	t.Parallel()
	const operation = "POST /api/v2/supabase/ssl_enforcement"
	w := newWorld(t)
	for _, enabled := range []string{"true", "false"} {
		reply := w.do("", operation, `{"enabled":`+enabled+`}`)
		require.Equal(t, 200, reply.Status, reply.Body)
		require.Contains(t, reply.Body, `"currentConfig":{"database":`+enabled+`},"appliedSuccessfully":true`)
		require.Equal(t, enabled == "true", w.supabase.ssl)
	}
	require.Equal(t, "enabled", w.refused(400, "", operation, `{}`).Field)
	require.Equal(t, "project_ref", w.refused(400, "", operation, `{"enabled":true,"project_ref":"../x"}`).Field)
	f := w.refused(500, "", operation, `{"enabled":true,"access_token":"sbp_wrong"}`)
	require.Contains(t, f.Error, "401")
	require.NotContains(t, f.Error, "sbp_wrong")
	newLameWorld(t).refused(504, "", operation, `{"enabled":true}`)
	away := query.API{Supabase: supabase.Supabase{Remote: remote.New(true), API: "http://127.0.0.1:1"}, SupabaseProject: "p", SupabaseToken: personalToken}
	require.Equal(t, 503, apitest.New(t, away.Routes()).Do(t, operation, `{"enabled":true}`).Status)
	bare := apitest.New(t, query.API{}.Routes())
	for _, field := range []string{"access_token", "project_ref"} {
		body := `{"enabled":true,"access_token":"t"}`
		if field == "access_token" {
			body = `{"enabled":true}`
		}
		reply := bare.Do(t, operation, body)
		require.Equal(t, 400, reply.Status)
		require.Equal(t, field, read[wire.Failure](t, reply.Body).Field)
	}
}
