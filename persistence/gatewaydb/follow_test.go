package gatewaydb_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"athena/persistence/cache"
	"athena/persistence/catalog"
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
	require.Equal(t, whole, store.Wholes(), "what is not told is found by its mark")
	dbtest.Exec(t, uri, "CREATE TABLE public.outside (id int)")
	require.NoError(t, store.Check(t.Context()))
	require.Eventually(t, func() bool { return store.Check(t.Context()) == nil && has("outside")() }, time.Minute, 10*time.Millisecond)
	require.Equal(t, whole, store.Wholes(), "so is what a database that tells no more counts")
}

// TestChangesAreFoundByMarks: for a role that may make no event triggers, what others
// change is seen after a look, and is read without the rest.
func TestChangesAreFoundByMarks(t *testing.T) {
	t.Parallel()
	uri := dbtest.Client(t)
	role := fmt.Sprintf("plain_%d", time.Now().UnixNano())
	dbtest.Exec(t, uri, "CREATE ROLE "+role+" LOGIN PASSWORD 'plain'", "GRANT ALL ON SCHEMA public TO "+role, "CREATE TABLE public.beside (id int)")
	t.Cleanup(func() { dbtest.Exec(t, uri, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	plain, err := url.Parse(uri)
	require.NoError(t, err)
	plain.User = url.UserPassword(role, "plain")
	permitted, err := migrate.Watch(t.Context(), plain.String(), true)
	require.NoError(t, err)
	require.False(t, permitted)
	store, err := gatewaydb.Open(t.Context(), plain.String(), gatewaydb.Options{PoolSize: 2, Lanes: 1, Follow: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	whole := store.Wholes()
	beside, _ := store.Catalog().Table("public", "beside")
	for _, tc := range []struct {
		sql  string
		seen func(*catalog.Relation, bool) bool
	}{
		{"CREATE TABLE public.made (id int)", func(_ *catalog.Relation, found bool) bool { return found }},
		{"ALTER TABLE public.made ADD PRIMARY KEY (id)", func(r *catalog.Relation, _ bool) bool { return len(r.PrimaryKey) == 1 }},
		{"ALTER TABLE public.made DROP CONSTRAINT made_pkey", func(r *catalog.Relation, _ bool) bool { return len(r.PrimaryKey) == 0 }},
		{"ALTER TABLE public.made ALTER id SET DEFAULT 7", func(r *catalog.Relation, _ bool) bool { return r.Columns[0].Default == "7" }},
		{"COMMENT ON COLUMN public.made.id IS 'x'", func(r *catalog.Relation, _ bool) bool { return r.Columns[0].Comment == "x" }},
		{"COMMENT ON COLUMN public.made.id IS NULL", func(r *catalog.Relation, _ bool) bool { return r.Columns[0].Comment == "" }},
		{"DROP TABLE public.made", func(_ *catalog.Relation, found bool) bool { return !found }},
	} {
		dbtest.Exec(t, uri, tc.sql)
		require.NoError(t, store.Refresh(t.Context()))
		require.True(t, tc.seen(store.Catalog().Table("public", "made")), tc.sql)
		same, _ := store.Catalog().Table("public", "beside")
		require.Same(t, beside, same, tc.sql)
	}
	before := store.Catalog()
	dbtest.Exec(t, uri, "CREATE TABLE IF NOT EXISTS public.beside (id int)")
	require.NoError(t, store.Refresh(t.Context()))
	require.Same(t, before, store.Catalog())
	require.Equal(t, whole, store.Wholes(), "the whole was read once")
}
