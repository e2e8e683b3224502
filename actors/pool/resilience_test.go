package pool_test

import (
	"testing"

	"athena/actors/pool"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func resilient(r wire.ResilienceConfig) *wire.ClientConfig {
	return &wire.ClientConfig{Resilience: &r}
}

func number(n int) *int { return &n }

// TestResilienceIsTakenUpLive changes limits of an open client, and takes them back.
func TestResilienceIsTakenUpLive(t *testing.T) {
	t.Parallel()
	target := pool.Target{Name: "a", URI: holder(t, "kept")}
	w := newWorld(t, pool.Config{MaxInFlight: 9, Options: gatewaydb.Options{PoolSize: 3}}, target)
	const timeout = "SELECT current_setting('statement_timeout') AS t"
	was := func(sql, rows string) {
		t.Helper()
		require.Eventually(t, func() bool {
			got, err := w.query("a", sql)
			require.NoError(t, err, "nobody is refused by a change")
			return got == rows
		}, patience, pollEvery)
	}
	was(timeout, `[{"t":"25s"}]`)
	require.Equal(t, 3, w.Stats()[0].Max)
	require.EqualValues(t, 9, w.Stats()[0].InFlightLimit)

	target.Config = resilient(wire.ResilienceConfig{PoolSize: number(2), StatementTimeoutMS: number(1234), MaxInFlight: number(7)})
	w.set(target)
	was(timeout, `[{"t":"1234ms"}]`)
	require.Equal(t, 2, w.Stats()[0].Max)
	require.EqualValues(t, 7, w.Stats()[0].InFlightLimit)
	_, err := w.query("a", "SELECT 1 AS n FROM pg_sleep(30)")
	require.Equal(t, 504, problem(t, err).Code.Status)

	target.Config = nil
	w.set(target)
	was(timeout, `[{"t":"25s"}]`)
	require.Equal(t, 3, w.Stats()[0].Max)
}

func TestCircuitOfAClient(t *testing.T) {
	t.Parallel()
	c, through := newCable(t, holder(t, "kept"))
	w := newWorld(t, pool.Config{}, pool.Target{
		Name: "a", URI: through, Config: resilient(wire.ResilienceConfig{CircuitFailures: number(1), CircuitOpenMS: number(600_000)}),
	})
	w.word("a")
	c.cut()
	require.Eventually(t, func() bool {
		_, err := w.query("a", "SELECT 1")
		require.Equal(t, 503, problem(t, err).Code.Status)
		return w.Stats()[0].Circuit == "open"
	}, patience, pollEvery)
	require.EqualValues(t, 1, w.Stats()[0].Failures, "the first failure opens it")
	c.plug()
	_, err := w.query("a", "SELECT 1")
	require.Equal(t, float64(600), problem(t, err).RetryAfter.Seconds(), "and it stays open")
}

// TestConflictsDoNotOpenTheCircuit: a database that undoes a read is there.
func TestConflictsDoNotOpenTheCircuit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pool.Config{}, pool.Target{
		Name: "a", URI: holder(t, "kept"), Config: resilient(wire.ResilienceConfig{CircuitFailures: number(1), CircuitOpenMS: number(600_000)}),
	})
	p, err := w.Get(t.Context(), "a")
	require.NoError(t, err)
	_, err = p.Query(t.Context(), gatewaydb.Raw{SQL: "DO $$ BEGIN RAISE serialization_failure; END $$", ReadOnly: true})
	require.Equal(t, wire.BackendUnavailable, problem(t, err).Code)
	require.Equal(t, "closed", w.Stats()[0].Circuit)
	w.word("a")
}

// TestReadsAreRetried cuts the only lane under a read that waits in the database.
func TestReadsAreRetried(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		retries int
		status  int
	}{{"none", 0, 503}, {"some", 3, 200}} {
		uri := holder(t, "kept")
		g := newGate(t, uri)
		_, err := g.conn.Exec(t.Context(), "CREATE VIEW gated AS "+g.sql())
		require.NoError(t, err)
		c, through := newCable(t, uri)
		w := newWorld(t, pool.Config{Options: gatewaydb.Options{LaneTimeout: patience}}, pool.Target{Name: "a", URI: through, Config: resilient(wire.ResilienceConfig{ReadRetries: number(tc.retries)})})
		p, err := w.Get(t.Context(), "a")
		require.NoError(t, err)
		st, err := p.Prepare(t.Context(), &sqltext.Read{From: sqltext.Name{Table: "gated"}}, gatewaydb.Mode{Path: []string{"public"}}, nil)
		require.NoError(t, err)
		st.ReadOnly()
		answer := make(chan error, 1)
		go func() {
			result, err := p.Run(t.Context(), st)
			result.Release()
			answer <- err
		}()
		g.await(1)
		c.cut()
		c.plug()
		if tc.status != 200 {
			require.Equal(t, tc.status, problem(t, <-answer).Code.Status, tc.name)
			continue
		}
		g.open()
		require.NoError(t, <-answer, tc.name)
	}
}
