package actors

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

type (
	count struct{ For[int] }
	boom  struct{ For[int] }
	hold  struct {
		For[int]
		until <-chan struct{}
	}
)

// counter answers how often it was asked in this life.
type counter struct {
	n     int
	lives *atomic.Int64
}

func (a *counter) Receive(c Context) {
	switch m := c.Message().(type) {
	case *Started:
		a.lives.Add(1)
	case *count:
		a.n++
		m.Reply(a.n)
	case *boom:
		panic("boom")
	case *hold:
		<-m.until
		m.Reply(0)
	}
}

func (a *counter) Quiet() bool { return true }

func newCounters(t *testing.T, policy Policy) (*Family[string], *atomic.Int64) {
	t.Helper()
	system := NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	lives := &atomic.Int64{}
	return NewFamily(system, "counter", policy, func(string) Actor { return &counter{lives: lives} }), lives
}

func TestOneMemberForEachKey(t *testing.T) {
	t.Parallel()
	f, lives := newCounters(t, Policy{})
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			_, err := Ask(t.Context(), f, []string{"a", "b"}[i%2], &count{})
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.EqualValues(t, 2, lives.Load())
	n, err := Ask(t.Context(), f, "a", &count{})
	require.NoError(t, err)
	require.Equal(t, 51, n)
}

func TestPanicAnswersItsCallerAndRestarts(t *testing.T) {
	t.Parallel()
	f, lives := newCounters(t, Policy{Backoff: time.Millisecond})
	_, err := Ask(t.Context(), f, "a", &boom{})
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.Internal.Name, problem.Code.Name)

	n, err := Ask(t.Context(), f, "a", &count{})
	require.NoError(t, err, "what is asked after a panic is answered by the next life")
	require.Equal(t, 1, n, "state is not kept across a restart")
	require.EqualValues(t, 2, lives.Load())
}

func TestRepeatedFailureMakesAMemberUnavailable(t *testing.T) {
	t.Parallel()
	f, _ := newCounters(t, Policy{Failures: 2, Backoff: time.Millisecond, Cooldown: time.Hour})
	for range 3 {
		_, err := Ask(t.Context(), f, "a", &boom{})
		require.Error(t, err)
	}
	require.Eventually(t, func() bool {
		_, err := Ask(t.Context(), f, "a", &count{})
		problem, ok := wire.AsProblem(err)
		return ok && problem.Code.Status == 503 && problem.RetryAfter > 0
	}, 5*time.Second, time.Millisecond)
	_, err := Ask(t.Context(), f, "b", &count{})
	require.NoError(t, err, "a neighbour is not harmed")
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	f, _ := newCounters(t, Policy{Queue: 2})
	until := make(chan struct{})
	answers := make(chan error, 10)
	for range 10 {
		go func() {
			_, err := Ask(t.Context(), f, "a", &hold{until: until})
			answers <- err
		}()
	}
	refused := 0
	for range 7 { // one is being handled, two wait, at least seven are refused
		problem, ok := wire.AsProblem(<-answers)
		require.True(t, ok)
		require.Equal(t, wire.Overloaded.Name, problem.Code.Name)
		refused++
	}
	close(until)
	require.Equal(t, 7, refused)
}

func TestCallerLeavesAtItsDeadline(t *testing.T) {
	t.Parallel()
	f, _ := newCounters(t, Policy{})
	until := make(chan struct{})
	defer close(until)
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	_, err := Ask(ctx, f, "a", &hold{until: until})
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.Canceled.Name, problem.Code.Name)
}

func TestIdleMembersRetireWithoutLosingQuestions(t *testing.T) {
	t.Parallel()
	f, lives := newCounters(t, Policy{Idle: time.Millisecond})
	require.Eventually(t, func() bool {
		_, err := Ask(t.Context(), f, "a", &count{})
		require.NoError(t, err)
		return lives.Load() > 20
	}, 20*time.Second, 2*time.Millisecond)
}

func TestDrainAnswersWhatIsQueued(t *testing.T) {
	t.Parallel()
	f, _ := newCounters(t, Policy{})
	until := make(chan struct{})
	answers := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := Ask(t.Context(), f, "a", &hold{until: until})
			answers <- err
		}()
	}
	require.Eventually(t, func() bool { return f.Len() == 1 }, time.Second, time.Millisecond)
	close(until)
	require.NoError(t, <-answers)
	require.NoError(t, <-answers)
	require.NoError(t, f.Drain(t.Context()))
	_, err := Ask(t.Context(), f, "a", &count{})
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.ShuttingDown.Name, problem.Code.Name)
}
