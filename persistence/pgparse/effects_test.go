package pgparse_test

import (
	"testing"

	"athena/persistence/pgparse"

	"github.com/stretchr/testify/require"
)

func TestEffectsOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		sql    string
		known  bool
		writes []pgparse.Relation
		calls  []string
	}{
		{"SELECT Count(*) FROM a JOIN b USING (id)", true, nil, []string{"count"}},
		{"INSERT INTO s.a SELECT * FROM b", true, []pgparse.Relation{{Schema: "s", Name: "a"}}, nil},
		{"UPDATE a SET n = shop.f(1)", true, []pgparse.Relation{{Name: "a"}}, []string{"f"}},
		{"WITH x AS (DELETE FROM a RETURNING 1) UPDATE b SET n = 1", true, []pgparse.Relation{{Name: "b"}, {Name: "a"}}, nil},
		{"MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE", true, []pgparse.Relation{{Name: "a"}}, nil},
		{"SELECT 1 INTO a", false, nil, nil},
		{"TRUNCATE a", false, nil, nil},
		{"CREATE TABLE a AS SELECT 1", false, nil, nil},
		{"EXPLAIN ANALYZE DELETE FROM a", false, nil, nil},
		{"DO $$ BEGIN END $$", false, nil, nil},
		{"SELECT 1; DELETE FROM a", false, nil, nil},
		{"SELEC", false, nil, nil},
	} {
		got := pgparse.EffectsOf(tc.sql)
		require.Equal(t, tc.known, got.Known, tc.sql)
		require.ElementsMatch(t, tc.writes, got.Writes, tc.sql)
		require.ElementsMatch(t, tc.calls, got.Functions, tc.sql)
	}
}
