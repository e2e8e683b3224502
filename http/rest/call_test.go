package rest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// functions are called by the tests.
const functions = `
	CREATE FUNCTION plus(a int, b int DEFAULT 10) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT a + b';
	CREATE FUNCTION upto(n int) RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT generate_series(1, n)';
	CREATE FUNCTION person(which int) RETURNS people STABLE LANGUAGE sql AS 'SELECT * FROM people WHERE id = which';
	CREATE FUNCTION elders(age_from int) RETURNS SETOF people STABLE LANGUAGE sql AS 'SELECT * FROM people WHERE age >= age_from';
	CREATE FUNCTION pair(OUT x int, OUT y text) IMMUTABLE LANGUAGE sql AS $$SELECT 1, 'one'$$;
	CREATE FUNCTION nothing() RETURNS void STABLE LANGUAGE sql AS 'SELECT';
	CREATE FUNCTION total(VARIADIC n int[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT sum(x) FROM unnest(n) x';
	CREATE FUNCTION echo(json) RETURNS json IMMUTABLE LANGUAGE sql AS 'SELECT $1';
	CREATE FUNCTION named(v int) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'number'$$;
	CREATE FUNCTION named(v text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'text'$$;
	CREATE FUNCTION label_them(names text[]) RETURNS SETOF labels LANGUAGE sql AS
		'INSERT INTO labels (id, label) SELECT 100 + n, name FROM unnest(names) WITH ORDINALITY AS u (name, n) RETURNING *';
	CREATE FUNCTION under(id int) RETURNS SETOF people STABLE LANGUAGE sql AS 'SELECT * FROM people p WHERE p.id < under.id';
	CREATE FUNCTION fixed(c char(3), b bit(3), cs char(3)[]) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT concat_ws('|', c, b, cs)$$;
	CREATE FUNCTION either(v int) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'int'$$;
	CREATE FUNCTION either(v xml) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'xml'$$;
	CREATE FUNCTION sundry(json) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'whole'$$;
	CREATE FUNCTION sundry() RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'none'$$;
	CREATE FUNCTION sundry(x int, y int) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'two'$$;
	CREATE FUNCTION a_record() RETURNS record STABLE LANGUAGE sql AS 'SELECT id, label FROM labels WHERE id = 1';
	CREATE FUNCTION records() RETURNS SETOF record STABLE LANGUAGE sql AS 'SELECT id, label FROM labels ORDER BY id';
	CREATE SCHEMA tools;
	CREATE FUNCTION tools.answer() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 42';`

func newCallWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Exec(t, functions)
	return w
}

