package pool_test

import (
	"io"
	"testing"

	"athena/actors/pool"
	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"

	"github.com/stretchr/testify/require"
)

func TestAnOpenCircuitDropsItsConnections(t *testing.T) {
	t.Parallel()
	const idle, tripAfter = 6, 5
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: dbtest.New(t)})
	db, err := w.DB(t.Context(), "a")
	require.NoError(t, err)
	held := make([]persistence.Tx, idle)
	for i := range held {
		held[i], err = db.Begin(t.Context())
		require.NoError(t, err)
	}
	for _, tx := range held {
		require.NoError(t, tx.Rollback(t.Context()))
	}
	p, err := w.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return p.Stats().Idle >= idle }, patience, pollEvery)
	for n := range tripAfter {
		require.Equal(t, "closed", p.Stats().Circuit, n)
		_, err := pool.Admit(t.Context(), p, func(*gatewaydb.Store) (int, error) { return 0, io.ErrUnexpectedEOF })
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
	require.Equal(t, "open", p.Stats().Circuit)
	require.Zero(t, p.Stats().Idle, "what is in the pool is most likely lost, too")
	require.Eventually(t, func() bool { _, err := db.Exec(t.Context(), "SELECT 1"); return err == nil }, patience, pollEvery)
	require.Equal(t, "closed", p.Stats().Circuit)
}
