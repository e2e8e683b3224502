package baseline

import (
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body, text string
		args             []any
	}{
		{
			"point", `{"table_name":"it\"ems","conditions":[{"eq_column":"id","eq_value":"7"}],"limit":1}`,
			`SELECT coalesce(json_agg(t), '[]') FROM (SELECT p.* FROM "it""ems" AS p WHERE p."id" = $1 LIMIT 1) AS t`,
			[]any{"7"},
		},
		{
			"page", `{"table_name":"items","conditions":[{"column":"id","operator":"gt","value":"7"}],"sort_by":{"field":"id","direction":"desc"}}`,
			`SELECT coalesce(json_agg(t), '[]') FROM (SELECT p.* FROM "items" AS p WHERE p."id" > $1 ORDER BY p."id" DESC) AS t`,
			[]any{"7"},
		},
		{
			"embed", `{"table_name":"bench_parents","select":"id,bench_children(id,label)"}`,
			`SELECT coalesce(json_agg(t), '[]') FROM (SELECT p."id", (SELECT coalesce(json_agg(e), '[]') FROM ` +
				`(SELECT c."id", c."label" FROM "bench_children" AS c WHERE c."parent_id" = p.id) AS e) AS "bench_children" ` +
				`FROM "bench_parents" AS p) AS t`,
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var f fetch
			require.NoError(t, json.Unmarshal([]byte(tc.body), &f))
			s, err := f.build()
			require.NoError(t, err)
			require.Equal(t, tc.text, s.text.String())
			require.Equal(t, tc.args, s.args)
		})
	}
}

func TestUnknownOperator(t *testing.T) {
	t.Parallel()
	_, err := (&fetch{Conditions: []condition{{Column: "id", Operator: "; DROP"}}}).build()
	require.Error(t, err)
}

func TestInsertStatement(t *testing.T) {
	t.Parallel()
	in := insert{Table: "t", Row: map[string]json.RawMessage{
		"b": json.RawMessage(`"x\ny"`), "a": json.RawMessage(`1.50`), "d": json.RawMessage(`null`), "c": json.RawMessage(`{"k":1}`),
	}}
	text, args, err := in.statement()
	require.NoError(t, err)
	require.Equal(t, `INSERT INTO "t" AS t ("a", "b", "c", "d") VALUES ($1, $2, $3, $4) RETURNING row_to_json(t)`, text)
	require.Equal(t, []any{"1.50", "x\ny", `{"k":1}`, nil}, args)
}

func TestCallStatement(t *testing.T) {
	t.Parallel()
	in := call{Function: `f"n`, Args: map[string]json.RawMessage{"top": json.RawMessage(`20`), "of": json.RawMessage(`"a"`)}}
	text, args, err := in.statement()
	require.NoError(t, err)
	require.Equal(t, `SELECT coalesce(json_agg(t), '[]') FROM "f""n"("of" => $1, "top" => $2) AS t`, text)
	require.Equal(t, []any{"a", "20"}, args)
}
