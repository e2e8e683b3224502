package scenario

import (
	"context"
	"math/rand/v2"
	"strconv"

	"athena/bench/contender"
)

// insert writes one row with each request and gets it back. Inserts that are
// under way at the same time may share a commit.
func insert() Scenario {
	return inserts("insert", "Single insert", 3, bodyOf("bench_events"), "")
}

// insertAlone writes to a table whose inserts cannot share a commit.
func insertAlone() Scenario {
	return inserts("insert-alone", "Single insert that cannot share", 0.95, bodyOf("bench_watched"), "")
}

// window lets rows wait for each other. The bare handler has no such thing and
// stores them as they come.
func window() Scenario {
	s := inserts("window", "Insert window of 5 ms", 5, bodyOf("bench_events"), "X-Athena-Insert-Window: 5\r\n")
	s.Connections = []int{256}
	return s
}

// upsert stores a row that is there in half of the cases.
func upsert() Scenario {
	return inserts("upsert", "Upsert", 0.95, upsertBody, "")
}

func inserts(name, title string, goal float64, body writer, headers string) Scenario {
	return Scenario{
		Name: name, Title: title, Connections: []int{64, 256}, Goal: goal,
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			return bodies(c, connections, "PUT", "/gateway/insert", body, headers), nil
		},
	}
}

func bodyOf(table string) writer {
	return func(dst []byte, r *rand.Rand) []byte {
		dst = append(dst, `{"table_name":"`...)
		dst = append(dst, table...)
		dst = append(dst, `","insert_body":{"kind":"purchase","user_id":`...)
		dst = strconv.AppendInt(dst, r.Int64N(1_000_000), 10)
		dst = append(dst, `,"amount":`...)
		dst = strconv.AppendInt(dst, r.Int64N(10_000), 10)
		return append(dst, `.25,"payload":{"source":"web","campaign":"spring"}}}`...)
	}
}

func upsertBody(dst []byte, r *rand.Rand) []byte {
	dst = append(dst, `{"table_name":"bench_stock","on_conflict":"id","insert_body":{"id":`...)
	dst = strconv.AppendInt(dst, r.Int64N(20_000), 10)
	dst = append(dst, `,"quantity":`...)
	dst = strconv.AppendInt(dst, r.Int64N(500), 10)
	return append(dst, `,"source":"count"}}`...)
}
