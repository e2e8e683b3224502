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

// TestOneObjectIsRead: what the database tells of is read alone, and a look at the
// counts of the server does not read the rest.
func TestOneObjectIsRead(t *testing.T) {
	t.Parallel()
	uri := dbtest.Client(t)
	permitted, err := migrate.Watch(t.Context(), uri, true)
	require.NoError(t, err)
	require.True(t, permitted)
	store, err := gatewaydb.Open(t.Context(), uri, gatewaydb.Options{PoolSize: 2, Lanes: 1, Follow: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	has := func(table string) func() bool {
		return func() bool {
			_, ok := store.Catalog().Table("public", table)
			return ok
		}
	}
	dbtest.Exec(t, uri, "CREATE TABLE public.first (id int)") // by then it listens
	require.Eventually(t, has("first"), 30*time.Second, time.Millisecond)
	whole := store.Wholes()
	dbtest.Exec(t, uri, "CREATE TABLE public.second (id int)")
	require.Eventually(t, has("second"), 30*time.Second, time.Millisecond)
	require.Equal(t, whole, store.Wholes())
	before, err := store.Probe(t.Context())
	require.NoError(t, err)
	dbtest.Exec(t, uri, "CREATE TABLE public.third (id int)")
	require.Eventually(t, has("third"), 30*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		now, err := store.Probe(t.Context())
		return err == nil && now != before
	}, time.Minute, 10*time.Millisecond, "the server counts the change")
	require.NoError(t, store.Check(t.Context()))
	require.Equal(t, whole, store.Wholes(), "what was told explains what is counted")
	own := func(table string) {
		result, err := store.Query(t.Context(), gatewaydb.Raw{SQL: "CREATE TABLE public." + table + " (id int)"})
		require.NoError(t, err)
		result.Release()
		require.True(t, has(table)(), "the requests after it see it")
	}
	own("own")
	require.Equal(t, whole, store.Wholes(), "so is what this process changes")
	permitted, err = migrate.Watch(t.Context(), uri, false)
	require.NoError(t, err)
	require.True(t, permitted)
	own("untold")
	require.True(t, store.Wholes().After(whole), "what is not told is found by reading all")
	whole = store.Wholes()
	dbtest.Exec(t, uri, "CREATE TABLE public.outside (id int)")
	require.NoError(t, store.Check(t.Context()))
	require.Eventually(t, func() bool { return store.Check(t.Context()) == nil && has("outside")() }, time.Minute, 10*time.Millisecond)
	require.True(t, store.Wholes().After(whole), "a database that tells no more is read")
}
