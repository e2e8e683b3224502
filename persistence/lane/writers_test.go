package lane_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/lane"
	"athena/wire"
)

const ledger = `CREATE TABLE ledger (id int PRIMARY KEY, note text)`

// writers are ready: their first connection is open.
func writers(t *testing.T, uri string, opts lane.WritersOptions) *lane.Writers {
	t.Helper()
	w := lane.NewWriters(config(t, uri), opts)
	t.Cleanup(func() { require.NoError(t, w.Close(within(t))) })
	_, err := w.Do(t.Context(), query(`SELECT 1`), nil)
	require.ErrorIs(t, err, lane.ErrNotRun)
	require.Eventually(t, w.Open, patience, time.Millisecond)
	return w
}

func insertion(id int) lane.Query {
	return query(`INSERT INTO ledger VALUES ($1) RETURNING id`, strconv.Itoa(id))
}

func rowsOf(t *testing.T, uri, from string) (n int) {
	t.Helper()
	require.NoError(t, connect(t, uri).QueryRow(t.Context(), `SELECT count(*) FROM `+from).Scan(&n))
	return n
}

func TestWritersGiveEachItsOwn(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger+`; INSERT INTO ledger VALUES (7), (77), (177)`)
	w := writers(t, uri, lane.WritersOptions{Lanes: 3})
	var callers sync.WaitGroup
	for i := range 200 {
		callers.Go(func() {
			result, err := w.Do(context.Background(), insertion(i), nil)
			switch {
			case i%100 == 77 || i == 7:
				var refused *pgconn.PgError
				if !errors.As(err, &refused) || refused.Code != "23505" {
					t.Errorf("row %d: %v", i, err)
				}
			case err != nil || string(result.JSON) != `[{"id":`+strconv.Itoa(i)+`}]`:
				t.Errorf("row %d: %s, %v", i, result.JSON, err)
			}
		})
	}
	callers.Wait()
	require.Equal(t, 200, rowsOf(t, uri, "ledger"))
	require.LessOrEqual(t, len(sessions(t, connect(t, uri))), 3)
	require.Zero(t, w.InFlight())
}

// Nobody behind a statement that meets a lock waits for as long as that is held.
func TestWritersDoNotWaitForLocks(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger+`; INSERT INTO ledger VALUES (1)`)
	w := writers(t, uri, lane.WritersOptions{Lanes: 1})
	tx, err := connect(t, uri).Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `UPDATE ledger SET note = 'held'`)
	require.NoError(t, err)
	_, err = w.Do(t.Context(), query(`UPDATE ledger SET note = 'mine'`), nil)
	require.Equal(t, "55P03", sqlState(t, err))
	require.Equal(t, `[{"id":2}]`, ask(t, w, insertion(2)))
	require.NoError(t, tx.Rollback(t.Context()))
}

// slowly keeps a connection at work until the gate is opened.
func slowly(w *lane.Writers, ctx context.Context) <-chan error {
	failed := make(chan error, 1)
	go func() {
		_, err := w.Do(ctx, query(`SELECT pg_advisory_xact_lock_shared(1)`), nil)
		failed <- err
	}()
	return failed
}

func TestWritersQueue(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger)
	w := writers(t, uri, lane.WritersOptions{Lanes: 1, Depth: 1, LockTimeout: patience, Options: lane.Options{MaxInFlight: 3}})
	gate := hold(t, uri, 1)
	first := slowly(w, t.Context())
	gate.awaitWaiters(t, 1)

	left, leave := context.WithCancel(t.Context())
	results := make(chan error, 3)
	for i, ctx := range []context.Context{left, t.Context(), t.Context()} {
		go func() {
			_, err := w.Do(ctx, insertion(i), nil)
			results <- err
		}()
		require.Eventually(t, func() bool { return w.InFlight() == i+2 }, patience, time.Millisecond)
	}
	_, err := w.Do(t.Context(), insertion(9), nil)
	require.ErrorIs(t, err, lane.ErrNotRun) // the queue is full
	leave()
	require.ErrorIs(t, <-results, context.Canceled)
	gate.open(t)
	require.NoError(t, <-first)
	require.NoError(t, <-results)
	require.NoError(t, <-results)
	require.Equal(t, 2, rowsOf(t, uri, "ledger"), "who left while waiting has written nothing")
}

func TestWritersCancelWhatIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger)
	w := writers(t, uri, lane.WritersOptions{Lanes: 1, LockTimeout: patience})
	gate := hold(t, uri, 1)
	ctx, leave := context.WithCancel(t.Context())
	first := slowly(w, ctx)
	gate.awaitWaiters(t, 1)
	behind := slowly(w, ctx)
	require.Eventually(t, func() bool { return w.InFlight() == 2 }, patience, time.Millisecond)
	leave()
	require.ErrorIs(t, <-first, context.Canceled)
	require.ErrorIs(t, <-behind, context.Canceled)
	gate.awaitWaiters(t, 0) // one after the other, while the gate stays shut
	require.Eventually(t, func() bool { return w.InFlight() == 0 }, patience, time.Millisecond)
	require.Equal(t, `[{"id":1}]`, ask(t, w, insertion(1)))
}

func TestWritersTellWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger)
	lost := make(chan error, 1)
	w := writers(t, uri, lane.WritersOptions{Lanes: 1, Depth: 1, LockTimeout: patience, Failed: func(err error) { lost <- err }})
	gate := hold(t, uri, 1)
	sent := slowly(w, t.Context())
	gate.awaitWaiters(t, 1)
	waiting := slowly(w, t.Context())
	require.Eventually(t, func() bool { return w.InFlight() == 2 }, patience, time.Millisecond)
	terminate(t, connect(t, uri))
	err := <-sent
	require.ErrorIs(t, err, lane.ErrBroken)
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.BackendUnavailable, problem.Code)
	require.ErrorIs(t, <-waiting, lane.ErrNotRun)
	require.ErrorIs(t, <-lost, lane.ErrBroken)
	require.False(t, w.Open())

	_, err = w.Do(t.Context(), insertion(1), nil)
	require.ErrorIs(t, err, lane.ErrNotRun)
	require.Eventually(t, w.Open, patience, time.Millisecond)
	require.Equal(t, `[{"id":1}]`, ask(t, w, insertion(1)))
}

func TestWritersWithoutServer(t *testing.T) {
	t.Parallel()
	cfg := config(t, dbtest.New(t))
	cfg.Database = "nowhere"
	failed := make(chan error, 1)
	w := lane.NewWriters(cfg, lane.WritersOptions{Failed: func(err error) { failed <- err }})
	for range 3 { // no further attempt is made so soon
		_, err := w.Do(t.Context(), query(`SELECT 1`), nil)
		require.ErrorIs(t, err, lane.ErrNotRun)
	}
	require.Equal(t, "3D000", sqlState(t, <-failed))
	require.NoError(t, w.Close(within(t)))
	require.Empty(t, failed)
	_, err := w.Do(t.Context(), query(`SELECT 1`), nil)
	require.ErrorIs(t, err, lane.ErrNotRun)
}

func TestIdleWritersLeave(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger)
	w := writers(t, uri, lane.WritersOptions{Lanes: 1, Idle: 20 * time.Millisecond})
	require.Eventually(t, func() bool { return !w.Open() }, patience, time.Millisecond)
	admin := connect(t, uri)
	require.Eventually(t, func() bool { return len(sessions(t, admin)) == 0 }, patience, time.Millisecond)
}

func TestWritersPrepareAgain(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, ledger)
	w := writers(t, uri, lane.WritersOptions{Lanes: 1})
	all := query(`INSERT INTO ledger VALUES ($1) RETURNING *`, "1")
	require.Equal(t, `[{"id":1,"note":null}]`, ask(t, w, all))
	_, err := connect(t, uri).Exec(t.Context(), `ALTER TABLE ledger DROP COLUMN note`)
	require.NoError(t, err)
	all.Args = [][]byte{[]byte("2")}
	require.Equal(t, `[{"id":2}]`, ask(t, w, all))
}
