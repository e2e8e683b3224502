package verify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAFaultIsOverOnceEveryServerItMetHasServed(t *testing.T) {
	t.Parallel()
	l := newLedger()
	one, two := &node{n: 1}, &node{n: 2}
	at := time.Now()
	l.mended(at, []*node{one, two})
	l.served(one, at.Add(-time.Second), at.Add(-time.Millisecond))
	require.Len(t, l.recovering[0].waiting, 2, "what was sent before the end proves nothing")
	l.served(one, at, at)
	require.Len(t, l.recovering[0].waiting, 1)
	l.served(two, at, at)
	report := l.report(&Config{}, time.Second)
	require.Equal(t, 1, report.Recovery.N)
	require.Zero(t, report.Unrecovered)
	require.Equal(t, 3, report.Wait.N)
	require.GreaterOrEqual(t, report.Wait.Most, time.Second)

	l.mended(at, []*node{one})
	require.Equal(t, 1, l.report(&Config{}, time.Second).Unrecovered)
}

func TestSpread(t *testing.T) {
	t.Parallel()
	require.Zero(t, spread(nil))
	list := make([]time.Duration, 200)
	for i := range list {
		list[i] = time.Duration(200-i) * time.Millisecond
	}
	require.Equal(t, Spread{200, 101 * time.Millisecond, 181 * time.Millisecond, 199 * time.Millisecond, 200 * time.Millisecond}, spread(list))
	require.Equal(t, "p50 101ms, p90 181ms, p99 199ms, at most 200ms", spread(list).String())
}
