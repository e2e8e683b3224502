package pgparse_test

import (
	"testing"

	"athena/persistence/pgparse"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestCheckCount(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"SELECT count(*) FROM people", "select COUNT(id) as n from public.people p where p.age > 3;",
		"SELECT count(DISTINCT a) FROM t JOIN u USING (id)", "SELECT pg_catalog.count(*) FROM (SELECT 1 UNION SELECT 2) AS x",
		"SELECT count(*) FILTER (WHERE a) FROM t", `SELECT count(*) FROM "odd -- name" WHERE a = '/* text */'`,
	} {
		require.NoError(t, pgparse.CheckCount(sql), sql)
	}
	for sql, why := range map[string]string{
		"":                                      "0 statements",
		"SELEC 1":                               "syntax error",
		"SELECT count(*) FROM t; DELETE FROM t": "2 statements",
		"DELETE FROM t":                         "no SELECT",
		"SELECT * FROM t":                       "something else",
		"SELECT count(*) + 1 FROM t":            "something else",
		"SELECT mine.count(*) FROM t":           "something else",
		"SELECT count(*) OVER () FROM t":        "something else",
		"SELECT count(*), 1 FROM t":             "one count",
		"SELECT count(*)":                       "one count",
		"SELECT count(*) FROM t GROUP BY a":     "groups",
		"SELECT count(*) FROM t HAVING true":    "groups",
		"SELECT count(*) FROM t UNION SELECT 1": "UNION",
		"WITH x AS (DELETE FROM t RETURNING 1) SELECT count(*) FROM x": "WITH",
		"SELECT count(*) INTO u FROM t":                                "more than read",
		"SELECT count(*) FROM t LIMIT 1":                               "bounds",
		"SELECT count(*) FROM t -- why":                                "comment",
		"SELECT /* x */ count(*) FROM t":                               "comment",
		"SELECT count(*) FROM t WHERE a = '":                           "unterminated",
		"SELECT count(*) FROM t\x00":                                   "NUL",
	} {
		p, ok := wire.AsProblem(pgparse.CheckCount(sql))
		require.True(t, ok, sql)
		require.Equal(t, "query", p.Field)
		require.Contains(t, p.Detail, why, sql)
	}
}
