package gatewaydb_test

import (
	"context"
	"testing"
	"time"

	"athena/persistence/cache"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/migrate"

	"github.com/stretchr/testify/require"
)

// TestChangesFromOutsideAreHeard: no request is needed for a change to be seen, nor the
// restart of a store for it to hear of them.
func TestChangesFromOutsideAreHeard(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		uri := dbtest.Client(t)
		watch := func() {
			permitted, err := migrate.Watch(t.Context(), uri, true)
			require.NoError(t, err)
			require.True(t, permitted)
		}
		if first {
			watch()
		}
		c, err := cache.New(cache.Options{})
		require.NoError(t, err)
		t.Cleanup(c.Close)
		store, err := gatewaydb.Open(t.Context(), uri, gatewaydb.Options{PoolSize: 2, Lanes: 1, Follow: true, Cache: c, Client: "acme"})
		require.NoError(t, err)
		if !first {
			watch()
			require.NoError(t, store.Refresh(t.Context()))
		}
		has := func(table string) func() bool {
			return func() bool {
				_, ok := store.Catalog().Table("public", table)
				return ok
			}
		}
		for _, table := range []string{"one", "two"} {
			dbtest.Exec(t, uri, "CREATE TABLE public."+table+" (id int)")
			require.Eventually(t, has(table), 30*time.Second, time.Millisecond)
		}
		dbtest.Exec(t, uri, "DROP TABLE public.one")
		require.Eventually(t, func() bool { return !has("one")() }, 30*time.Second, time.Millisecond)
		require.NoError(t, store.Close(context.Background()))
		require.Eventually(t, func() bool {
			var listeners int
			row := dbtest.Pool(t, uri).QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
			require.NoError(t, row.Scan(&listeners))
			return listeners == 0
		}, 30*time.Second, time.Millisecond, "nobody listens any more")
	}
}
