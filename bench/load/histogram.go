package load

import (
	"math/bits"
	"time"
)

const (
	// precision is the number of leading bits a bucket tells apart: 7 bits keep
	// every bucket within 1.6 % of the times in it.
	precision = 7
	half      = 1 << (precision - 1)
	// longest is the number of bits of the longest time told apart, 18 minutes.
	longest = 40
	// The last bucket is for what is longer.
	buckets = (longest-precision+2)*half + 1
)

// Histogram counts times in buckets whose width grows with the time, so that a
// microsecond and a minute are both kept to within 1.6 %. The zero value is
// empty. It is not safe for concurrent use: each connection has its own, and
// they are merged at the end.
type Histogram struct {
	counts [buckets]uint64
	total  uint64
	max    time.Duration
}

// Record counts one time.
func (h *Histogram) Record(d time.Duration) {
	h.counts[bucket(d)]++
	h.total++
	h.max = max(h.max, d)
}

// Merge adds what another histogram has counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.max = max(h.max, other.max)
}

// Count is the number of times recorded.
func (h *Histogram) Count() uint64 { return h.total }

// Max is the longest time recorded.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile is the time that the given share of all times do not exceed, rounded
// up to the end of its bucket; zero when nothing was recorded.
func (h *Histogram) Quantile(share float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	wanted := max(1, uint64(share*float64(h.total)+0.5))
	var seen uint64
	for i, n := range h.counts[:buckets-1] {
		if seen += n; seen >= wanted {
			return min(ceiling(i), h.max)
		}
	}
	return h.max
}

func bucket(d time.Duration) int {
	v := uint64(max(0, d))
	if v>>longest != 0 {
		return buckets - 1
	}
	shift := max(0, bits.Len64(v)-precision)
	return shift*half + int(v>>shift)
}

// ceiling is the longest time of a bucket.
func ceiling(i int) time.Duration {
	shift := max(0, i/half-1)
	return time.Duration((uint64(i-shift*half)+1)<<shift - 1)
}
