package scenario

import (
	"context"

	"athena/bench/contender"
	"athena/bench/load"
)

// ping asks for nothing: no request on this machine can be answered faster, whatever the
// work behind it, and no ratio to a baseline be higher.
func ping() Scenario {
	return Scenario{
		Name: "ping", Title: "Nothing but HTTP", Connections: []int{64, 256},
		Prepare: func(_ context.Context, c *contender.Contender, connections int) (*Work, error) {
			work := &Work{Callers: make([]load.Caller, connections)}
			for i := range work.Callers {
				work.Callers[i] = pinger{c.Headers}
			}
			return work, nil
		},
	}
}

type pinger struct{ headers string }

func (p pinger) Next(dst []byte) []byte { return load.AppendGet(dst, "/ping", p.headers) }

func (p pinger) Answered([]byte) error { return nil }
