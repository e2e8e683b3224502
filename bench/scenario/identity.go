package scenario

import (
	"context"
	"fmt"
	"os"

	"athena/bench/contender"
)

// keyed reads one row with an API key, beside the same read without one: what the check
// of a key costs.
func keyed() Scenario {
	return Scenario{
		Name: "key", Title: "Point read with a key, beside one without", Connections: []int{64}, Goal: 0.97, Own: true, Rival: contender.Keyless,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			work := fetches(c, connections, pointBody)
			if c.Name != contender.Keyless {
				return work, nil
			}
			work.Close = func() {
				if err := c.Enforce(context.WithoutCancel(ctx), true); err != nil {
					fmt.Fprintln(os.Stderr, "bench: keys are not asked for again:", err)
				}
			}
			return work, c.Enforce(ctx, false)
		},
	}
}

// catalog reads one row beside the same read on a server that knows many keys and
// clients.
func catalog() Scenario {
	return Scenario{
		Name: "catalog", Title: "Point read, beside one where 100,000 keys and 1,000 clients are known", Connections: []int{64}, Own: true, Rival: contender.Crowded,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return fetches(c, connections, pointBody), nil
		},
	}
}
