package scenario

import (
	"context"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
	"athena/bench/dataset"
)

// page reads 100 rows that follow a key, in the order of the key.
func page() Scenario {
	return Scenario{
		Name: "page", Title: "Page of 100 rows", Connections: []int{64, 256}, Goal: 1.8,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return fetches(c, connections, pageBody), nil
		},
	}
}

func pageBody(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"table_name":"bench_items","conditions":[{"column":"id","operator":"gt","value":"`...)
	dst = strconv.AppendInt(dst, r.Int64N(dataset.Items-100), 10)
	return append(dst, `"}],"limit":100,"sort_by":{"field":"id","direction":"asc"}}`...)
}

// filtered reads the first 100 rows of a category.
func filtered() Scenario {
	return Scenario{
		Name: "filtered", Title: "Filtered page of 100 rows", Connections: []int{64}, Goal: 1.8,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return fetches(c, connections, filteredBody), nil
		},
	}
}

func filteredBody(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"table_name":"bench_items","conditions":[{"column":"category","operator":"eq","value":"category-`...)
	dst = strconv.AppendInt(dst, r.Int64N(dataset.Categories), 10)
	return append(dst, `"},{"column":"quantity","operator":"lt","value":"400"}],"limit":100,"sort_by":{"field":"id","direction":"asc"}}`...)
}