func TestBareCalls(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		want                  string
	}{
		{"a value", "POST /rest/v1/rpc/plus", `{"a":1,"b":2}`, nil, 200, `3`},
		{"a content type with more behind it", "POST /rest/v1/rpc/plus", `{"a":1,"b":2}`, []string{"Content-Type: application/json; $$ more=less $$"}, 200, `3`},
		{"a default", "POST /rest/v1/rpc/plus", `{"a":1}`, nil, 200, `11`},
		{"by query", "GET /rest/v1/rpc/plus?a=1&b=4", "", nil, 200, `5`},
		{"values", "GET /rest/v1/rpc/upto?n=3", "", nil, 200, `[1,2,3]`},
		{"no values", "GET /rest/v1/rpc/upto?n=0", "", nil, 200, `[]`},
		{"values, counted", "GET /rest/v1/rpc/upto?n=3&limit=2", "", []string{"Prefer: count=exact"}, 206, `[1,2]`},
		{"a row", "GET /rest/v1/rpc/person?which=2&select=id,name", "", nil, 200, `{"id":2,"name":"Bob"}`},
		{"columns of its own", "POST /rest/v1/rpc/pair", "", nil, 200, `{"x":1,"y":"one"}`},
		{"rows, shaped", "GET /rest/v1/rpc/elders?age_from=17&select=id&id=gt.1&order=id.desc&limit=1", "", nil, 200, `[{"id":4}]`},
		{"rows with a relation", "POST /rest/v1/rpc/elders?select=id,companies(name)&id=eq.2", `{"age_from":1}`, nil, 200, `[{"id":2,"companies":{"name":"Acme"}}]`},
		{"the one row", "GET /rest/v1/rpc/elders?age_from=1&select=id&id=eq.2", "", []string{one}, 200, `{"id":2}`},
		{"any number", "GET /rest/v1/rpc/total?n=1&n=2&n=3", "", nil, 200, `6`},
		{"a list for any number", "POST /rest/v1/rpc/total", `{"n":[1,2,3]}`, nil, 200, `6`},
		{"the whole body", "POST /rest/v1/rpc/echo", `{"a":[1,null]}`, nil, 200, `{"a":[1,null]}`},
		{"a list as the whole body", "POST /rest/v1/rpc/echo", `[1,2]`, nil, 200, `[1,2]`},
		{"overload of numbers", "POST /rest/v1/rpc/named", `{"v":1}`, nil, 200, `"number"`},
		{"overload of texts", "POST /rest/v1/rpc/named", `{"v":"x"}`, nil, 200, `"text"`},
		{"a filter beside an argument of its name", "GET /rest/v1/rpc/under?id=4&id=gt.1&select=id&order=id", "", nil, 200, `[{"id":2},{"id":3}]`},
		{"a filter before an argument of its name", "GET /rest/v1/rpc/under?id=not.in.(1,3)&id=4&select=id", "", nil, 200, `[{"id":2}]`},
		{"as long as it is", "POST /rest/v1/rpc/fixed", `{"c":"abcdef","b":"101010","cs":["abcd"]}`, nil, 200, `"abcdef|101010|{abcd}"`},
		{"as long as it is, by query", "GET /rest/v1/rpc/fixed?c=abcdef&b=101010&cs={abcd,x}", "", nil, 200, `"abcdef|101010|{abcd,x}"`},
		{"any number in a form", "POST /rest/v1/rpc/total", "n=1&n=2", []string{form}, 200, `3`},
		{"none in a form", "POST /rest/v1/rpc/sundry", "", []string{form}, 200, `"none"`},
		{"some arguments", "POST /rest/v1/rpc/plus?columns=a", `{"a":1,"b":2,"c":3}`, nil, 200, `11`},
		{"a range is for GET", "POST /rest/v1/rpc/upto?order=upto", `{"n":3}`, []string{"Range: 1-1", "Prefer: count=exact"}, 200, `[1,2,3]`},
		{"named arguments before the whole body", "POST /rest/v1/rpc/sundry", `{"x":1,"y":2}`, nil, 200, `"two"`},
		{"no arguments before the whole body", "POST /rest/v1/rpc/sundry", `{}`, nil, 200, `"none"`},
		{"the whole body where no names fit", "POST /rest/v1/rpc/sundry", `{"x":1,"z":2}`, nil, 200, `"whole"`},
		{"a record of no declared columns", "POST /rest/v1/rpc/a_record", "", nil, 200, `{"id":1,"label":"bug"}`},
		{"records of no declared columns", "GET /rest/v1/rpc/records?limit=1&offset=1", "", nil, 200, `[{"id":2,"label":"idea"}]`},
		{"a limit for no set", "POST /rest/v1/rpc/plus", `{"a":1}`, []string{"Prefer: max-affected=1"}, 200, `11`},
		{"in a schema", "GET /rest/v1/rpc/answer", "", []string{"Accept-Profile: tools"}, 200, `42`},
		{"in a schema, posted", "POST /rest/v1/rpc/answer", "{}", []string{"Content-Profile: tools"}, 200, `42`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare(tc.operation, tc.body, tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			require.JSONEq(t, tc.want, reply.Body)
		})
	}
	t.Run("nothing", func(t *testing.T) {
		reply := w.with(t).bare("POST /rest/v1/rpc/nothing", "")
		require.Equal(t, 204, reply.Status, reply.Body)
		require.Empty(t, reply.Body)
	})
	t.Run("lines of CSV", func(t *testing.T) {
		require.Equal(t, "id,name\n2,Bob", w.with(t).bare("GET /rest/v1/rpc/elders?age_from=1&select=id,name&id=eq.2", "", "Accept: text/csv").Body)
	})
	t.Run("lines of JSON", func(t *testing.T) {
		require.Equal(t, "{\"upto\":1}\n{\"upto\":2}\n", w.with(t).bare("GET /rest/v1/rpc/upto?n=2", "", "Accept: application/x-ndjson").Body)
	})
	t.Run("headers alone", func(t *testing.T) {
		reply := w.with(t).bare("HEAD /rest/v1/rpc/upto?n=5&limit=2", "", "Prefer: count=exact")
		require.Equal(t, 206, reply.Status)
		require.Empty(t, reply.Body)
		require.Equal(t, "0-1/5", string(reply.Header.Peek("Content-Range")))
	})
	t.Run("known already", func(t *testing.T) {
		first := w.with(t).bare("GET /rest/v1/rpc/plus?a=1", "")
		again := w.with(t).bare("GET /rest/v1/rpc/plus?a=1", "", "If-None-Match: "+string(first.Header.Peek("ETag")))
		require.Equal(t, 304, again.Status)
	})
}

