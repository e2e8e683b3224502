package main

import (
	"fmt"
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// TestKillUnderDeferredInsertsDoesEachOnce kills the server while writes are
// accepted and done. Rerun a failure with its seed in ATHENA_TEST_SEED.
func TestKillUnderDeferredInsertsDoesEachOnce(t *testing.T) {
	t.Parallel()
	const writers, rounds = 16, 4
	random := seeded(t)
	h := installed(t)
	p := start(t, h)
	db := dbtest.Pool(t, h.succeed(t, "client", "uri", "demo"))
	_, err := db.Exec(t.Context(), "CREATE TABLE arrivals (id text NOT NULL)") // no key: a row stored twice would show
	require.NoError(t, err)
	db.Close()

	all, work := make([]*writer, writers), make([]func() error, writers)
	for i := range all {
		all[i] = &writer{name: fmt.Sprint(i), headers: []string{"X-Athena-Client: demo", "X-Athena-Defer: true", "apikey: " + credentialsOf(t).key}}
		work[i] = func() error { return all[i].insert(p, 202) }
	}
	for range rounds {
		killUnder(t, p, work, int64(100+random.IntN(300)))
		<-p.ended
		p = serve(t, h)
	}
	done := h.flushAll(t, p)
	stored := storedOnce(t, dbtest.Pool(t, h.succeed(t, "client", "uri", "demo")))
	acked := 0
	for _, w := range all {
		acked += len(w.acked)
		for _, id := range w.acked {
			require.Contains(t, stored, id, "it was acknowledged")
		}
	}
	require.Equal(t, "completed", done)
	t.Logf("%d acknowledged rows of %d stored survived %d kills", acked, len(stored), rounds)
}

// flushAll has everything done that waits, and gives the states that writes ended in.
func (h *home) flushAll(t *testing.T, p *process) string {
	t.Helper()
	require.Eventually(t, func() bool {
		r := p.do(t, "POST", "/gateway/deferred/flush", "", "apikey: "+credentialsOf(t).admin)
		require.Equal(t, 200, r.status, r.body)
		var answer struct{ Data wire.DeferredFlush }
		require.NoError(t, json.Unmarshal([]byte(r.body), &answer))
		return answer.Data.Enabled && answer.Data.Pending+answer.Data.Failed+answer.Data.Succeeded == 0
	}, patience, 1, "writes are left")
	var states string
	row := dbtest.Pool(t, h.succeed(t, "client", "uri", "athena_logging")).QueryRow(t.Context(),
		"SELECT string_agg(DISTINCT status, ' ') FROM gateway_deferred_requests")
	require.NoError(t, row.Scan(&states))
	return states
}
