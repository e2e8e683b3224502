package gateway_test

import (
	"testing"

	"athena/http/apitest"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

const functions = `
CREATE TYPE spot AS (street text, zip int);
CREATE FUNCTION add(a int, b int DEFAULT 10) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT a + b';
CREATE FUNCTION older_than(p_age int) RETURNS SETOF people STABLE LANGUAGE sql AS 'SELECT * FROM people WHERE age > p_age';
CREATE FUNCTION numbers(n int) RETURNS SETOF int IMMUTABLE LANGUAGE sql AS 'SELECT generate_series(1, n)';
CREATE FUNCTION pairs(n int) RETURNS TABLE (x int, "Y y" text) STABLE LANGUAGE sql AS $$ SELECT i, 'v' || i FROM generate_series(1, n) AS i $$;
CREATE FUNCTION halves(n numeric, OUT half numeric, OUT twice numeric) IMMUTABLE LANGUAGE sql AS 'SELECT n / 2, n * 2';
CREATE FUNCTION lone(n int, OUT result int) IMMUTABLE LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION somewhere(zip int) RETURNS spot IMMUTABLE LANGUAGE sql AS $$ SELECT ROW('Main', zip)::spot $$;
CREATE FUNCTION zip_of(s spot) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT s.zip';
CREATE FUNCTION total(VARIADIC n int[]) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT coalesce(sum(v), 0) FROM unnest(n) AS v';
CREATE FUNCTION same(v anyelement) RETURNS anyelement IMMUTABLE LANGUAGE sql AS 'SELECT v';
CREATE FUNCTION kind(v int) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'number' $$;
CREATE FUNCTION kind(v text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'text' $$;
CREATE FUNCTION kind(v jsonb) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'document' $$;
CREATE FUNCTION twin(v int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 4';
CREATE FUNCTION twin(v bigint) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 8';
CREATE FUNCTION place_in(tags text[], v jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS 'SELECT v #> tags';
CREATE FUNCTION hook(jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION loose() RETURNS SETOF record LANGUAGE sql AS 'SELECT 1 AS x, 2 AS y';
CREATE FUNCTION feel(m mood) RETURNS mood IMMUTABLE LANGUAGE sql AS 'SELECT m';
CREATE FUNCTION "Odd ""fn""."("a b" int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION args(args int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT args';
CREATE FUNCTION strike(p_word text) RETURNS void LANGUAGE sql AS 'UPDATE canary SET word = p_word';
CREATE FUNCTION counted() RETURNS SETOF people LANGUAGE sql AS $$ UPDATE canary SET word = word || '+'; SELECT * FROM people $$;
CREATE FUNCTION dirty() RETURNS text LANGUAGE sql AS $$ SELECT set_config('app.mark', 'left', false) $$;
CREATE FUNCTION marked() RETURNS text STABLE LANGUAGE sql AS $$ SELECT coalesce(current_setting('app.mark', true), '') $$;
CREATE FUNCTION sneaky() RETURNS void STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM strike('dead'); END $$;
CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no luck' USING ERRCODE = 'P0001', HINT = 'try later'; END $$;
CREATE FUNCTION repeat_id() RETURNS void LANGUAGE sql AS 'INSERT INTO labels VALUES (1, ''again'')';
CREATE FUNCTION vault.secret() RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'v' $$;
CREATE PROCEDURE proceed() LANGUAGE sql AS 'SELECT 1';
`

func newCalls(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.Exec(t, functions)
	return w
}

// called is the answer to a call.
type called struct {
	Data  json.RawMessage
	Count *int64
}

func (w *world) call(operation, body string, headers ...string) called {
	w.t.Helper()
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, 200, reply.Status, reply.Body)
	return read[called](w.t, reply.Body)
}

