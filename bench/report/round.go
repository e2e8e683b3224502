package report

import (
	"cmp"
	"slices"
	"time"
)

// Round is one measurement of one contender.
type Round struct {
	Requests uint64        `json:"requests"`
	Errors   uint64        `json:"errors"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
	Max      time.Duration `json:"max_ns"`
	// Deliveries are messages that came to a socket; the times are those from their
	// sending to that.
	Deliveries  uint64        `json:"deliveries,omitempty"`
	DeliveryP50 time.Duration `json:"delivery_p50_ns,omitempty"`
	DeliveryP99 time.Duration `json:"delivery_p99_ns,omitempty"`
	// Server, Postgres and Load are the processor time used by the contender,
	// the database and the bench itself; nil where they could not be read.
	Server   *time.Duration `json:"server_cpu_ns"`
	Postgres *time.Duration `json:"postgres_cpu_ns"`
	Load     *time.Duration `json:"load_cpu_ns"`
	// Machine is the processor time used by everything there is.
	Machine *time.Duration `json:"machine_cpu_ns"`
	// RSS is the contender's resident memory right after the round.
	RSS *int64 `json:"rss_bytes"`
}

// Rate is the number of requests answered in a second.
func (r Round) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

// Strangers is the number of processors that others kept busy; ok is false where
// that could not be read.
func (r Round) Strangers() (processors float64, ok bool) {
	if r.Server == nil || r.Postgres == nil || r.Load == nil || r.Machine == nil || r.Elapsed <= 0 {
		return 0, false
	}
	others := *r.Machine - *r.Server - *r.Postgres - *r.Load
	return max(0, others.Seconds()/r.Elapsed.Seconds()), true
}

// Rounds are the measurements of one contender in one scenario, in order.
type Rounds []Round

// Rate is the median of the rounds' rates.
func (rs Rounds) Rate() float64 { return median(each(rs, Round.Rate)) }

// P50 is the median of the rounds' median times.
func (rs Rounds) P50() time.Duration {
	return median(each(rs, func(r Round) time.Duration { return r.P50 }))
}

// P99 is the median of the rounds' 99th percentiles.
func (rs Rounds) P99() time.Duration {
	return median(each(rs, func(r Round) time.Duration { return r.P99 }))
}

// Delivery is how many messages a second came to a socket, and how long they took,
// in the medians of the rounds.
func (rs Rounds) Delivery() (rate float64, p50, p99 time.Duration) {
	rate = median(each(rs, func(r Round) float64 { return float64(r.Deliveries) / max(r.Elapsed.Seconds(), 1e-9) }))
	p50 = median(each(rs, func(r Round) time.Duration { return r.DeliveryP50 }))
	p99 = median(each(rs, func(r Round) time.Duration { return r.DeliveryP99 }))
	return rate, p50, p99
}

// CPU is the median processor time in milliseconds for 1000 requests, of what
// the function picks; ok is false where it was not read.
func (rs Rounds) CPU(pick func(Round) *time.Duration) (ms float64, ok bool) {
	var all []float64
	for _, r := range rs {
		if cpu := pick(r); cpu != nil && r.Requests > 0 {
			all = append(all, cpu.Seconds()*1e6/float64(r.Requests))
		}
	}
	return median(all), len(all) > 0
}

// Total is the median processor time of the contender and Postgres together, in
// milliseconds for 1000 requests.
func (rs Rounds) Total() (ms float64, ok bool) {
	return rs.CPU(func(r Round) *time.Duration {
		if r.Server == nil || r.Postgres == nil {
			return nil
		}
		sum := *r.Server + *r.Postgres
		return &sum
	})
}

// RSS is the resident memory after the last round.
func (rs Rounds) RSS() (bytes int64, ok bool) {
	if len(rs) == 0 || rs[len(rs)-1].RSS == nil {
		return 0, false
	}
	return *rs[len(rs)-1].RSS, true
}

// Ratio compares the rates of two contenders round by round.
type Ratio struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Compare gives the ratio of a to b; ok is false where a side was not measured.
func Compare(a, b Rounds) (ratio Ratio, ok bool) {
	var all []float64
	for i := range min(len(a), len(b)) {
		if rate := b[i].Rate(); rate > 0 {
			all = append(all, a[i].Rate()/rate)
		}
	}
	if len(all) == 0 {
		return Ratio{}, false
	}
	return Ratio{Median: median(all), Low: slices.Min(all), High: slices.Max(all)}, true
}

func each[T any](rs Rounds, pick func(Round) T) []T {
	all := make([]T, len(rs))
	for i, r := range rs {
		all[i] = pick(r)
	}
	return all
}

type number interface {
	cmp.Ordered
	~int64 | ~float64
}

// median is the middle value, or the mean of the middle two; zero of none.
func median[T number](all []T) T {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
