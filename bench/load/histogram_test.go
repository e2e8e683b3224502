package load

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEmptyHistogram(t *testing.T) {
	t.Parallel()
	var h Histogram
	require.Zero(t, h.Count())
	require.Zero(t, h.Quantile(0.99))
}

func TestBucketsAreContiguousAndNarrow(t *testing.T) {
	t.Parallel()
	for i := range buckets - 1 {
		top := ceiling(i)
		require.Equal(t, i, bucket(top), "end of bucket %d", i)
		require.Equal(t, i+1, bucket(top+1), "start of bucket %d", i+1)
	}
	for _, d := range []time.Duration{200, time.Microsecond, 777 * time.Microsecond, time.Second, time.Minute} {
		require.InEpsilon(t, float64(d), float64(ceiling(bucket(d))), 0.016, "%v", d)
	}
}

func TestTimesOutOfRangeAreStillCounted(t *testing.T) {
	t.Parallel()
	var h Histogram
	h.Record(-time.Second)
	h.Record(100 * time.Hour)
	require.EqualValues(t, 2, h.Count())
	require.Equal(t, 100*time.Hour, h.Max())
	require.Zero(t, h.Quantile(0.5))
}

func TestQuantilesOfMergedHistogramsMatchTheSortedTimes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var parts [4]Histogram
	times := make([]time.Duration, 10_000)
	for i := range times {
		times[i] = time.Duration(random.ExpFloat64() * float64(time.Millisecond))
		parts[i%len(parts)].Record(times[i])
	}
	var whole Histogram
	for i := range parts {
		whole.Merge(&parts[i])
	}
	slices.Sort(times)
	for _, share := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
		exact := times[int(share*float64(len(times)))-1]
		require.InEpsilon(t, float64(exact), float64(whole.Quantile(share)), 0.03, "quantile %v", share)
	}
	require.Equal(t, times[len(times)-1], whole.Quantile(1))
}
