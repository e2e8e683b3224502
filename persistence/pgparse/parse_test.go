package pgparse_test

import (
	"strings"
	"testing"

	"athena/persistence/pgparse"

	"github.com/stretchr/testify/require"
)

// TestParseBounds: SQL whose tree would overflow the stack of the parser's library,
// which ends the process, never gets there.
func TestParseBounds(t *testing.T) {
	t.Parallel()
	const most, far = 4_000, 12_000
	for name, build := range map[string]func(n int) string{
		"operators":      func(n int) string { return "SELECT 1" + strings.Repeat("+1", n) },
		"casts":          func(n int) string { return "SELECT 1" + strings.Repeat("::a", n) },
		"tests":          func(n int) string { return "SELECT 1" + strings.Repeat(" ISNULL", n) },
		"collations":     func(n int) string { return "SELECT 1" + strings.Repeat(" COLLATE a", n) },
		"set operations": func(n int) string { return strings.Repeat("SELECT 1, 2 UNION ALL ", n) + "SELECT 1, 2" },
		"joins":          func(n int) string { return "SELECT 1 FROM a" + strings.Repeat(" CROSS JOIN b", n) },
		"in a bracket":   func(n int) string { return "SELECT (1" + strings.Repeat("+1", n) + ", 2) IS NULL" },
		"around brackets": func(n int) string {
			inside := "1"
			for range 10 {
				inside = "(" + inside + strings.Repeat("+1", n/10) + ", 2) IS NULL"
			}
			return "SELECT " + inside
		},
		"with texts": func(n int) string { return "SELECT ','" + strings.Repeat("||','", n) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pgparse.Parse(build(10))
			require.NoError(t, err)
			_, err = pgparse.Parse(build(most))
			if err != nil { // by whoever comes first
				require.Regexp(t, "nested too deep|maximum recursion depth", err.Error())
			}
			_, err = pgparse.Parse(build(far))
			require.ErrorContains(t, err, "it ")
			require.False(t, pgparse.EffectsOf(build(far)).Known)
		})
	}
	for name, sql := range map[string]string{
		"long list":   "SELECT " + strings.Repeat("1,", 8_000) + "1",
		"many rows":   "INSERT INTO t VALUES " + strings.Repeat("(1,'a',now()),", 1_000) + "(1,'b',now())",
		"many of in":  "SELECT count(*) FROM t WHERE id IN (" + strings.Repeat("1,", 8_000) + "1)",
		"statements":  strings.Repeat("SELECT 1+1;", 1_000),
		"a long text": "SELECT '" + strings.Repeat("+1", 10_000) + "'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pgparse.Parse(sql)
			require.NoError(t, err)
		})
	}
	_, err := pgparse.Parse("SELECT '" + strings.Repeat("a", pgparse.MaxSQL) + "'")
	require.ErrorContains(t, err, "at most")
}
