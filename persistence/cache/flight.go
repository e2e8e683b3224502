package cache

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"athena/wire"
)

// loadTimeout bounds an execution, which nobody may be waiting for any more.
const loadTimeout = 30 * time.Second

// flightKey names an execution under way. One that began before a write is not
// joined after it.
type flightKey struct {
	key
	version uint64
}

// flight is an execution under way; its outcome is read once done is closed.
type flight struct {
	done    chan struct{}
	value   Value
	outcome Outcome
	source  Source
	err     error
}

// join waits for the execution of a read, which it begins where there is none.
func (c *Cache) join(ctx context.Context, k flightKey, r *Read, look *Lookup, load func(context.Context) (Value, error)) (Value, error) {
	c.mu.Lock()
	f, under := c.flights[k]
	if !under {
		f = &flight{done: make(chan struct{}), source: Postgres}
		c.flights[k] = f
	}
	c.mu.Unlock()
	if !under {
		go c.fly(context.WithoutCancel(ctx), k, f, r, look.TTL, load)
	}
	select {
	case <-ctx.Done():
		return Value{}, wire.Expired(ctx)
	case <-f.done:
	}
	outcome := f.outcome
	if under {
		c.shared.Add(1)
		outcome = Shared
	}
	look.Note(outcome, f.source)
	return f.value, apart(f.err)
}

// apart is an error that its reader may add to.
func apart(err error) error {
	if p, ok := wire.AsProblem(err); ok {
		own := *p
		return &own
	}
	return err
}

// fly finds the answer in Redis, or executes the read and keeps its answer.
func (c *Cache) fly(ctx context.Context, k flightKey, f *flight, r *Read, ttl time.Duration, load func(context.Context) (Value, error)) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			f.err = fmt.Errorf("cache: panic: %v\n%s", p, debug.Stack())
		}
		c.mu.Lock()
		delete(c.flights, k)
		c.mu.Unlock()
		close(f.done)
	}()
	found := c.fromRedis(ctx, r)
	if now := c.options.Now(); found.hit && now.Before(found.until) {
		c.remoteHits.Add(1)
		f.value, f.outcome, f.source = found.value, Hit, Redis
		c.keep(k.key, found.value, k.version, earlier(found.until, now.Add(ttl)))
		return
	}
	c.misses.Add(1)
	f.outcome = Miss
	if f.value, f.err = load(ctx); f.err != nil {
		return
	}
	until := c.options.Now().Add(ttl)
	c.keep(k.key, f.value, k.version, until)
	if len(f.value.JSON) <= c.options.MaxEntry {
		c.toRedis(ctx, r, found.stamps, f.value, ttl, until)
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
