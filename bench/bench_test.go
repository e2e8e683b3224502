package main

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"athena/bench/baseline"
	"athena/bench/contender"
	"athena/bench/load"
	"athena/bench/report"
	"athena/persistence/dbtest"
	"athena/persistence/migrate"

	"github.com/stretchr/testify/require"
)

// TestMain lets the bench start this test binary as its baseline.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == contender.Baseline {
		main()
		return
	}
	os.Exit(m.Run())
}

// serve runs the bare handler in the program's place.
func serve(t *testing.T, database string) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- baseline.Serve(ctx, database, func(address string) { ready <- address }) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	select {
	case address = <-ready:
	case err := <-done:
		require.NoError(t, err)
	}
	return address
}

// start opens a run with a stand-in for the program, on a database of the test.
func start(t *testing.T, args ...string) *bench {
	t.Helper()
	database := dbtest.New(t)
	require.NoError(t, migrate.Client(t.Context(), database))
	o, err := parse(append([]string{
		"-url", "http://" + serve(t, database), "-key", "k", "-kept-key", "k", "-token", "t", "-user", "u", "-database", database,
		"-pid", strconv.Itoa(os.Getpid()), "-connections", "4", "-duration", "50ms", "-warm-up", "10ms", "-rounds", "2", "-shrink", "50",
	}, args...))
	require.NoError(t, err)
	b, err := open(t.Context(), o)
	t.Cleanup(func() { require.NoError(t, b.close()) })
	require.NoError(t, err)
	b.contenders[0].Ordered = false // the stand-in tells of messages as they come
	return b
}

func TestEveryScenarioRunsOnBothSides(t *testing.T) {
	t.Parallel()
	b := start(t, "-soak", "200ms", "-soak-connections", "8")
	r, err := b.run(t.Context())
	require.NoError(t, err)
	require.False(t, r.Failed(), "%+v", r)
	require.Len(t, r.Rows, len(b.options.scenarios))
	for _, row := range r.Rows {
		require.Len(t, row.Athena, 2, row.Scenario)
		require.Len(t, row.Baseline, 2, row.Scenario)
		_, ok := row.Ratio()
		require.True(t, ok, row.Scenario)
		if row.Scenario == "listeners" || row.Scenario == "fan-out" {
			for _, round := range slices.Concat(row.Athena, row.Baseline) {
				require.Equal(t, 4*round.Requests, round.Deliveries, "every message to every socket")
				require.Positive(t, round.DeliveryP99)
			}
		}
	}
	require.Positive(t, r.Soak.Requests)
}

func TestWrongAnswersFailTheScenario(t *testing.T) {
	t.Parallel()
	b := start(t, "-scenarios", "point,insert")
	dbtest.Exec(t, b.options.database, "DROP TABLE bench_events")
	r, err := b.run(t.Context())
	require.NoError(t, err)
	require.True(t, r.Failed())
	require.Empty(t, r.Rows[0].Failure, "the other scenario still counts")
	require.Contains(t, r.Rows[1].Failure, "answered 500")
	require.Contains(t, r.Rows[1].Failure, "bench_events")
}

func TestSidesThatDifferAreNotMeasured(t *testing.T) {
	t.Parallel()
	b := start(t, "-scenarios", "page")
	other := dbtest.New(t)
	dbtest.Exec(t, other, "CREATE TABLE bench_items AS SELECT n::bigint AS id FROM generate_series(1, 100000) AS n")
	b.contenders[0].Address = serve(t, other)
	r, err := b.run(t.Context())
	require.NoError(t, err)
	require.Contains(t, r.Rows[0].Failure, "the sides answer differently")
	require.Empty(t, r.Rows[0].Athena)
}

func TestLostMessagesAreNoticed(t *testing.T) {
	t.Parallel()
	b := start(t, "-scenarios", "hot-room")
	s := b.options.scenarios[0]
	work, err := s.Prepare(t.Context(), b.contenders[0], 4)
	require.NoError(t, err)
	result, err := load.Run(t.Context(), load.Plan{Address: b.contenders[0].Address, Callers: work.Callers, Duration: 100 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, result.Failed())
	require.NoError(t, work.Verify(t.Context()))
	dbtest.Exec(t, b.options.database, "DELETE FROM bench_chat.messages WHERE room_seq = 2")
	require.ErrorContains(t, work.Verify(t.Context()), "message 3 follows message 1")
}

func TestInterruptedRun(t *testing.T) {
	t.Parallel()
	b := start(t, "-scenarios", "point", "-duration", "1h")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := b.run(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestWatchStopsWhenTheProcessIsGone(t *testing.T) {
	t.Parallel()
	left := 3
	got := watch(t.Context(), func() (int64, error) {
		if left--; left < 0 {
			return 0, os.ErrNotExist
		}
		return 7, nil
	}, time.Millisecond)
	require.Equal(t, []int64{7, 7, 7}, got)
	require.Zero(t, (&report.Soak{RSS: got}).Growth())
}
