package cache

import (
	"cmp"
	"strings"
	"time"

	"athena/wire"
)

// Outcome is what came of looking for an answer.
type Outcome uint8

// The outcomes, each less lucky than the one before it.
const (
	none   Outcome = iota
	Hit            // it was there
	Shared         // another who asked at the same time had it made
	Miss           // it was made, and kept
	Bypass         // it was made without looking
)

// Source is where an answer came from.
type Source uint8

// The sources, each farther than the one before it.
const (
	nowhere Source = iota
	Memory
	Redis
	Postgres
)

var (
	outcomes = [...]string{none: "bypass", Hit: "hit", Shared: "shared", Miss: "miss", Bypass: "bypass"}
	sources  = [...]string{nowhere: "database", Memory: "memory", Redis: "redis", Postgres: "database"}
)

// Lookup says how the answers to one request may be found, and then how they were.
type Lookup struct {
	// TTL is how long an answer may be kept; zero has none kept or found.
	TTL time.Duration
	// Fresh has the answer made anew.
	Fresh bool
	// Outcome and Source are those of the answer, the least lucky and the farthest
	// where it was made of several.
	Outcome Outcome
	Source  Source
}

// Note adds what came of one part of the answer.
func (l *Lookup) Note(outcome Outcome, source Source) {
	l.Outcome, l.Source = max(l.Outcome, outcome), max(l.Source, source)
}

// Found reports whether nothing had to be made.
func (l *Lookup) Found() bool { return l.Outcome == Hit }

// Name is the outcome's, and the source's.
func (l *Lookup) Name() (outcome, source string) { return outcomes[l.Outcome], sources[l.Source] }

// Headers tell the caller what came of the lookup.
func (l *Lookup) Headers() []wire.Pair {
	return headers[cmp.Or(l.Outcome, Bypass)][cmp.Or(l.Source, Postgres)]
}

// headers are those of every outcome and source.
var headers = func() (all [Bypass + 1][Postgres + 1][]wire.Pair) {
	for outcome := range all {
		for source := range all[outcome] {
			cached := "false"
			if Outcome(outcome) == Hit {
				cached = "true"
			}
			all[outcome][source] = []wire.Pair{
				{Name: "X-Athena-Cached", Value: cached},
				{Name: "X-Athena-Cache-Outcome", Value: outcomes[outcome]},
				{Name: "X-Athena-Cache-Source", Value: sources[source]},
			}
		}
	}
	return all
}()

// Fresh reports whether a caller's Cache-Control asks for an answer made anew.
func Fresh(cacheControl string) bool {
	return cacheControl != "" && strings.Contains(strings.ToLower(cacheControl), "no-cache")
}
