package verify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// fault breaks something, waits and mends it. It tells which servers it met.
type fault func(*run, context.Context, *rand.Rand) ([]*node, error)

var faults = []fault{(*run).kill, (*run).restart, (*run).cut, (*run).loseReplies, (*run).slow}

// torment breaks one thing after the other until the time is over: each at least
// once, as far as the time allows, then as they are drawn.
func (r *run) torment(ctx context.Context) error {
	random := r.random("torment", 0)
	end := time.Now().Add(r.For)
	order := random.Perm(len(faults))
	for i := 0; time.Now().Before(end) && ctx.Err() == nil; i++ {
		next := random.IntN(len(faults))
		if i < len(order) {
			next = order[i]
		}
		met, err := faults[next](r, ctx, random)
		if err != nil {
			return err
		}
		r.ledger.mended(time.Now(), met)
		pause(ctx, between(random, 200*time.Millisecond, 1200*time.Millisecond))
	}
	return ctx.Err()
}

func (r *run) kill(ctx context.Context, random *rand.Rand) ([]*node, error) {
	n := r.anyNode(random)
	r.tell("kill server %d", n.n)
	r.ledger.count(func(c *Counts) { c.Kills++ })
	if err := n.kill(); err != nil {
		return nil, err
	}
	pause(ctx, between(random, 0, 500*time.Millisecond))
	return []*node{n}, n.start(ctx)
}

func (r *run) restart(ctx context.Context, random *rand.Rand) ([]*node, error) {
	atOnce, away := random.IntN(2) == 0, between(random, 0, 1500*time.Millisecond)
	r.tell("stop Postgres (at once: %v) for %v", atOnce, away.Round(time.Millisecond))
	r.ledger.count(func(c *Counts) { c.Restarts++ })
	if err := r.System.StopPostgres(ctx, atOnce); err != nil {
		return nil, fmt.Errorf("stop Postgres: %w", err)
	}
	pause(ctx, away)
	if err := r.System.StartPostgres(ctx); err != nil {
		return nil, fmt.Errorf("start Postgres: %w", err)
	}
	return r.nodes, nil
}

func (r *run) cut(ctx context.Context, random *rand.Rand) ([]*node, error) {
	n, away := r.anyNode(random), between(random, 0, time.Second)
	r.tell("cut server %d off from Postgres for %v", n.n, away.Round(time.Millisecond))
	r.ledger.count(func(c *Counts) { c.Cuts++ })
	n.line.Stop()
	pause(ctx, away)
	return []*node{n}, n.line.Start()
}

// loseReplies lets statements through and their answers not, then cuts: whatever
// was being committed is committed, and nobody was told.
func (r *run) loseReplies(ctx context.Context, random *rand.Rand) ([]*node, error) {
	n, away := r.anyNode(random), between(random, 20*time.Millisecond, 400*time.Millisecond)
	r.tell("lose Postgres's answers to server %d for %v, then cut", n.n, away.Round(time.Millisecond))
	r.ledger.count(func(c *Counts) { c.LostReplies++ })
	return []*node{n}, n.disturb(ctx, `{"name":"fault","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`, away, true)
}

func (r *run) slow(ctx context.Context, random *rand.Rand) ([]*node, error) {
	n, long := r.anyNode(random), between(random, 300*time.Millisecond, 1500*time.Millisecond)
	r.tell("slow server %d's way from Postgres down for %v", n.n, long.Round(time.Millisecond))
	r.ledger.count(func(c *Counts) { c.Delays++ })
	return []*node{n}, n.disturb(ctx, `{"name":"fault","type":"latency","stream":"downstream","attributes":{"latency":20,"jitter":15}}`, long, false)
}
