package main

import (
	"fmt"
	"testing"

	"athena/persistence/dbtest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// writer inserts one row after the other and knows which were acknowledged.
type writer struct {
	name    string
	headers []string
	sent    int
	acked   []string
}

// insert asks for a row of its own and notes it where that is answered with a status.
func (w *writer) insert(p *process, status int) error {
	id := fmt.Sprintf("%s/%d", w.name, w.sent)
	w.sent++
	r, err := p.try("PUT", "/gateway/insert", fmt.Sprintf(`{"table_name":"arrivals","insert_body":{"id":%q}}`, id), w.headers...)
	if err != nil {
		return err
	}
	if r.status != status {
		return fmt.Errorf("answered %d: %s", r.status, r.body)
	}
	w.acked = append(w.acked, id)
	return nil
}

// TestKillUnderInsertsLosesNothing kills the server while rows share commits, with
// and without a window. Rerun a failure with its seed in ATHENA_TEST_SEED.
func TestKillUnderInsertsLosesNothing(t *testing.T) {
	t.Parallel()
	const writers, rounds = 48, 3
	random := seeded(t)
	h := installed(t)
	p := start(t, h)
	db := dbtest.Pool(t, h.succeed(t, "client", "uri", "demo"))
	_, err := db.Exec(t.Context(), "CREATE TABLE arrivals (id text NOT NULL)") // no key: a row stored twice would show
	require.NoError(t, err)
	db.Close()

	all, work := make([]*writer, writers), make([]func() error, writers)
	for i := range all {
		all[i] = &writer{name: fmt.Sprint(i), headers: []string{"X-Athena-Client: demo", "apikey: " + credentialsOf(t).key}}
		if i%2 == 0 {
			all[i].headers = append(all[i].headers, "X-Athena-Insert-Window: 5")
		}
		work[i] = func() error { return all[i].insert(p, 200) }
	}
	for range rounds {
		killUnder(t, p, work, int64(200+random.IntN(600)))
		<-p.ended
		p = serve(t, h)
	}
	stored := storedOnce(t, dbtest.Pool(t, h.succeed(t, "client", "uri", "demo")))
	acked := 0
	for _, w := range all {
		acked += len(w.acked)
		for _, id := range w.acked {
			require.Contains(t, stored, id, "it was acknowledged")
		}
	}
	t.Logf("%d acknowledged rows of %d stored survived %d kills", acked, len(stored), rounds)
}

// storedOnce gives the rows that are there, none of which may be there twice.
func storedOnce(t *testing.T, db *pgxpool.Pool) map[string]bool {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT id FROM arrivals")
	require.NoError(t, err)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	stored := make(map[string]bool, len(ids))
	for _, id := range ids {
		require.False(t, stored[id], "%s is there twice", id)
		stored[id] = true
	}
	return stored
}
