package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/jobs"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// register lets in whoever comes first.
type register struct {
	mu       sync.Mutex
	holder   uuid.UUID
	away     int // how many more questions it leaves without an answer
	lost     int // how many more claims it makes without saying so
	finished []string
}

func (r *register) Claim(_ context.Context, _ string, id uuid.UUID, _, _ time.Duration) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holder != uuid.Nil {
		return false, nil
	}
	r.holder = id
	if r.lost > 0 {
		r.lost--
		return false, errAway
	}
	return true, nil
}

func (r *register) Finish(_ context.Context, _ string, id uuid.UUID, failure string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.away > 0 {
		r.away--
		return errAway
	}
	if r.holder == id {
		r.holder = uuid.Nil
		r.finished = append(r.finished, failure)
	}
	return nil
}

var errAway = errors.New("the register is out of reach")

func (r *register) leave(away, lost int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.away, r.lost = away, lost
}

func system(t *testing.T) *actors.System {
	t.Helper()
	s := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(s.Shutdown)
	return s
}

func start(t *testing.T, r jobs.Register, list ...jobs.Job) *jobs.Jobs {
	t.Helper()
	j := jobs.New(system(t), r, list...)
	require.NoError(t, j.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, j.Drain(context.Background())) })
	return j
}

func TestAJobRunsAgainAndAgain(t *testing.T) {
	t.Parallel()
	for name, together := range map[string]bool{"alone": false, "together": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := make(chan struct{}, 100)
			start(t, &register{}, jobs.Job{Name: "a", Every: time.Millisecond, Together: together, Do: func(context.Context) error {
				runs <- struct{}{}
				return nil
			}})
			for range 5 {
				<-runs
			}
		})
	}
}

func TestARunThatIsAskedForBeginsAfterTheCall(t *testing.T) {
	t.Parallel()
	var began, inside atomic.Int64
	gate := make(chan struct{})
	j := start(t, &register{}, jobs.Job{Name: "a", Every: time.Hour, Together: true, Do: func(ctx context.Context) error {
		if inside.Add(1) > 1 {
			t.Error("a job runs twice at once")
		}
		defer inside.Add(-1)
		if began.Add(1) == 1 {
			<-gate
		}
		return nil
	}})
	require.Eventually(t, func() bool { return began.Load() == 1 }, 5*time.Second, time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- j.Run(t.Context(), "a") }()
	close(gate)
	require.NoError(t, <-done)
	require.EqualValues(t, 2, began.Load(), "the run under way was too early for the call")
	require.ErrorContains(t, j.Run(t.Context(), "b"), "no job")
}

func TestFailuresAreReportedAndFollowedByTheNextRun(t *testing.T) {
	t.Parallel()
	r := &register{}
	var n atomic.Int64
	j := start(t, r, jobs.Job{Name: "a", Every: time.Hour, Together: true, Do: func(context.Context) error {
		switch n.Add(1) {
		case 1:
			return nil
		case 2:
			return errors.New("no luck")
		case 3:
			panic("worse")
		}
		return nil
	}})
	require.Eventually(t, func() bool { return n.Load() == 1 }, 5*time.Second, time.Millisecond)
	require.ErrorContains(t, j.Run(t.Context(), "a"), "no luck")
	require.ErrorContains(t, j.Run(t.Context(), "a"), "worse")
	require.NoError(t, j.Run(t.Context(), "a"))
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Equal(t, "", r.finished[0])
	require.Equal(t, "no luck", r.finished[1])
	require.Contains(t, r.finished[2], "worse")
	require.Equal(t, "", r.finished[3])
}

// TestAClaimIsGivenBackLater: nobody waits for the lease of a claim that could not be
// given back at once, nor of one that nobody knows was made.
func TestAClaimIsGivenBackLater(t *testing.T) {
	t.Parallel()
	r := &register{}
	runs := atomic.Int64{}
	j := start(t, r, jobs.Job{Name: "a", Every: time.Hour, Together: true, Do: func(context.Context) error {
		runs.Add(1)
		return nil
	}})
	require.NoError(t, j.Run(t.Context(), "a"))
	before := runs.Load()
	r.leave(3, 0)
	require.ErrorIs(t, j.Run(t.Context(), "a"), errAway, "done, and not reported")
	require.NoError(t, j.Run(t.Context(), "a"))
	r.leave(2, 1)
	require.ErrorIs(t, j.Run(t.Context(), "a"), errAway, "claimed, and not known")
	require.NoError(t, j.Run(t.Context(), "a"))
	require.Equal(t, before+3, runs.Load())
}

func TestARunWaitsForTheOtherNode(t *testing.T) {
	t.Parallel()
	r := &register{}
	hold, held := make(chan struct{}), make(chan struct{})
	first := jobs.New(system(t), r, jobs.Job{Name: "a", Every: time.Hour, Together: true, Do: func(context.Context) error {
		close(held)
		<-hold
		return nil
	}})
	require.NoError(t, first.Start(t.Context()))
	<-held
	var ran atomic.Bool
	second := jobs.New(system(t), r, jobs.Job{Name: "a", Every: time.Hour, Together: true, Do: func(context.Context) error {
		ran.Store(true)
		return nil
	}})
	require.NoError(t, second.Start(t.Context()))
	done := make(chan error, 1)
	go func() { done <- second.Run(t.Context(), "a") }()
	require.False(t, ran.Load())
	close(hold)
	require.NoError(t, <-done)
	require.True(t, ran.Load())
	require.NoError(t, first.Drain(t.Context()))
	require.NoError(t, second.Drain(t.Context()))
}

func TestDrainCancelsWhatRuns(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	r := &register{}
	j := jobs.New(system(t), r, jobs.Job{Name: "a", Every: time.Hour, Together: true, Do: func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		return ctx.Err()
	}})
	require.NoError(t, j.Start(t.Context()))
	<-began
	require.NoError(t, j.Drain(t.Context()))
	require.Equal(t, []string{context.Canceled.Error()}, r.finished, "the claim is given back")
	problem, ok := wire.AsProblem(j.Run(t.Context(), "a"))
	require.True(t, ok)
	require.Equal(t, wire.ShuttingDown.Name, problem.Code.Name)
}
