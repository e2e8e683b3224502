package report

import (
	"fmt"
	"strings"
	"time"
)

// Soak is a long run in which the memory of the program is watched.
type Soak struct {
	Duration    time.Duration `json:"duration_ns"`
	Connections int           `json:"connections"`
	Requests    uint64        `json:"requests"`
	// RSS is the resident memory in equal steps of time.
	RSS     []int64 `json:"rss_bytes"`
	Failure string  `json:"failure,omitempty"`
}

// Growth is how much more memory the last fifth of the run took than the second
// fifth, by their medians. The first fifth is the warm-up.
func (s *Soak) Growth() int64 {
	fifth := len(s.RSS) / 5
	if fifth == 0 {
		return 0
	}
	return median(s.RSS[len(s.RSS)-fifth:]) - median(s.RSS[fifth:2*fifth])
}

func (s *Soak) markdown(text *strings.Builder) {
	fmt.Fprintf(text, "\nLong run: %v, %d connections, %d requests. Resident MiB:", s.Duration, s.Connections, s.Requests)
	for _, bytes := range s.RSS {
		text.WriteString(" " + mebibytes(bytes))
	}
	fmt.Fprintf(text, ". From the second fifth to the last: %+.1f MiB.\n", float64(s.Growth())/(1<<20))
	if s.Failure != "" {
		fmt.Fprintf(text, "\n**FAILED** long run: %s\n", s.Failure)
	}
}
