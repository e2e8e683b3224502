package scenario

import (
	"context"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
	"athena/bench/dataset"
)

// rpc calls a function that gives the first 20 rows of a category.
func rpc() Scenario {
	return Scenario{
		Name: "rpc", Title: "Call of a function that gives 20 rows", Connections: []int{64}, Goal: 1.5,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return reads(c, connections, "/gateway/rpc", callBody), nil
		},
	}
}

func callBody(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"function":"bench_first","args":{"of_category":"category-`...)
	dst = strconv.AppendInt(dst, r.Int64N(dataset.Categories), 10)
	return append(dst, `","top":20}}`...)
}