func TestCallsWithAnEnvelope(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	require.JSONEq(t, `[{"plus":11}]`, w.rows(200, "GET /rest/v1/rpc/plus?a=1", ""))
	require.JSONEq(t, `[{"upto":1},{"upto":2}]`, w.rows(200, "POST /rest/v1/rpc/upto", `{"n":2}`))
	require.JSONEq(t, `[]`, w.rows(200, "POST /rest/v1/rpc/nothing", ""))
	require.JSONEq(t, `[{"answer":42}]`, w.rows(200, "GET /rest/v1/rpc/tools.answer", ""))
}

func TestRefusedCalls(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		code                  string
	}{
		{"unknown function", "GET /rest/v1/rpc/no_such", "", nil, 404, "PGRST202"},
		{"unknown schema", "GET /rest/v1/rpc/answer", "", []string{"Accept-Profile: absent"}, 406, "PGRST106"},
		{"missing argument", "POST /rest/v1/rpc/plus", `{"b":1}`, nil, 404, "PGRST202"},
		{"unknown argument", "POST /rest/v1/rpc/plus", `{"a":1,"c":1}`, nil, 404, "PGRST202"},
		{"may write", "GET /rest/v1/rpc/label_them?names={x}", "", nil, 405, "25006"},
		{"several", "GET /rest/v1/rpc/either?v=1", "", nil, 300, "PGRST203"},
		{"a limit of no rows", "POST /rest/v1/rpc/nothing", "{}", []string{"Prefer: handling=strict, max-affected=1"}, 400, "PGRST128"},
		{"a body that none takes", "POST /rest/v1/rpc/plus", "a", []string{"Content-Type: text/plain"}, 404, "PGRST202"},
		{"no columns listed", "POST /rest/v1/rpc/plus?columns=", `{"a":1}`, nil, 400, "PGRST100"},
		{"given twice", "GET /rest/v1/rpc/plus?a=1&a=2", "", nil, 400, ""},
		{"a filter that cannot be read", "GET /rest/v1/rpc/elders?age_from=1&id=in.(2", "", nil, 400, "PGRST100"},
		{"no JSON", "POST /rest/v1/rpc/plus", `{`, nil, 400, "PGRST102"},
		{"no object", "POST /rest/v1/rpc/plus", `[1]`, nil, 400, ""},
		{"not of the type", "GET /rest/v1/rpc/plus?a=x", "", nil, 400, "22P02"},
		{"neither argument nor filter", "GET /rest/v1/rpc/elders?age_from=1&id=2", "", nil, 404, "PGRST202"},
		{"unknown column", "GET /rest/v1/rpc/elders?age_from=1&no_such=eq.2", "", nil, 400, "42703"},
		{"not one row", "GET /rest/v1/rpc/elders?age_from=1", "", []string{one}, 406, "PGRST116"},
		{"beyond the end", "GET /rest/v1/rpc/upto?n=3&offset=9", "", []string{"Prefer: count=exact"}, 416, "PGRST103"},
		{"counted lines", "GET /rest/v1/rpc/upto?n=3", "", []string{"Prefer: count=exact", "Accept: text/csv"}, 400, "PGRST122"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare(tc.operation, tc.body, tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			if tc.code != "" {
				require.Contains(t, reply.Body, `"code":"`+tc.code+`"`)
			}
		})
	}
	require.Contains(t, w.refused(400, "POST /rest/v1/rpc/plus", `{"c":1}`).Hint, "public.plus(a integer, [b integer])")
}