func TestCall(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	for _, tc := range []struct{ name, body, rows string }{
		{"scalar", `{"function":"add","args":{"a":1,"b":2}}`, `[{"add":3}]`},
		{"default", `{"function":"add","args":{"a":1}}`, `[{"add":11}]`},
		{"other spelling", `{"function_name":"add","args":{"a":1}}`, `[{"add":11}]`},
		{"number in a string", `{"function":"add","args":{"a":"5","b":6}}`, `[{"add":11}]`},
		{"null", `{"function":"add","args":{"a":null}}`, `[{"add":null}]`},
		{"camel case", `{"function":"olderThan","args":{"pAge":40},"select":"id"}`, `[{"id":1}]`},
		{"set of values", `{"function":"numbers","args":{"n":3}}`, `[{"numbers":1},{"numbers":2},{"numbers":3}]`},
		{"set of rows", `{"function":"older_than","args":{"p_age":20},"select":"id,name","order":{"column":"id","ascending":false}}`, `[{"id":4,"name":"D\"e, (f)"},{"id":1,"name":"Ann"}]`},
		{"relations of the rows", `{"function":"older_than","args":{"p_age":40},"select":"id,companies(name),initial"}`, `[{"id":1,"companies":{"name":"Acme"},"initial":"A"}]`},
		{"many of each row", `{"function":"older_than","args":{"p_age":40},"select":"id,people(name)","limit":1}`, `[{"id":1,"people":[{"name":"Bob"},{"name":"Cid"}]}]`},
		{"aggregate", `{"function":"older_than","args":{"p_age":0},"select":"company_id,age.sum()","order":{"column":"company_id"}}`, `[{"company_id":1,"sum":58},{"company_id":2,"sum":30}]`},
		{"table", `{"function":"pairs","args":{"n":2}}`, `[{"x":1,"Y y":"v1"},{"x":2,"Y y":"v2"}]`},
		{"column of a table with a blank", `{"function":"pairs","args":{"n":2},"select":"\"Y y\""}`, `[{"Y y":"v1"},{"Y y":"v2"}]`},
		{"undeclared columns", `{"function":"loose"}`, `[{"loose":{"x":1,"y":2}}]`},
		{"out arguments", `{"function":"halves","args":{"n":3}}`, `[{"half":1.5000000000000000,"twice":6}]`},
		{"one out argument", `{"function":"lone","args":{"n":3}}`, `[{"result":3}]`},
		{"composite", `{"function":"somewhere","args":{"zip":7}}`, `[{"street":"Main","zip":7}]`},
		{"composite argument", `{"function":"zip_of","args":{"s":{"street":"x","zip":12}}}`, `[{"zip_of":12}]`},
		{"variadic", `{"function":"total","args":{"n":[1,2,3]}}`, `[{"total":6}]`},
		{"variadic with one", `{"function":"total","args":{"n":5}}`, `[{"total":5}]`},
		{"variadic left out", `{"function":"total"}`, `[{"total":0}]`},
		{"any number", `{"function":"same","args":{"v":1.5}}`, `[{"same":1.5}]`},
		{"any text", `{"function":"same","args":{"v":"x"}}`, `[{"same":"x"}]`},
		{"any document", `{"function":"same","args":{"v":{"a":1}}}`, `[{"same":{"a":1}}]`},
		{"any array", `{"function":"same","args":{"v":[1,2]}}`, `[{"same":[1,2]}]`},
		{"overload by number", `{"function":"kind","args":{"v":1}}`, `[{"kind":"number"}]`},
		{"overload by text", `{"function":"kind","args":{"v":"1"}}`, `[{"kind":"text"}]`},
		{"overload by document", `{"function":"kind","args":{"v":{"a":1}}}`, `[{"kind":"document"}]`},
		{"array and document", `{"function":"place_in","args":{"tags":["a","0"],"v":{"a":["x"]}}}`, `[{"place_in":"x"}]`},
		{"text as a document", `{"function":"place_in","args":{"tags":[],"v":"plain"}}`, `[{"place_in":"plain"}]`},
		{"enum", `{"function":"feel","args":{"m":"sad"}}`, `[{"feel":"sad"}]`},
		{"hostile name", `{"function":"\"Odd \"\"fn\"\".\"","args":{"a b":4}}`, `[{"Odd \"fn\".":4}]`},
		{"schema in the name", `{"function":"vault.secret"}`, `[{"secret":"v"}]`},
		{"schema beside", `{"function":"secret","schema":"vault"}`, `[{"secret":"v"}]`},
		{"void", `{"function":"strike","args":{"p_word":"alive"}}`, `[]`},
		{"filters", `{"function":"pairs","args":{"n":9},"filters":[{"column":"x","operator":"gt","value":3},{"column":"x","operator":"in","value":[4,5,1]}]}`, `[{"x":4,"Y y":"v4"},{"x":5,"Y y":"v5"}]`},
		{"filter with an alias of an operator", `{"function":"older_than","args":{"p_age":0},"select":"id","filters":[{"column":"name","operator":"i_like","value":"a%"}]}`, `[{"id":1}]`},
		{"filter on a value", `{"function":"numbers","args":{"n":5},"filters":[{"column":"numbers","operator":"gte","value":4}]}`, `[{"numbers":4},{"numbers":5}]`},
		{"page", `{"function":"numbers","args":{"n":9},"order":{"column":"numbers","ascending":false},"limit":2,"offset":1}`, `[{"numbers":8},{"numbers":7}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := w.with(t).call("POST /gateway/rpc", tc.body)
			require.JSONEq(t, tc.rows, string(c.Data))
			require.Nil(t, c.Count)
		})
	}
}

func TestCallOfThePath(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	for _, tc := range []struct{ name, operation, body, rows string }{
		{"arguments alone", "POST /rpc/add", `{"a":1,"b":2}`, `[{"add":3}]`},
		{"described", "POST /rpc/pairs", `{"args":{"n":3},"select":"x","limit":1}`, `[{"x":1}]`},
		{"described with the name", "POST /rpc/add", `{"function":"add","args":{"a":1}}`, `[{"add":11}]`},
		{"an argument called args", "POST /rpc/args", `{"args":3}`, `[{"args":3}]`},
		{"no arguments", "POST /rpc/total", `{}`, `[{"total":0}]`},
		{"no body", "POST /rpc/total", ``, `[{"total":0}]`},
		{"shaped by the query string", "POST /rpc/pairs?select=x&x=gt.1&order=x.desc&limit=1", `{"n":3}`, `[{"x":3}]`},
		{"schema in the query string", "POST /rpc/secret?schema=vault", `{}`, `[{"secret":"v"}]`},
		{"schema in the path", "GET /rpc/vault.secret", ``, `[{"secret":"v"}]`},
		{"get", "GET /rpc/add?a=1&b=2", ``, `[{"add":3}]`},
		{"get filters", "GET /rpc/pairs?n=5&select=x&x=gte.2&order=x.desc&limit=2&offset=1", ``, `[{"x":4},{"x":3}]`},
		{"get logic", "GET /rpc/pairs?n=5&select=x&or=(x.eq.1,x.eq.5)&order=x", ``, `[{"x":1},{"x":5}]`},
		{"get an array", "GET /rpc/place_in?tags={a,0}&v=%7B%22a%22:[%22x%22]%7D", ``, `[{"place_in":"x"}]`},
		{"get variadic", "GET /rpc/total?n=1&n=2", ``, `[{"total":3}]`},
		{"get variadic array", "GET /rpc/total?n={1,2,4}", ``, `[{"total":7}]`},
		{"get relations", "GET /rpc/older_than?p_age=40&select=id,companies(name)", ``, `[{"id":1,"companies":{"name":"Acme"}}]`},
		{"hostile value", "GET /rpc/feel?m=ok", ``, `[{"feel":"ok"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, tc.rows, string(w.with(t).call(tc.operation, tc.body).Data))
		})
	}
}

