package scenario

import (
	"context"
	"math/rand/v2"

	"athena/bench/contender"
)

// hotItems are the rows of which the answers are kept.
const hotItems = 1000

// cached reads rows whose answers the program keeps, beside the same reads by a client
// whose answers it does not keep.
func cached() Scenario {
	return Scenario{
		Name: "cached", Title: "Point read from the response cache, beside the same read without it",
		Connections: []int{64}, Goal: 4, Rival: contender.Uncached,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			if c.Name == contender.Athena {
				var err error
				if c, err = c.Kept(ctx); err != nil {
					return nil, err
				}
			}
			return fetches(c, connections, hotBody), nil
		},
	}
}

func hotBody(dst []byte, r *rand.Rand) []byte { return appendPoint(dst, 1+r.Int64N(hotItems)) }
