package scenario

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"athena/bench/contender"
	"athena/bench/load"
)

// Scenario is one kind of load.
type Scenario struct {
	Name  string // for the command line
	Title string // for the report
	// Connections are those to measure with unless told otherwise.
	Connections []int
	// Goal is the ratio to the baseline's rate to reach, zero for none.
	Goal float64
	// Chat scenarios need the chat tables.
	Chat bool
	// Own scenarios need a server that the bench has started itself.
	Own bool
	// Rival is the contender to compare with; empty for the bare handler.
	Rival string
	// Prepare makes what the scenario needs on one contender.
	Prepare func(ctx context.Context, c *contender.Contender, connections int) (*Work, error)
}

// Work is a scenario made ready on one contender. Its callers are used again in
// every round.
type Work struct {
	Callers []load.Caller
	// Probe is a request that every contender must answer with the same data.
	Probe []byte
	// Verify checks afterwards that what was acknowledged is there.
	Verify func(ctx context.Context) error
	// Run is the load, where that is more than requests of the callers; nil
	// otherwise.
	Run func(ctx context.Context, d time.Duration) (*load.Result, error)
	// Close lets go of what the scenario holds open; nil where that is nothing.
	Close func()
}

// Against tells whether the scenario is measured on a contender.
func (s Scenario) Against(c string) bool {
	return c == contender.Athena || c == cmp.Or(s.Rival, contender.Baseline)
}

// All are the scenarios in the order of the report. The many rooms of some are
// divided by shrink.
func All(shrink int) []Scenario {
	return []Scenario{
		ping(), point(), restPoint(), cached(), page(), filtered(), embed(), rpc(),
		keyed(), catalog(),
		insert(), insertAlone(), upsert(), window(),
		hotRoom(), byHand(), manyRooms("many-rooms", max(1, 200/shrink)), manyRooms("most-rooms", max(1, 5000/shrink)),
		listeners(), fanOut(), chatPage(max(pageSize+1, 2000/shrink)),
	}
}

// Named picks scenarios by their names, separated by commas; empty means all.
func Named(names string, shrink int) ([]Scenario, error) {
	all := All(shrink)
	if names == "" {
		return all, nil
	}
	var picked []Scenario
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("no scenario %q; there are %s", name, strings.Join(Names(), ", "))
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// Names are those of all scenarios.
func Names() []string {
	var names []string
	for _, s := range All(1) {
		names = append(names, s.Name)
	}
	return names
}

// random gives each connection numbers of its own, the same in every run.
func random(connection int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(connection), 20240101))
}

// writer writes a body to the end of dst.
type writer func(dst []byte, r *rand.Rand) []byte

// caller sends one request after another whose bodies differ.
type caller struct {
	template load.Template
	random   *rand.Rand
	write    writer
	body     []byte
}

func (c *caller) Next(dst []byte) []byte {
	c.body = c.write(c.body[:0], c.random)
	return c.template.Append(dst, c.body)
}

func (c *caller) Answered([]byte) error { return nil }

// bodies is the work of sending bodies to one operation. Headers are whole lines.
func bodies(c *contender.Contender, connections int, method, path string, write writer, headers ...string) *Work {
	template := c.Template(method, path, headers...)
	work := &Work{Callers: make([]load.Caller, connections)}
	for i := range work.Callers {
		work.Callers[i] = &caller{template: template, random: random(i), write: write}
	}
	return work
}

// fetches is the work of structured reads.
func fetches(c *contender.Contender, connections int, write writer) *Work {
	return reads(c, connections, "/gateway/fetch", write)
}

// reads is the work of asking for rows, with the first request of a fresh connection
// as the probe.
func reads(c *contender.Contender, connections int, path string, write writer) *Work {
	work := bodies(c, connections, "POST", path, write)
	work.Probe = c.Template("POST", path).Append(nil, write(nil, random(-1)))
	return work
}