// TestCountedCallsRunOnce: however the rows are counted, what a function does it
// does once.
func TestCountedCallsRunOnce(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	for _, tc := range []struct {
		name, operation, body, rows string
		count                       int64
	}{
		{"page", "POST /gateway/rpc", `{"function":"counted","select":"id,companies(name),initial","order":{"column":"id"},"limit":1,"offset":1,"count":"exact"}`, `[{"id":2,"companies":{"name":"Acme"},"initial":"B"}]`, 4},
		{"many of each row", "POST /gateway/rpc", `{"function":"counted","select":"id,people(id)","filters":[{"column":"id","operator":"eq","value":1}],"limit":1,"count":"exact"}`, `[{"id":1,"people":[{"id":2},{"id":3}]}]`, 1},
		{"beyond the end", "POST /rpc/counted?offset=10&count=exact", `{}`, `[]`, 4},
		{"head", "POST /rpc/counted?head=true", `{}`, `[]`, 4},
		{"planned is exact", "GET /rpc/numbers?n=30&limit=1&count=planned", ``, `[{"numbers":1}]`, 30},
		{"filtered", "GET /rpc/numbers?n=30&numbers=gt.28&limit=1&order=numbers&count=exact", ``, `[{"numbers":29}]`, 2},
		{"groups", "GET /rpc/older_than?p_age=0&select=company_id,age.max()&order=company_id&limit=1&count=exact", ``, `[{"company_id":1,"max":41}]`, 2},
	} {
		t.Run(tc.name, func(t *testing.T) { // one after the other
			c := w.with(t).call(tc.operation, tc.body)
			require.JSONEq(t, tc.rows, string(c.Data))
			require.Equal(t, tc.count, *c.Count)
		})
	}
	require.Equal(t, "alive++++", w.Value(t, "SELECT word FROM canary"))
}

