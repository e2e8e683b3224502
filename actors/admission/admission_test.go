package admission_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors/admission"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// fixture is an admission with a clock that is set by hand.
type fixture struct {
	*admission.Admission
	now   time.Time
	set   map[string]*wire.AdmissionConfig
	saved []wire.AdmissionEvent
	fail  error
}

func newFixture(limit int64, length time.Duration) *fixture {
	f := &fixture{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), set: map[string]*wire.AdmissionConfig{}}
	f.Admission = admission.New(admission.Config{
		Limit: limit, Window: length, Now: func() time.Time { return f.now },
		Client: func(client string) *wire.AdmissionConfig { return f.set[client] },
		Save: func(_ context.Context, events []wire.AdmissionEvent) error {
			f.saved = append(f.saved, events...)
			return f.fail
		},
	})
	return f
}

func (f *fixture) limit(client string, limit, ms int, onLimit string) {
	f.set[client] = &wire.AdmissionConfig{Limit: &limit, WindowMS: &ms, OnLimit: &onLimit}
}

func (f *fixture) ask(client string) string {
	return f.Decide(&admission.Request{ID: "r", Method: "POST", Route: "/gateway/fetch", Client: client}).Kind
}

func TestWithoutLimitsNothingIsNoted(t *testing.T) {
	t.Parallel()
	f := newFixture(0, 0)
	f.set["acme"] = &wire.AdmissionConfig{}
	for _, client := range []string{"acme", "other", ""} {
		require.False(t, f.Applies(client))
		require.Equal(t, wire.Allowed, f.ask(client))
	}
	require.NoError(t, f.Flush(t.Context()))
	require.Empty(t, f.saved)
}

func TestAWindowLetsInItsLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(0, 0)
	f.limit("acme", 2, 1500, "reject")
	require.Equal(t, []string{"allowed", "allowed", "rejected"}, []string{f.ask("acme"), f.ask("acme"), f.ask("acme")})
	require.Equal(t, wire.Allowed, f.ask("other"), "another client has a window of its own, if any")
	d := f.Decide(&admission.Request{Client: "acme"})
	require.Equal(t, "client_limit", d.Reason)
	require.LessOrEqual(t, d.RetryAfter, 1500*time.Millisecond)
	f.now = f.now.Add(d.RetryAfter)
	require.Equal(t, wire.Allowed, f.ask("acme"), "the next window begins when the answer said")
	f.limit("acme", 1, 1500, "reject")
	require.Equal(t, wire.Rejected, f.ask("acme"), "a change counts at once")
	delete(f.set, "acme")
	require.Equal(t, wire.Allowed, f.ask("acme"))
}

func TestTheLimitOfAllCounts(t *testing.T) {
	t.Parallel()
	f := newFixture(3, time.Minute)
	f.limit("acme", 2, 60_000, "reject")
	require.Equal(t, []string{"allowed", "allowed", "allowed", "rejected"}, []string{f.ask("a"), f.ask(""), f.ask("b"), f.ask("acme")})
	f.now = f.now.Add(time.Minute)
	require.Equal(t, []string{"allowed", "allowed", "rejected"}, []string{f.ask("acme"), f.ask("acme"), f.ask("acme")},
		"what the limit of all turned away did not count for the client")
}

func TestEventsTellTheDecision(t *testing.T) {
	t.Parallel()
	f := newFixture(100, 2*time.Second)
	f.limit("acme", 1, 500, "defer")
	require.Equal(t, wire.Allowed, f.ask("acme"))
	require.Equal(t, wire.Rejected, f.ask("acme"), "nobody can do it later")
	later := f.Decide(&admission.Request{
		ID: "later", Method: "PUT", Route: "/gateway/insert", Client: "acme", Bytes: 7, CanDefer: true, IsQuery: true, DeferRequested: true,
	})
	require.Equal(t, wire.Deferred, later.Kind)
	later.Kept("kept as this")
	require.NoError(t, f.Flush(t.Context()))
	require.Len(t, f.saved, 3)
	allowed, last := f.saved[0], f.saved[2]
	require.Nil(t, allowed.Reason)
	require.Nil(t, allowed.RetryAfterSeconds)
	require.Equal(t, "later", last.EventID)
	require.Equal(t, "client_limit", *last.Reason)
	require.Equal(t, "kept as this", *last.DeferredRequestID)
	require.Equal(t, [2]int{1, 1}, [2]int{*last.RetryAfterSeconds, *last.WindowSeconds})
	require.Equal(t, [3]int64{7, 100, 1}, [3]int64{*last.RequestBytes, *last.GlobalLimitPerWindow, *last.PerClientLimitPerWindow})
	require.JSONEq(t, `{"window_ms":500}`, string(last.Meta))
	require.True(t, last.IsQueryRoute && last.DeferRequested)
}

func TestEventsThatCannotBeWrittenAreCounted(t *testing.T) {
	t.Parallel()
	f := newFixture(1, time.Second)
	f.fail = errors.New("no")
	f.ask("a")
	require.ErrorContains(t, f.Flush(t.Context()), "1 admission events dropped")
	require.EqualValues(t, 1, f.Dropped())
	for range 20_005 {
		f.ask("a")
	}
	require.EqualValues(t, 6, f.Dropped(), "what does not fit is not kept")
}

func TestManyAtOnceAreCountedExactly(t *testing.T) {
	t.Parallel()
	f := newFixture(50, time.Hour)
	var allowed atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if f.ask(fmt.Sprint(i%3)) == wire.Allowed {
				allowed.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 50, allowed.Load())
}

// BenchmarkDecide measures what a request pays where no limit applies to it, and
// where one does.
func BenchmarkDecide(b *testing.B) {
	f := newFixture(0, 0)
	f.limit("acme", 1<<30, 60_000, "reject")
	for _, client := range []string{"free", "acme"} {
		b.Run(client, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if f.Applies(client) {
					f.Decide(&admission.Request{ID: "r", Client: client})
				}
			}
		})
	}
}
