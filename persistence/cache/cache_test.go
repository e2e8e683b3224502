package cache_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"athena/persistence/cache"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func newCache(t *testing.T) *cache.Cache {
	t.Helper()
	c, err := cache.New(cache.Options{MaxEntry: 16})
	require.NoError(t, err)
	return c
}

// TestAFollowerOutlivesItsLeader: who began an execution may leave; whoever joined it
// gets the answer.
func TestAFollowerOutlivesItsLeader(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	begun, end := make(chan struct{}), make(chan struct{})
	read := &cache.Read{Shape: "s", On: c.Database("d").Tables(1)}
	load := func(ctx context.Context) (cache.Value, error) {
		close(begun)
		<-end
		return cache.Value{Rows: 7}, ctx.Err()
	}
	leader, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		_, err := c.Get(leader, read, &cache.Lookup{TTL: time.Minute}, load)
		if err == nil {
			t.Error("the leader has left")
		}
	})
	<-begun
	leave()
	all.Wait()
	look := cache.Lookup{TTL: time.Minute}
	all.Go(func() { close(end) })
	v, err := c.Get(t.Context(), read, &look, load)
	require.NoError(t, err)
	require.EqualValues(t, 7, v.Rows)
	require.NotEqual(t, cache.Miss, look.Outcome)
	all.Wait()
}

// TestNobodyJoinsWhatBeganBeforeAWrite: a read after a write runs by itself.
func TestNobodyJoinsWhatBeganBeforeAWrite(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	d := c.Database("d")
	tables := d.Tables(1, 2)
	read := &cache.Read{Shape: "s", On: tables}
	begun, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, err := c.Get(t.Context(), read, &cache.Lookup{TTL: time.Minute}, func(context.Context) (cache.Value, error) {
			close(begun)
			<-end
			return cache.Value{Rows: 1}, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	d.Wrote(d.Tables(2))
	get := func() (int64, string) {
		look := cache.Lookup{TTL: time.Minute}
		v, err := c.Get(t.Context(), read, &look, func(context.Context) (cache.Value, error) { return cache.Value{Rows: 2}, nil })
		require.NoError(t, err)
		outcome, _ := look.Name()
		return v.Rows, outcome
	}
	rows, outcome := get()
	require.Equal(t, "miss", outcome)
	require.EqualValues(t, 2, rows)
	close(end)
	all.Wait()
	// The old answer may have taken the place of the new one; it must not be served.
	rows, _ = get()
	require.EqualValues(t, 2, rows)
}

func TestFailuresAndLargeAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	for _, tc := range []struct {
		name  string
		value cache.Value
		err   error
	}{
		{"large", cache.Value{JSON: make([]byte, 17)}, nil},
		{"problem", cache.Value{}, wire.Fail(wire.NotFound, "x")},
		{"error", cache.Value{}, errors.New("x")},
	} {
		for range 2 {
			look := cache.Lookup{TTL: time.Minute}
			_, err := c.Get(t.Context(), &cache.Read{Shape: tc.name}, &look, func(context.Context) (cache.Value, error) { return tc.value, tc.err })
			require.Equal(t, tc.err == nil, err == nil)
			require.Equal(t, cache.Miss, look.Outcome, tc.name)
		}
	}
	_, err := c.Get(t.Context(), &cache.Read{Shape: "panic"}, &cache.Lookup{TTL: time.Minute}, func(context.Context) (cache.Value, error) { panic("x") })
	require.ErrorContains(t, err, "panic")
}

// TestNothingIsLeftUntold: what was written before the end is told after it, also where
// telling failed before.
func TestNothingIsLeftUntold(t *testing.T) {
	t.Parallel()
	c := newCache(t)
	c.Spread(true)
	d := c.Database("d")
	d.Wrote(d.Tables(7))
	ctx, end := context.WithCancel(t.Context())
	var told []string
	c.Tell(ctx, func(_ context.Context, payload string) error {
		if end(); told == nil {
			told = []string{}
			return errors.New("the connection is lost")
		}
		told = append(told, payload)
		return nil
	})
	require.Len(t, told, 1)
	require.Contains(t, told[0], " d  7")
	ended, end := context.WithCancel(t.Context())
	end()
	d.Wrote(nil)
	told = []string{}
	c.Tell(ended, func(_ context.Context, payload string) error { told = append(told, payload); return nil })
	require.Len(t, told, 1)
	require.Contains(t, told[0], " d  *")
}