func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	for _, tc := range []struct {
		name, operation, body string
		status                int
		field, words, hint    string
	}{
		{"no function", "POST /gateway/rpc", `{}`, 400, "function", "missing", ""},
		{"two names", "POST /gateway/rpc", `{"function":"add","function_name":"pairs"}`, 400, "function", "differ", ""},
		{"two schemas", "POST /gateway/rpc", `{"function":"vault.secret","schema":"public"}`, 400, "schema", "another", ""},
		{"two names beside the path", "POST /rpc/add", `{"function":"pairs","args":{}}`, 400, "function", "path", ""},
		{"conditions", "POST /gateway/rpc", `{"function":"add","args":{"a":1},"where":{"a":1}}`, 400, "where", "where", "it takes function"},
		{"unknown function", "POST /gateway/rpc", `{"function":"ad"}`, 400, "function", `"ad"`, "did you mean add?"},
		{"unknown schema", "POST /gateway/rpc", `{"function":"add","schema":"nowhere"}`, 400, "function", "nowhere.add", ""},
		{"unknown argument", "POST /gateway/rpc", `{"function":"add","args":{"a":1,"c":2}}`, 400, "args", `no argument "c"`, "public.add(a integer, [b integer])"},
		{"missing argument", "POST /gateway/rpc", `{"function":"add","args":{"b":1}}`, 400, "args", `"a" is missing`, "public.add(a integer, [b integer])"},
		{"argument twice", "POST /rpc/add", `{"a":1,"a":2}`, 400, "a", "twice", ""},
		{"argument in two spellings", "POST /rpc/older_than", `{"p_age":1,"pAge":2}`, 400, "args", "twice", ""},
		{"argument twice in a query string", "GET /rpc/add?a=1&a=2", ``, 400, "a", "twice", ""},
		{"no overload", "POST /rpc/kind", `{"w":1}`, 400, "args", "no overload", "public.kind(v integer); public.kind(v text)"},
		{"ambiguous", "POST /rpc/twin", `{"v":1}`, 400, "args", "equally well", "public.twin(v bigint)"},
		{"value of another type", "POST /rpc/add", `{"a":"x"}`, 400, "a", "integer", ""},
		{"args an array", "POST /gateway/rpc", `{"function":"add","args":[1]}`, 400, "args", "object", ""},
		{"body an array", "POST /rpc/add", `[1]`, 400, "body", "object", ""},
		{"body cut off", "POST /rpc/add", `{"a":`, 400, "body", "", ""},
		{"NUL", "POST /rpc/same", `{"v":"\u0000"}`, 400, "body", "NUL", ""},
		{"nameless argument", "POST /rpc/hook", `{"a":1}`, 400, "args", `no argument "a"`, "public.hook(jsonb)"},
		{"procedure", "POST /rpc/proceed", `{}`, 400, "function", "procedure", "CALL"},
		{"trigger", "POST /rpc/updated", `{}`, 400, "function", "not there", ""},
		{"volatile by get", "GET /rpc/strike?p_word=dead", ``, 400, "function", "GET", "POST"},
		{"write by get", "GET /rpc/sneaky", ``, 403, "", "read-only", ""},
		{"write by get again", "GET /rpc/sneaky?count=exact", ``, 403, "", "read-only", ""},
		{"raised", "POST /rpc/broken", `{}`, 400, "", "no luck", "try later"},
		{"conflict", "POST /rpc/repeat_id", `{}`, 409, "", "already exists", ""},
		{"unknown column", "POST /rpc/pairs?select=z", `{"n":1}`, 400, "z", "no column", ""},
		{"unknown column to filter by", "GET /rpc/pairs?n=1&z=eq.1", ``, 400, "z", "no column", ""},
		{"neither argument nor filter", "GET /rpc/pairs?n=1&z=5", ``, 400, "z", "", "public.pairs(n integer)"},
		{"select twice", "GET /rpc/pairs?n=1&select=x&select=x", ``, 400, "select", "twice", ""},
		{"bad operator", "POST /gateway/rpc", `{"function":"pairs","args":{"n":1},"filters":[{"column":"x","operator":"near","value":1}]}`, 400, "operator", "near", ""},
		{"bad order", "POST /gateway/rpc", `{"function":"pairs","args":{"n":1},"order":{"column":"x","ascending":"up"}}`, 400, "orderBy", "ascending", ""},
		{"bad count", "GET /rpc/pairs?n=1&count=some", ``, 400, "count", "exact", ""},
		{"bad head", "GET /rpc/pairs?n=1&head=some", ``, 400, "head", "true or false", ""},
		{"limit too large", "GET /rpc/pairs?n=1&limit=1001", ``, 400, "limit", "1000", ""},
		{"limit below zero", "POST /gateway/rpc", `{"function":"pairs","args":{"n":1},"limit":-1}`, 400, "limit", "at least 0", ""},
		{"hostile function", "POST /gateway/rpc", `{"function":"add(1); DROP TABLE canary; --"}`, 400, "function", "not there", ""},
		{"hostile argument", "POST /rpc/add", `{"a\" => 1); DROP TABLE canary; --":1}`, 400, "args", "no argument", ""},
		{"hostile value", "POST /rpc/add", `{"a":"1); DROP TABLE canary; --"}`, 400, "a", "integer", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(tc.status, tc.operation, tc.body)
			require.Equal(t, tc.field, f.Field, "%+v", f)
			require.Contains(t, f.Error, tc.words)
			require.Contains(t, f.Hint, tc.hint)
		})
	}
	t.Cleanup(func() { require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary")) })
}

func TestCallsNeedTheirRight(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	for _, operation := range []string{"POST /rpc/older_than?select=id,companies(name)", "POST /rpc/nothing"} {
		f := w.refused(403, operation, `{"p_age":40}`, apitest.Rights("*.read people.write gateway.query"))
		require.Equal(t, "the API key lacks the right gateway.rpc.execute", f.Error)
	}
	require.JSONEq(t, `[{"id":1}]`, string(w.call("POST /rpc/older_than?select=id", `{"p_age":40}`, apitest.Rights("gateway.rpc.execute")).Data))
	f := w.refused(403, "POST /rpc/older_than?select=id,companies(name)", `{"p_age":40}`, apitest.Rights("gateway.rpc.execute people.read"))
	require.Equal(t, "the API key lacks the right companies.read", f.Error)
	w.call("POST /rpc/older_than?select=id,companies(name)", `{"p_age":40}`, apitest.Rights("gateway.rpc.execute companies.read"))
}

// TestCallsLeaveNoTrace of what a function did to its session.
func TestCallsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	for range 8 { // more than there are connections
		require.JSONEq(t, `[{"dirty":"left"}]`, string(w.call("POST /rpc/dirty", `{}`).Data))
	}
	w.Exec(t, "ALTER FUNCTION marked() VOLATILE")
	for range 8 {
		require.JSONEq(t, `[{"marked":""}]`, string(w.call("POST /rpc/marked", `{}`).Data))
	}
}

// TestNewFunctionsAreSeen by the first call of them, and changes by the first that
// they make fail.
func TestNewFunctionsAreSeen(t *testing.T) {
	t.Parallel()
	w := newCalls(t)
	w.call("POST /rpc/add", `{"a":1}`)
	w.Exec(t, "CREATE FUNCTION fresh_one(v int) RETURNS int LANGUAGE sql AS 'SELECT v'")
	w.eventually(func() bool { return w.do("POST /rpc/fresh_one", `{"v":1}`).Status == 200 })
	w.Exec(t, "DROP FUNCTION fresh_one; CREATE FUNCTION fresh_one(w text) RETURNS text LANGUAGE sql AS 'SELECT w'")
	w.eventually(func() bool { return w.do("POST /rpc/fresh_one", `{"w":"x"}`).Status == 200 })
	w.ok("POST /gateway/query", `{"query":"CREATE FUNCTION by_query() RETURNS int LANGUAGE sql AS 'SELECT 1'"}`)
	w.call("POST /rpc/by_query", `{}`)
}
