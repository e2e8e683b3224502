package gateway_test

import (
	"testing"
	"time"

	"athena/persistence/gatewaydb"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// queried is the data of an answer to a query.
type queried struct {
	Rows    json.RawMessage
	Count   int64 `json:"row_count"`
	Command string
}

func (w *world) query(body string) queried {
	w.t.Helper()
	return read[queried](w.t, string(w.ok("POST /gateway/query", body).Data))
}

func TestQuery(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body, rows, command string
		count                     int64
	}{
		{"rows", `"query":"SELECT id, name FROM people WHERE id < 3 ORDER BY id"`, `[{"id":1,"name":"Ann"},{"id":2,"name":"Bob"}]`, "SELECT 2", 2},
		{"no rows", `"query":"SELECT id FROM people WHERE false"`, `[]`, "SELECT 0", 0},
		{"param number", `"query":"SELECT name FROM people WHERE id = $1","params":[2]`, `[{"name":"Bob"}]`, "SELECT 1", 1},
		{"param string", `"query":"SELECT id FROM people WHERE name = $1","params":["D\"e, (f)"]`, `[{"id":4}]`, "SELECT 1", 1},
		{"param null", `"query":"SELECT $1::text IS NULL AS missing","params":[null]`, `[{"missing":true}]`, "SELECT 1", 1},
		{"param bool", `"query":"SELECT $1::bool AS yes","params":[true]`, `[{"yes":true}]`, "SELECT 1", 1},
		{"param array", `"query":"SELECT id FROM people WHERE id = ANY($1::int[]) ORDER BY id","params":[[1,4]]`, `[{"id":1},{"id":4}]`, "SELECT 2", 2},
		{"param array of text", `"query":"SELECT $1::text[] AS a","params":[["x,y","q\"r",null]]`, `[{"a":["x,y","q\"r",null]}]`, "SELECT 1", 1},
		{"param document", `"query":"SELECT $1::jsonb AS d","params":[{"a":[1]}]`, `[{"d":{"a":[1]}}]`, "SELECT 1", 1},
		{"param array as a document", `"query":"SELECT $1::jsonb AS d","params":[[1,{"a":2}]]`, `[{"d":[1,{"a":2}]}]`, "SELECT 1", 1},
		{"schema_name", `"query":"SELECT id FROM accounts ORDER BY id","schema_name":"vault"`, `[{"id":1},{"id":2}]`, "SELECT 2", 2},
		{"public is still there", `"query":"SELECT count(*) FROM people","schema_name":"vault"`, `[{"count":4}]`, "SELECT 1", 1},
		{"write", `"query":"UPDATE people SET age = 1 WHERE id < 3"`, `[]`, "UPDATE 2", 2},
		{"write returning", `"query":"DELETE FROM books RETURNING id"`, `[{"id":1},{"id":2},{"id":3}]`, "DELETE 3", 3},
		{"two columns of one name", `"query":"SELECT 1 AS a, 2 AS b"`, `[{"a":1,"b":2}]`, "SELECT 1", 1},
		{"members for newer clients are ignored", `"query":"SELECT 1 AS a","operation":"raw","expectedShape":"rows"`, `[{"a":1}]`, "SELECT 1", 1},
		{"semicolon at the end", `"query":"SELECT 1 AS a;"`, `[{"a":1}]`, "SELECT 1", 1},
		{"comment in front", `"query":"-- why\n/* a /* b */ */ SELECT 1 AS a"`, `[{"a":1}]`, "SELECT 1", 1},
		{"the word copy", `"query":"SELECT 'COPY x FROM STDIN' AS copy"`, `[{"copy":"COPY x FROM STDIN"}]`, "SELECT 1", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			q := newWorld(t).query(`{` + tc.body + `}`)
			require.JSONEq(t, tc.rows, string(q.Rows))
			require.Equal(t, tc.command, q.Command)
			require.Equal(t, tc.count, q.Count)
		})
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, body    string
		status        int
		field, words  string
		sqlstate, hnt string
	}{
		{"missing", `{}`, 400, "query", "missing", "", ""},
		{"blank", `{"query":" \n"}`, 400, "query", "missing", "", ""},
		{"a comment", `{"query":"-- nothing"}`, 400, "query", "no statement", "", ""},
		{"syntax", `{"query":"SELEC 1"}`, 400, "query", "character 1", "42601", ""},
		{"two statements", `{"query":"SELECT 1; DELETE FROM canary"}`, 400, "query", "multiple commands", "42601", ""},
		{"begin", `{"query":"BEGIN"}`, 400, "query", "transaction", "", "one statement"},
		{"start transaction", `{"query":"START TRANSACTION"}`, 400, "query", "transaction", "", ""},
		{"savepoint", `{"query":"SAVEPOINT a"}`, 400, "", "", "25P01", ""},
		{"copy in", `{"query":"COPY canary FROM STDIN"}`, 400, "query", "COPY", "", ""},
		{"copy out", `{"query":"/* x */ copy canary TO STDOUT"}`, 400, "query", "COPY", "", ""},
		{"unknown table", `{"query":"SELECT * FROM peopel"}`, 400, "query", "peopel", "42P01", ""},
		{"unknown column", `{"query":"SELECT nme FROM people"}`, 400, "query", "nme", "42703", ""},
		{"too few params", `{"query":"SELECT $1::int, $2::int","params":[1]}`, 400, "params", "2 parameters", "", ""},
		{"too many params", `{"query":"SELECT 1","params":[1]}`, 400, "params", "0 parameters", "", ""},
		{"params an object", `{"query":"SELECT 1","params":{"a":1}}`, 400, "params", "array", "", ""},
		{"param of another type", `{"query":"SELECT $1::int","params":["x"]}`, 400, "params", "integer", "22P02", ""},
		{"division by zero", `{"query":"SELECT 1/0"}`, 400, "", "zero", "22012", ""},
		{"unique", `{"query":"INSERT INTO canary VALUES (1)"}`, 409, "", "already exists", "23505", ""},
		{"raised", `{"query":"DO $$ BEGIN RAISE EXCEPTION 'not today'; END $$"}`, 400, "", "not today", "P0001", ""},
		{"unknown schema", `{"query":"SELECT 1","schema_name":"nowhere"}`, 400, "schema_name", "nowhere", "", ""},
		{"hostile schema", `{"query":"SELECT 1","schema_name":"public\", pg_catalog; DROP TABLE canary; --"}`, 400, "schema_name", "", "", ""},
		{"query a number", `{"query":5}`, 400, "query", "string", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(tc.status, "POST /gateway/query", tc.body)
			require.Equal(t, tc.field, f.Field, "%+v", f)
			require.Contains(t, f.Error, tc.words)
			require.Equal(t, tc.sqlstate, f.SQLState)
			require.Contains(t, f.Hint, tc.hnt)
		})
	}
	t.Cleanup(func() { require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary WHERE id = 1")) })
}

// TestSessionsAreClean: whatever a caller's SQL does to its session, the next
// request sees nothing of it. The one connection of the pool serves them all.
func TestSessionsAreClean(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, gatewaydb.Options{PoolSize: 1, Lanes: 1})
	w.Exec(t, `DROP ROLE IF EXISTS athena_nobody; CREATE ROLE athena_nobody`)
	for _, tc := range []struct{ name, dirt, probe, want string }{
		{"set", "SET search_path = vault", "SHOW search_path", `[{"search_path":"public"}]`},
		{"set time zone", "SET TIME ZONE 'Asia/Tokyo'", "SELECT current_setting('TimeZone') = 'Asia/Tokyo' AS is", `[{"is":false}]`},
		{"set statement_timeout", "SET statement_timeout = 0", "SELECT current_setting('statement_timeout') <> '0' AS is", `[{"is":true}]`},
		{"set bytea_output", "SET bytea_output = escape", `SELECT '\xff'::bytea AS b`, `[{"b":"\\xff"}]`},
		{"set_config", "SELECT set_config('app.user', 'eve', false)", "SELECT coalesce(current_setting('app.user', true), '') AS u", `[{"u":""}]`},
		{"set role", "SET ROLE athena_nobody", "SELECT current_user = session_user AS is", `[{"is":true}]`},
		{"session authorization", "SET SESSION AUTHORIZATION athena_nobody", "SELECT current_user <> 'athena_nobody' AS is", `[{"is":true}]`},
		{"read only", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "UPDATE canary SET word = word", `[]`},
		{"temporary table", "CREATE TEMP TABLE people AS SELECT 0 AS id", "SELECT count(*) FROM people", `[{"count":4}]`},
		{"advisory lock", "SELECT pg_advisory_lock(42) IS NULL AS x", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42", `[{"count":0}]`},
		{"listen", "LISTEN gossip", "SELECT count(*) FROM pg_listening_channels()", `[{"count":0}]`},
		{"prepare", "PREPARE spell AS SELECT 1", "SELECT count(*) FROM pg_prepared_statements WHERE name = 'spell'", `[{"count":0}]`},
		{"prepare in a block", "DO $$ BEGIN EXECUTE 'PREPARE charm AS SELECT 1'; END $$", "SELECT count(*) FROM pg_prepared_statements WHERE name = 'charm'", `[{"count":0}]`},
		{"cursor", "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "SELECT count(*) FROM pg_cursors WHERE name = 'c'", `[{"count":0}]`},
		{"sequence", "SELECT nextval('people_id_seq')", "SELECT lastval()", ""},
	} {
		t.Run(tc.name, func(t *testing.T) { // one after the other
			w := w.with(t)
			w.ok("POST /gateway/query", `{"query":`+quote(tc.dirt)+`}`)
			if tc.want == "" {
				w.refused(400, "POST /gateway/query", `{"query":`+quote(tc.probe)+`}`)
				return
			}
			require.JSONEq(t, tc.want, string(w.query(`{"query":`+quote(tc.probe)+`}`).Rows))
		})
	}
	for _, dirt := range []string{"BEGIN", "DISCARD ALL", "DEALLOCATE ALL", "SELECT 1/0", "BEGIN READ ONLY", "SELECT pg_terminate_backend(pg_backend_pid())"} {
		t.Run("write after "+dirt, func(t *testing.T) {
			w := w.with(t)
			insert := `{"table_name":"notes","insert_body":{"n":77},"columns":["n"]}`
			w.ok("PUT /gateway/insert", insert)
			w.do("POST /gateway/query", `{"query":`+quote(dirt)+`}`)
			require.JSONEq(t, `[{"n":77}]`, string(w.ok("PUT /gateway/insert", insert).Data))
		})
	}
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// TestSchemaChangesAreSeen by the very next request, whatever shape was cached.
func TestSchemaChangesAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ddl := func(sql string) { w.t.Helper(); w.ok("POST /gateway/query", `{"query":`+quote(sql)+`}`) }
	ddl("CREATE TABLE plants (id int PRIMARY KEY, name text)")
	w.ok("PUT /gateway/insert", `{"table_name":"plants","insert_body":{"id":1,"name":"oak"}}`)
	require.JSONEq(t, `[{"id":1,"name":"oak"}]`, w.fetch(`{"table_name":"plants"}`))
	ddl("ALTER TABLE plants ADD COLUMN tall bool DEFAULT true")
	require.JSONEq(t, `[{"id":1,"name":"oak","tall":true}]`, w.fetch(`{"table_name":"plants"}`))
	require.JSONEq(t, `[{"id":2,"name":null,"tall":false}]`, string(w.ok("PUT /gateway/insert", `{"table_name":"plants","insert_body":{"id":2,"tall":false}}`).Data))
	ddl("ALTER TABLE plants ALTER COLUMN id TYPE text")
	require.JSONEq(t, `[{"id":"1","name":"oak","tall":true}]`, w.fetch(`{"table_name":"plants","where":{"id":"1"}}`))
	ddl("ALTER TABLE plants RENAME COLUMN name TO title")
	f := w.refused(400, "POST /gateway/fetch", `{"table_name":"plants","columns":["name"]}`)
	require.Equal(t, "name", f.Field)
	ddl("ALTER TYPE mood ADD VALUE 'bored'")
	require.JSONEq(t, `[]`, w.fetch(`{"table_name":"people","where":{"mood":"bored"}}`))
	ddl("DROP TABLE plants")
	require.Equal(t, "unknown_table", w.refused(400, "POST /gateway/fetch", `{"table_name":"plants"}`).Code)
}

// TestChangesFromOutside are noticed by the first request that they make fail.
func TestChangesFromOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fetch(`{"table_name":"notes"}`)
	w.Exec(t, "ALTER TABLE notes ADD COLUMN more int DEFAULT 5")
	w.eventually(func() bool {
		return w.do("POST /gateway/fetch", `{"table_name":"notes","columns":["more"],"limit":1}`).Status == 200
	})
	w.ok("PUT /gateway/insert", `{"table_name":"notes","insert_body":{"n":1}}`)
	w.Exec(t, "DROP TABLE notes")
	for _, operation := range []struct{ op, body string }{
		{"POST /gateway/fetch", `{"table_name":"notes","columns":["more"],"limit":1}`},
		{"PUT /gateway/insert", `{"table_name":"notes","insert_body":{"n":1}}`},
	} {
		f := w.refused(400, operation.op, operation.body)
		require.Equal(t, "unknown_table", f.Code)
	}
	w.eventually(func() bool { // the schema was read again, so that the hint knows it
		return w.refused(400, "POST /gateway/fetch", `{"table_name":"note"}`).Hint == ""
	})
	w.Exec(t, "CREATE TABLE notes (other text)")
	w.eventually(func() bool {
		return w.do("POST /gateway/fetch", `{"table_name":"notes","columns":["other"]}`).Status == 200
	})
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, gatewaydb.Options{StatementTimeout: 4 * time.Second, LaneTimeout: time.Second})
	w.Exec(t, "CREATE VIEW tar AS SELECT 1 AS id FROM pg_sleep(600)")
	for _, tc := range []struct{ operation, body string }{
		{"POST /gateway/query", `{"query":"SELECT pg_sleep(600)"}`},
		{"POST /gateway/fetch", `{"table_name":"tar"}`},
	} {
		f := w.refused(504, tc.operation, tc.body)
		require.Equal(t, "statement_timeout", f.Code)
		require.Equal(t, "57014", f.SQLState)
	}
	require.Equal(t, "0", w.Value(t, `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%tar%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()`))
}
