package lane_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/lane"
	"athena/wire"
)

func openSet(t testing.TB, uri string, opts lane.SetOptions) *lane.Set {
	t.Helper()
	s, err := lane.OpenSet(context.Background(), config(t, uri), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(within(t))) })
	require.NoError(t, s.Ready(within(t)))
	return s
}

// within is a context that outlives the test's own, for cleaning up.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// sessions are the server's processes behind the lanes to a database.
func sessions(t *testing.T, conn *pgx.Conn) []int32 {
	t.Helper()
	rows, err := conn.Query(context.Background(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND application_name LIKE 'athena lane%'`)
	require.NoError(t, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	require.NoError(t, err)
	return pids
}

// terminate ends the sessions of all lanes and returns when they are gone.
func terminate(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	old := sessions(t, conn)
	require.NotEmpty(t, old)
	_, err := conn.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid`, old)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(sessions(t, conn), func(pid int32) bool { return slices.Contains(old, pid) })
	}, patience, time.Millisecond)
}

func connect(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestSetSpreadsTheLoad(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	s := openSet(t, uri, lane.SetOptions{Lanes: 3, Options: lane.Options{StatementTimeout: patience}})
	gate := hold(t, uri, 1)
	var callers sync.WaitGroup
	for i := range 3 {
		callers.Go(func() { ask(t, s, query(`SELECT pg_advisory_xact_lock_shared(1)`)) })
		gate.awaitWaiters(t, i+1) // each on a session of its own
	}
	require.Equal(t, 3, s.InFlight())
	require.True(t, s.Healthy())
	gate.open(t)
	callers.Wait()
	require.Zero(t, s.InFlight())
}

func TestSetRecoversUnderLoad(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	s := openSet(t, uri, lane.SetOptions{Lanes: 2})
	admin := connect(t, uri)
	plan := &lane.Plan{SQL: `SELECT $1::int AS n FROM generate_series(1, 50)`}
	stop := make(chan struct{})
	var callers sync.WaitGroup
	var good atomic.Int64
	for i := range 32 {
		callers.Go(func() {
			want := fmt.Sprintf(`[{"n":%d},`, i)
			for {
				select {
				case <-stop:
					return
				default:
				}
				result, err := s.Do(context.Background(), lane.Query{Plan: plan, Args: [][]byte{strconv.AppendInt(nil, int64(i), 10)}}, nil)
				if err == nil && string(result.JSON[:len(want)]) == want {
					good.Add(1)
				} else if problem, ok := wire.AsProblem(err); !ok || problem.Code != wire.BackendUnavailable || problem.RetryAfter == 0 {
					t.Errorf("got %s, %v", result.JSON, err)
					return
				}
			}
		})
	}
	for range 5 {
		terminate(t, admin)
		before := good.Load()
		require.Eventually(t, func() bool { return good.Load() > before+100 && len(sessions(t, admin)) == 2 }, patience, time.Millisecond)
	}
	close(stop)
	callers.Wait()
	require.Zero(t, s.InFlight())
}

func TestSetAsksAnotherLane(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	s := openSet(t, uri, lane.SetOptions{Lanes: 2, Options: lane.Options{StatementTimeout: patience}})
	gate := hold(t, uri, 1)
	answer := make(chan string)
	go func() { answer <- ask(t, s, query(`SELECT 1 AS n, pg_advisory_xact_lock_shared(1)::text AS l`)) }()
	gate.awaitWaiters(t, 1)
	_, err := gate.conn.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_locks
		WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	require.NoError(t, err)
	gate.open(t)
	require.Equal(t, `[{"n":1,"l":""}]`, <-answer)
}

func TestSetWithoutServer(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	cfg := config(t, uri)
	var down atomic.Bool
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if down.Load() {
			return nil, errors.New("no route")
		}
		return dial(ctx, network, addr)
	}
	admin := connect(t, uri)
	s, err := lane.OpenSet(t.Context(), cfg, lane.SetOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Ready(within(t)))
	down.Store(true)
	terminate(t, admin)
	require.Eventually(t, func() bool { return !s.Healthy() }, patience, time.Millisecond)
	_, err = s.Do(t.Context(), query(`SELECT 1`), nil)
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.BackendUnavailable, problem.Code)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Ready(ctx), context.Canceled)

	down.Store(false)
	require.NoError(t, s.Ready(within(t)))
	require.Equal(t, `[{"n":1}]`, ask(t, s, query(`SELECT 1 AS n`)))

	require.NoError(t, s.Close(within(t)))
	_, err = s.Do(t.Context(), query(`SELECT 1`), nil)
	problem, ok = wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.ShuttingDown, problem.Code)
}

func TestOpenSetTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	cfg := config(t, dbtest.New(t))
	cfg.Database = "nowhere"
	_, err := lane.OpenSet(t.Context(), cfg, lane.SetOptions{})
	require.Equal(t, "3D000", sqlState(t, err))
}

func TestFullSetRefuses(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	s := openSet(t, uri, lane.SetOptions{Lanes: 2, Options: lane.Options{MaxInFlight: 4, StatementTimeout: patience}})
	gate := hold(t, uri, 1)
	var callers sync.WaitGroup
	var refused atomic.Int64
	for range 8 {
		callers.Go(func() {
			_, err := s.Do(context.Background(), query(`SELECT pg_advisory_xact_lock_shared(1)`), nil)
			if problem, ok := wire.AsProblem(err); ok && problem.Code == wire.Overloaded {
				refused.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return s.InFlight()+int(refused.Load()) == 8 }, patience, time.Millisecond)
	require.LessOrEqual(t, s.InFlight(), 4)
	gate.open(t)
	callers.Wait()
}
