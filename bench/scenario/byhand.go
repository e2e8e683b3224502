package scenario

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"athena/bench/baseline"
	"athena/bench/contender"
	"athena/bench/load"
)

// byHand sets the hot room of the program, through HTTP, beside a group commit that
// is written by hand and called as a function.
func byHand() Scenario {
	return Scenario{
		Name: "by-hand", Title: "Chat, one hot room, beside a group commit by hand without HTTP",
		Connections: []int{64, 256}, Goal: 0.5, Chat: true, Rival: contender.Grouped,
		Prepare: func(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
			if c.Name != contender.Grouped {
				return chat(ctx, c, connections, 1)
			}
			return grouped(ctx, c, connections)
		},
	}
}

// grouped is senders that call the group commit.
func grouped(ctx context.Context, c *contender.Contender, connections int) (*Work, error) {
	g, err := baseline.OpenGroup(ctx, c.Database)
	if err != nil {
		return nil, err
	}
	room, err := g.CreateRoom(ctx)
	if err != nil {
		g.Close()
		return nil, err
	}
	all := make([]*poster, connections)
	for i := range all {
		all[i] = &poster{group: g, room: room, connection: i}
	}
	return &Work{
		Close: g.Close,
		Run: func(ctx context.Context, d time.Duration) (*load.Result, error) {
			return postAll(ctx, all, d)
		},
		Verify: func(ctx context.Context) error {
			check := history{acks: make(map[string]int64)}
			for _, p := range all {
				for n, seq := range p.acks {
					check.acks[p.id(n+1)] = seq
				}
			}
			err := g.History(ctx, room, func(seq int64, id string) error {
				return check.next(chatItem{RoomSeq: seq, ClientMessageID: id})
			})
			return errors.Join(err, check.done())
		},
	}, nil
}

// poster sends one message after the other, each when the one before is stored.
type poster struct {
	group      *baseline.Group
	room       string
	connection int
	acks       []int64
	times      load.Histogram
}

func (p *poster) id(n int) string { return string(appendMessageID(nil, p.connection, n)) }

func (p *poster) post(ctx context.Context, until time.Time) error {
	sender := fmt.Sprintf("bench-user-%d", p.connection%senders)
	for time.Now().Before(until) && ctx.Err() == nil {
		began := time.Now()
		seq, err := p.group.Send(ctx, p.room, sender, p.id(len(p.acks)+1), text)
		if err != nil {
			return err
		}
		p.times.Record(time.Since(began))
		p.acks = append(p.acks, seq)
	}
	return nil
}

func postAll(ctx context.Context, all []*poster, d time.Duration) (*load.Result, error) {
	start := time.Now()
	failures := make([]error, len(all))
	var sending sync.WaitGroup
	for i, p := range all {
		p.times = load.Histogram{}
		sending.Go(func() { failures[i] = p.post(ctx, start.Add(d)) })
	}
	sending.Wait()
	whole := &load.Result{Elapsed: time.Since(start)}
	for _, p := range all {
		whole.Requests += p.times.Count()
		whole.Times.Merge(&p.times)
	}
	return whole, errors.Join(failures...)
}
