package scenario

import (
	"context"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
	"athena/bench/dataset"
	"athena/bench/load"
)

// point reads one row by its primary key through the gateway.
func point() Scenario {
	return Scenario{
		Name: "point", Title: "Point read", Connections: []int{64, 256}, Goal: 1.5,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return fetches(c, connections, pointBody), nil
		},
	}
}

func pointBody(dst []byte, r *rand.Rand) []byte { return appendPoint(dst, item(r)) }

// appendPoint asks for one row of bench_items.
func appendPoint(dst []byte, id int64) []byte {
	dst = append(dst, `{"table_name":"bench_items","conditions":[{"eq_column":"id","eq_value":"`...)
	dst = strconv.AppendInt(dst, id, 10)
	return append(dst, `"}],"limit":1}`...)
}

// item is the id of a row of bench_items.
func item(r *rand.Rand) int64 { return 1 + r.Int64N(dataset.Items) }

// restPoint reads the same row through REST.
func restPoint() Scenario {
	return Scenario{
		Name: "rest-point", Title: "Point read, REST", Connections: []int{64}, Goal: 1.5,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			work := &Work{Callers: make([]load.Caller, connections)}
			for i := range work.Callers {
				work.Callers[i] = &restCaller{headers: c.Headers, random: random(i)}
			}
			work.Probe = (&restCaller{headers: c.Headers, random: random(-1)}).Next(nil)
			return work, nil
		},
	}
}

type restCaller struct {
	headers string
	random  *rand.Rand
	path    []byte
}

func (c *restCaller) Next(dst []byte) []byte {
	c.path = strconv.AppendInt(append(c.path[:0], "/rest/v1/bench_items?id=eq."...), item(c.random), 10)
	return load.AppendGet(dst, string(c.path), c.headers)
}

func (c *restCaller) Answered([]byte) error { return nil }
