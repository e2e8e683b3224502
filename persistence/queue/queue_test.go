package queue_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/queue"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

type doFunc = func(context.Context, uuid.UUID) (time.Duration, error)

func open(t *testing.T, pool *pgxpool.Pool, do doFunc) *queue.Queue {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Config{
		Pool: pool, Log: slog.New(slog.DiscardHandler), FetchEvery: time.Millisecond,
		Kinds: []queue.Kind{{Name: "work", Workers: 2, Do: do}},
	})
	require.NoError(t, err)
	return q
}

func start(t *testing.T, q *queue.Queue) {
	t.Helper()
	require.NoError(t, q.Start(t.Context()))
	t.Cleanup(func() {
		now, cancel := context.WithCancel(context.Background())
		cancel() // what is under way is cancelled at once
		require.NoError(t, q.Stop(now))
	})
}

// add adds a job; the transaction is kept or not.
func add(t *testing.T, pool *pgxpool.Pool, q *queue.Queue, keep bool) (uuid.UUID, int64) {
	t.Helper()
	id := uuid.New()
	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	job, err := q.Add(t.Context(), tx, "work", id)
	require.NoError(t, err)
	if keep {
		require.NoError(t, tx.Commit(t.Context()))
	} else {
		require.NoError(t, tx.Rollback(t.Context()))
	}
	return id, job
}

func TestJobsOfKeptTransactionsAreDone(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t, dbtest.Control(t))
	done := make(chan uuid.UUID, 10)
	q := open(t, pool, func(_ context.Context, id uuid.UUID) (time.Duration, error) {
		done <- id
		return 0, nil
	})
	add(t, pool, q, false)
	id, _ := add(t, pool, q, true)
	start(t, q)
	require.Equal(t, id, <-done, "that of the other transaction never was")
}

func TestJobsAreDoneAgain(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t, dbtest.Control(t))
	var n atomic.Int64
	done := make(chan struct{})
	q := open(t, pool, func(context.Context, uuid.UUID) (time.Duration, error) {
		switch n.Add(1) {
		case 1:
			return time.Millisecond, nil
		case 2:
			return 0, errors.New("no luck")
		}
		close(done)
		return 0, nil
	})
	add(t, pool, q, true)
	start(t, q)
	<-done
}

func TestHurriedJobsDoNotWait(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t, dbtest.Control(t))
	var n atomic.Int64
	done := make(chan struct{})
	q := open(t, pool, func(context.Context, uuid.UUID) (time.Duration, error) {
		if n.Add(1) == 1 {
			return time.Hour, nil
		}
		close(done)
		return 0, nil
	})
	_, job := add(t, pool, q, true)
	start(t, q)
	require.Eventually(t, func() bool {
		require.NoError(t, q.Hurry(t.Context(), []int64{job}))
		select {
		case <-done:
			return true
		default:
			return false
		}
	}, time.Minute, 10*time.Millisecond)
}

// TestJobsOfDeadNodesAreTakenBack has a node that works on a job lose its session,
// as a killed one does.
func TestJobsOfDeadNodesAreTakenBack(t *testing.T) {
	t.Parallel()
	pool := dbtest.Pool(t, dbtest.Control(t))
	held := make(chan struct{})
	first := open(t, pool, func(ctx context.Context, _ uuid.UUID) (time.Duration, error) {
		close(held)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	id, _ := add(t, pool, first, true)
	start(t, first)
	<-held
	taken, err := first.TakeBack(t.Context())
	require.NoError(t, err)
	require.Zero(t, taken, "the node lives")

	done := make(chan uuid.UUID, 1)
	second := open(t, pool, func(_ context.Context, id uuid.UUID) (time.Duration, error) {
		done <- id
		return 0, nil
	})
	dbtest.Exec(t, pool.Config().ConnString(), `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
		WHERE locktype = 'advisory' AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
		ORDER BY objid LIMIT 1`)
	start(t, second)
	require.Equal(t, id, <-done)
}
