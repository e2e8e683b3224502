package verify

import (
	"fmt"
	"slices"
	"time"
)

// recovery is what a fault that was mended leaves behind: servers that have not yet
// acknowledged a message that was sent to them since.
type recovery struct {
	mended  time.Time
	waiting map[int]struct{}
}

// mended notes the end of a fault that met some servers.
func (l *ledger) mended(at time.Time, met []*node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &recovery{at, map[int]struct{}{}}
	for _, n := range met {
		r.waiting[n.n] = struct{}{}
	}
	l.recovering = append(l.recovering, r)
}

// served notes that a server acknowledged a message that it got at a time; tried is
// when its sender tried first.
func (l *ledger) served(n *node, tried, got time.Time) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits = append(l.waits, now.Sub(tried))
	l.recovering = slices.DeleteFunc(l.recovering, func(r *recovery) bool {
		if got.Before(r.mended) {
			return false
		}
		delete(r.waiting, n.n)
		if len(r.waiting) > 0 {
			return false
		}
		l.recoveries = append(l.recoveries, now.Sub(r.mended))
		return true
	})
}

// Spread is how a number of durations are spread.
type Spread struct {
	N                   int
	P50, P90, P99, Most time.Duration
}

func spread(list []time.Duration) Spread {
	if len(list) == 0 {
		return Spread{}
	}
	list = slices.Sorted(slices.Values(list))
	at := func(percent int) time.Duration { return list[min(len(list)*percent/100, len(list)-1)] }
	return Spread{len(list), at(50), at(90), at(99), list[len(list)-1]}
}

// String gives the spread in milliseconds.
func (s Spread) String() string {
	const ms = time.Millisecond
	return fmt.Sprintf("p50 %v, p90 %v, p99 %v, at most %v", s.P50.Round(ms), s.P90.Round(ms), s.P99.Round(ms), s.Most.Round(ms))
}
