package gatewaydb_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/migrate"
	"athena/persistence/sqltext"

	"github.com/stretchr/testify/require"
)

// TestAStandbyShowsWhatItsPrimaryChanges: nobody can listen there, so changes are found by
// their marks, until the standby is promoted.
func TestAStandbyShowsWhatItsPrimaryChanges(t *testing.T) {
	t.Parallel()
	primary := dbtest.Cluster(t)
	uri := primary.URI("postgres")
	require.NoError(t, migrate.Client(t.Context(), uri))
	dbtest.Exec(t, uri, "CREATE TABLE public.early (id int)")
	permitted, err := migrate.Watch(t.Context(), uri, true)
	require.NoError(t, err)
	require.True(t, permitted)
	standby := dbtest.Standby(t, primary).URI("postgres")
	log := &journal{}
	store, err := gatewaydb.Open(t.Context(), standby, gatewaydb.Options{PoolSize: 2, Lanes: 1, Follow: true, Log: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	early, found := store.Catalog().Table("public", "early")
	require.True(t, found)

	dbtest.Exec(t, uri, "CREATE TABLE public.late (id int)")
	require.Eventually(t, func() bool {
		_, found := store.Catalog().Table("public", "late")
		return found || store.Check(t.Context()) != nil
	}, time.Minute, 10*time.Millisecond)
	same, _ := store.Catalog().Table("public", "early")
	require.Same(t, early, same, "the rest was not read again")

	dbtest.Exec(t, uri, "CREATE TABLE public.asked (id int)")
	require.Eventually(t, func() bool {
		store.Age()
		_, err := store.Prepare(t.Context(), &sqltext.Read{From: sqltext.Name{Table: "asked"}}, public, nil)
		return err == nil
	}, time.Minute, 10*time.Millisecond, "a name that is not known is looked for")
	require.Empty(t, log.String(), "nothing is attempted that cannot be")

	dbtest.Exec(t, standby, "SELECT pg_promote()")
	require.NoError(t, store.Refresh(t.Context()))
	dbtest.Exec(t, standby, "CREATE TABLE public.promoted (id int)")
	require.Eventually(t, func() bool {
		_, found := store.Catalog().Table("public", "promoted")
		return found
	}, time.Minute, 10*time.Millisecond, "it is heard of")
}
