package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

// TestGoldenCalls: what a call looks like to the server.
func TestGoldenCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shop, `CREATE FUNCTION older(p int, q text DEFAULT '') RETURNS SETOF users STABLE LANGUAGE sql AS 'SELECT * FROM users WHERE age > p'`)
	call := &sqltext.Call{Function: sqltext.Name{Table: "older"}, Args: []sqltext.NamedArg{{Name: "p", Value: sqltext.Number("30")}}}
	require.NoError(t, call.AddPair(nil, "name", "like.A*"))
	plan, err := w.compiler.Call(w.cat, w.path, call)
	require.NoError(t, err)
	require.Contains(t, plan.SQL, ` FROM "public"."older"("p" => $1::integer) AS t0 WHERE t0."name" LIKE $2`)
	require.Equal(t, "older", plan.Function.Name)
	require.Empty(t, plan.Tables, "the right to call is not the right to read a table")
	_, values := sqltext.CallKey(nil, nil, call)
	require.Len(t, values, 2)
}

// FuzzCall: whatever a query string says, it is refused or is one statement that
// the server can parse.
func FuzzCall(f *testing.F) {
	w := newWorld(f, shop, `CREATE FUNCTION any_of(a int DEFAULT 1, "b c" text DEFAULT '', VARIADIC d jsonb[] DEFAULT '{}') RETURNS TABLE (x int, "y z" text) LANGUAGE sql AS $$ SELECT 1, '' $$`)
	f.Add("a", "5", `{"b c":"x"}`)
	f.Add("d", "{1}", `{"d":[1,{"a":"\""}]}`)
	f.Add("y z", "eq.1", `{}`)
	f.Add(`"y z".desc`, `'; --`, `{"A":[[]]}`)
	functions, err := sqltext.Overloads(w.cat, w.path, sqltext.Name{Table: "any_of"})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, name, value, object string) {
		call := &sqltext.Call{Function: sqltext.Name{Table: "any_of"}}
		if !accepted(t, call.AddArgs([]byte(object))) || !accepted(t, call.AddPair(functions, name, value)) {
			return
		}
		plan, err := w.compiler.Call(w.cat, w.path, call)
		if !accepted(t, err) {
			return
		}
		_, values := sqltext.CallKey(nil, nil, call)
		_, err = plan.Args(values)
		require.NoError(t, err)
		if _, err := w.db.PgConn().Prepare(t.Context(), "", plan.SQL, nil); err != nil {
			require.NotContains(t, err.Error(), "42601", plan.SQL) // a syntax error
		}
	})
}
