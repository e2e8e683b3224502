package scenario

import (
	"context"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
)

// insert writes one row with each request and gets it back.
func insert() Scenario {
	return Scenario{
		Name: "insert", Title: "Single insert", Connections: []int{64, 256}, Goal: 0.95,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return bodies(c, connections, "PUT", "/gateway/insert", insertBody), nil
		},
	}
}

func insertBody(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"table_name":"bench_events","insert_body":{"kind":"purchase","user_id":`...)
	dst = strconv.AppendInt(dst, r.Int64N(1_000_000), 10)
	dst = append(dst, `,"amount":`...)
	dst = strconv.AppendInt(dst, r.Int64N(10_000), 10)
	return append(dst, `.25,"payload":{"source":"web","campaign":"spring"}}}`...)
}
