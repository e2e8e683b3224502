package scenario

import (
	"context"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
	"athena/bench/dataset"
)

// embed reads 50 parents, each with its ten children.
func embed() Scenario {
	return Scenario{
		Name: "embed", Title: "50 parents with their children", Connections: []int{64}, Goal: 1.2,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return fetches(c, connections, embedBody), nil
		},
	}
}

func embedBody(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"table_name":"bench_parents","select":"id,name,bench_children(id,label)",`+
		`"conditions":[{"column":"id","operator":"gt","value":"`...)
	dst = strconv.AppendInt(dst, r.Int64N(dataset.Parents-50), 10)
	return append(dst, `"}],"limit":50,"sort_by":{"field":"id","direction":"asc"}}`...)
}
