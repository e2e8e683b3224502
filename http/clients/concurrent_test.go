package clients_test

import (
	"context"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock' AND datname = current_database()"

// blocked is a world in which the building of a large index has begun, and waits for a
// transaction that began before.
func blocked(t *testing.T) (w *world, uri string, begun pgx.Tx) {
	t.Helper()
	w = newWorld(t)
	uri = dbtest.New(t, sluggish, "ANALYZE", "UPDATE pg_class SET reltuples = 1e7 WHERE relname LIKE 'Children%'")
	w.add("acme", uri)
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	begun, err = conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = begun.Exec(t.Context(), `INSERT INTO "Children of ""x""" VALUES (1)`)
	require.NoError(t, err)
	missing := w.refreshed()[wire.MissingIndex]
	require.Equal(t, wire.Concurrently, *missing.Mode)
	w.collector.Patience = 1
	action, err := w.collector.Apply(t.Context(), "acme", missing.ID, "ann")
	require.NoError(t, err)
	require.Equal(t, "started", action.Status)
	require.Eventually(t, func() bool { return value(t, uri, waiting) == "1" }, time.Minute, 5*time.Millisecond)
	require.Equal(t, "false", value(t, uri, valid), "it is being built")
	return w, uri, begun
}

const valid = `SELECT bool_and(indisvalid) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'Children%parent_idx'`

func (w *world) outcome() (status, failure string) {
	w.t.Helper()
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), "SELECT status, coalesce(error, '') FROM query_optimization_actions").Scan(&status, &failure))
	return status, failure
}

// TestConcurrentStatementOutlivesItsRequest has the request answered long before.
func TestConcurrentStatementOutlivesItsRequest(t *testing.T) {
	t.Parallel()
	w, uri, begun := blocked(t)
	require.NoError(t, begun.Commit(t.Context()))
	require.Eventually(t, func() bool {
		status, failure := w.outcome()
		require.Empty(t, failure)
		return status == "succeeded"
	}, time.Minute, 5*time.Millisecond)
	require.Equal(t, "true", value(t, uri, valid))
}

// TestEndedStatementLeavesNoUnusableIndex stops the server while an index is built.
func TestEndedStatementLeavesNoUnusableIndex(t *testing.T) {
	t.Parallel()
	w, uri, begun := blocked(t)
	closed := make(chan error, 1)
	go func() { closed <- w.pools.Close(context.Background()) }()
	require.Eventually(t, func() bool { return value(t, uri, waiting) == "0" }, time.Minute, 5*time.Millisecond)
	require.NoError(t, begun.Rollback(t.Context()))
	require.NoError(t, <-closed)
	status, failure := w.outcome()
	require.Equal(t, "failed", status)
	require.NotEmpty(t, failure)
	require.Equal(t, "0", value(t, uri, "SELECT count(*) FROM pg_class WHERE relname LIKE 'Children%parent_idx'"))
}
