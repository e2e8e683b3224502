package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/catalog"
)

// marks reads the marks of the schema that a follower follows.
func (f *follower) marks() catalog.Marks {
	f.t.Helper()
	m, err := catalog.ReadMarks(f.t.Context(), f.db)
	require.NoError(f.t, err)
	return m
}

// TestMarks: a catalog that follows every kind of change by comparing marks is the same as
// one that is read whole.
func TestMarks(t *testing.T) {
	t.Parallel()
	f := follow(t, shop, views)
	before := f.marks()
	for _, tc := range changes {
		_, err := f.db.Exec(t.Context(), tc.sql)
		require.NoError(t, err, tc.sql)
		now := f.marks()
		changed, ok := now.Since(before)
		require.NotEqual(t, before, now, tc.sql)
		if f.begun = 0; ok {
			f.cat, err = catalog.Update(t.Context(), f, f.cat, changed)
		} else {
			f.cat, err = catalog.Load(t.Context(), f.db)
		}
		require.NoError(t, err, tc.sql)
		if ok && !tc.whole && !tc.far {
			require.Equal(t, 1, f.begun, "objects alone are read after %s: %v", tc.sql, changed)
		}
		f.same(tc.sql)
		before = now
	}
	for _, sql := range []string{
		"CREATE TABLE IF NOT EXISTS customers (id int)", "DELETE FROM customers",
		"ANALYZE customers", "VACUUM FREEZE pg_class", "VACUUM customers",
	} {
		_, err := f.db.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
		require.Equal(t, before, f.marks(), sql)
	}
}