func TestCallsThatAreUndone(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	const labelled = `[{"id":101,"label":"x"},{"id":102,"label":"y"}]`
	made := func() string { return w.rows(200, "GET /rest/v1/labels?id=gt.100&order=id", "") }

	undone := w.bare("POST /rest/v1/rpc/label_them", `{"names":["x","y"]}`, "Prefer: tx=rollback")
	require.Equal(t, 200, undone.Status)
	require.JSONEq(t, labelled, undone.Body)
	require.JSONEq(t, `[]`, made())

	require.Equal(t, 400, w.bare("POST /rest/v1/rpc/label_them", `{"names":["x","y"]}`, "Prefer: max-affected=1").Status)
	require.Equal(t, 406, w.bare("POST /rest/v1/rpc/label_them", `{"names":["x","y"]}`, one).Status)
	require.JSONEq(t, `[]`, made())

	counted := w.bare("POST /rest/v1/rpc/label_them", `{"names":["x","y"]}`, "Prefer: count=exact, max-affected=2")
	require.Equal(t, 200, counted.Status, counted.Body)
	require.JSONEq(t, labelled, counted.Body)
	require.JSONEq(t, labelled, made())
}

// TestFunctionsOfASchema: functions and triggers find what stands beside them in the
// schema that a header names.
func TestFunctionsOfASchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE SCHEMA "Own"; CREATE TABLE "Own".marks (id int PRIMARY KEY, n int);
		CREATE FUNCTION "Own".counted() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM marks); END';
		CREATE FUNCTION "Own".tried() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM marks) + (SELECT count(*) FROM labels); END';
		CREATE FUNCTION "Own".fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.n := (SELECT count(*) FROM marks); RETURN NEW; END';
		CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON "Own".marks FOR EACH ROW EXECUTE FUNCTION "Own".fill()`)
	const here, there = "Content-Profile: Own", "Accept-Profile: Own"
	require.JSONEq(t, `[{"id":1,"n":0}]`, w.bare("POST /rest/v1/marks", `{"id":1}`, here, rows).Body)
	require.JSONEq(t, `[{"id":1,"n":1}]`, w.bare("PATCH /rest/v1/marks?id=eq.1", `{"n":7}`, here, rows).Body)
	require.JSONEq(t, `1`, w.bare("GET /rest/v1/rpc/counted", "", there).Body)
	require.JSONEq(t, `1`, w.bare("POST /rest/v1/rpc/counted", "{}", here).Body)
	require.JSONEq(t, `3`, w.bare("POST /rest/v1/rpc/tried", "{}", here).Body)
	require.JSONEq(t, `3`, w.bare("POST /rest/v1/rpc/tried", "{}", here, "Prefer: tx=rollback").Body)
	require.Equal(t, 204, w.bare("DELETE /rest/v1/marks?id=eq.1", "", here).Status)
	require.JSONEq(t, `[]`, w.bare("GET /rest/v1/marks", "", there).Body)
}
