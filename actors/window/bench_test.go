package window_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors/window"
	"athena/persistence/dbtest"
	"athena/persistence/embedded"

	"github.com/stretchr/testify/require"
)

// BenchmarkInsert measures single-row inserts of 64 callers at once, each alone and
// shared, on a server that flushes every commit to the disk that TMPDIR names.
func BenchmarkInsert(b *testing.B) {
	for _, way := range []struct {
		name  string
		alone bool
		delay time.Duration
	}{{"alone", true, 0}, {"shared", false, 0}, {"window of 5 ms", false, 5 * time.Millisecond}} {
		for _, callers := range []int{1, 16, 64, 256} {
			b.Run(fmt.Sprintf("%s/%d", way.name, callers), func(b *testing.B) {
				benchmarkInsert(b, window.Config{Alone: way.alone}, way.delay, callers)
			})
		}
	}
}

func benchmarkInsert(b *testing.B, config window.Config, delay time.Duration, callers int) {
	uri := durable(b)
	dbtest.Exec(b, uri, tables)
	f := newFixture(b, uri, config)
	require.Equal(b, "on on", f.value(b, "SELECT current_setting('fsync') || ' ' || current_setting('synchronous_commit')"))
	var next atomic.Int64
	times := make([][]time.Duration, callers)
	var all sync.WaitGroup
	b.ResetTimer()
	for caller := range callers {
		all.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				began := time.Now()
				_, err := f.insert(context.Background(), b, "items", fmt.Sprintf(`{"name": "%d", "n": %d, "price": 1.5}`, i, i), delay)
				require.NoError(b, err)
				times[caller] = append(times[caller], time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	flat := slices.Sorted(slices.Values(slices.Concat(times...)))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(flat[len(flat)*99/100].Microseconds())/1000, "p99-ms")
	require.Equal(b, fmt.Sprint(b.N), f.value(b, "SELECT count(*) FROM items"))
}

// durable starts a server of its own that flushes what it commits.
func durable(b *testing.B) string {
	binaries, err := embedded.Find()
	require.NoError(b, err)
	dir, err := os.MkdirTemp("", "athena-bench-")
	require.NoError(b, err)
	c, err := embedded.Open(context.Background(), embedded.Config{Dir: dir, Binaries: binaries})
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, c.Close(context.Background()))
		require.NoError(b, os.RemoveAll(dir))
	})
	return c.URI("postgres")
}
