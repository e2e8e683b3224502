package scenario

import (
	"context"
	"time"

	"athena/bench/contender"
	"athena/bench/load"
)

// loadFunc is a load of some length.
type loadFunc func(ctx context.Context, d time.Duration) (*load.Result, error)

// listeners has every sender of the hot room listen on a socket, too.
func listeners() Scenario {
	return Scenario{
		Name: "listeners", Title: "Chat, one hot room whose senders all listen", Connections: []int{64}, Goal: 4, Chat: true,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			t, a, err := newAudience(ctx, c, connections, connections)
			if err != nil {
				return nil, err
			}
			callers := t.callers()
			return &Work{Verify: t.verify, Close: a.close, Run: t.heard(a, func(ctx context.Context, d time.Duration) (*load.Result, error) {
				return load.Run(ctx, load.Plan{Address: c.Address, Callers: callers, Duration: d})
			})}, nil
		},
	}
}

// pace is the time between two messages of the fan-out.
const pace = 20 * time.Millisecond

// fanOut sends 50 messages a second to a room that many sockets follow, which are
// its connections. The times of interest are those of the deliveries.
func fanOut() Scenario {
	return Scenario{
		Name: "fan-out", Title: "Chat, 50 messages a second to this many sockets", Connections: []int{1000}, Chat: true,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			t, a, err := newAudience(ctx, c, 1, connections)
			if err != nil {
				return nil, err
			}
			return &Work{Verify: t.verify, Close: a.close, Run: t.heard(a, func(ctx context.Context, d time.Duration) (*load.Result, error) {
				conn, err := load.Dial(ctx, c.Address)
				if err != nil {
					return nil, err
				}
				defer conn.Close()
				return load.Paced(ctx, conn, t.senders[0], pace, d), nil
			})}, nil
		},
	}
}

// newAudience makes a room, senders and sockets.
func newAudience(ctx context.Context, c *contender.Contender, writers, sockets int) (*talk, *audience, error) {
	t, err := newTalk(ctx, c, writers, 1)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range t.senders {
		s.stamped = true
	}
	a, err := listen(ctx, t, sockets)
	return t, a, err
}

// heard is a load that is over when the sockets have heard all of it.
func (t *talk) heard(a *audience, send loadFunc) loadFunc {
	return func(ctx context.Context, d time.Duration) (*load.Result, error) {
		began := time.Now()
		result, err := send(ctx, d)
		if err != nil || result.Errors > 0 {
			return result, err
		}
		messages := 0
		for _, s := range t.senders {
			messages += len(s.acks)
		}
		err = a.settle(ctx, messages, result)
		result.Elapsed = time.Since(began)
		return result, err
	}
}
