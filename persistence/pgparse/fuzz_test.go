package pgparse

import (
	"strings"
	"testing"

	"athena/wire"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var statements = []string{
	"SELECT count(*) FROM a WHERE b = $1", "SELECT count(DISTINCT a) FILTER (WHERE b) FROM s.t AS x JOIN u USING (id)", "select pg_catalog.count(1) from (values (1)) v",
	"SELECT 1+1-1 UNION SELECT 2, 3 INTERSECT TABLE t", "WITH x AS (DELETE FROM a RETURNING 1) SELECT count(*) FROM x; ;", "SELECT /* x */ count(*) FROM t -- y",
	"INSERT INTO s.a SELECT f(1) FROM b ON CONFLICT DO NOTHING", "UPDATE a SET n = (SELECT max(x) FROM c)", "MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
	"SELECT a[1][2].b::int::text COLLATE \"C\" IS NULL ISNULL AT TIME ZONE 'x' FROM a CROSS JOIN b NATURAL JOIN c", "SELECT CASE WHEN a THEN ARRAY[(1, 2)] END", "DO $$ x $$", "",
}

// FuzzCheckCount: what passes for a count is one statement that only reads, and
// still is one when the parser writes it anew.
func FuzzCheckCount(f *testing.F) {
	for _, sql := range statements {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		if err := CheckCount(sql); err != nil {
			p, ok := wire.AsProblem(err)
			require.True(t, ok)
			require.Equal(t, 400, p.Code.Status)
			return
		}
		require.NotContains(t, sql, "\x00")
		effects := EffectsOf(sql)
		require.True(t, effects.Known, sql)
		require.Empty(t, effects.Writes, sql)
		require.Contains(t, effects.Functions, "count")
		tree, err := Parse(sql)
		require.NoError(t, err)
		again, err := pg.Deparse(tree)
		require.NoError(t, err, sql)
		require.NoError(t, CheckCount(again), "%s became %s", sql, again)
	})
}

// FuzzParse: no tree is deeper than its tokens were said to allow.
func FuzzParse(f *testing.F) {
	for _, sql := range statements {
		f.Add(sql, byte(1))
		f.Add(sql, byte(20))
	}
	f.Fuzz(func(t *testing.T, sql string, times byte) {
		if half := len(sql) / 2; times > 1 { // what chains, chains
			sql = sql[:half] + strings.Repeat(sql[half:], int(times))
		}
		tree, err := Parse(sql)
		if err != nil || strings.Contains(sql, "\x00") {
			return
		}
		tokens, err := Scan(sql)
		require.NoError(t, err)
		// A level of the tree is at most a few messages, of which a statement has some
		// without any chain.
		const each, least = 6, 40
		require.LessOrEqual(t, depth(tree.ProtoReflect()), each*longest(tokens)+least, sql)
		EffectsOf(sql)
	})
}

func depth(m protoreflect.Message) int {
	deepest := 0
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				deepest = max(deepest, depth(value.List().Get(i).Message()))
			}
		default:
			deepest = max(deepest, depth(value.Message()))
		}
		return true
	})
	return deepest + 1
}
