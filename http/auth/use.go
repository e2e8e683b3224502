package auth

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// uses remembers when keys were last used, until that is written down for many of
// them at once.
type uses struct {
	mu      sync.Mutex
	waiting []*use
}

// use is the last use of one key.
type use struct {
	public string
	at     atomic.Int64 // unix nanoseconds
	queued atomic.Bool
}

const (
	flushEvery = 5 * time.Second
	flushBatch = 1000
)

func (u *uses) note(one *use) {
	one.at.Store(time.Now().UnixNano())
	if one.queued.Load() || one.queued.Swap(true) {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.waiting = append(u.waiting, one)
}

func (u *uses) take() []*use {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := u.waiting
	u.waiting = nil
	return list
}

func (u *uses) giveBack(list []*use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.waiting = append(u.waiting, list...)
}

// Flush writes down when keys were last used. What cannot be written is kept for
// the next time.
func (k *Keys) Flush(ctx context.Context) error {
	list := k.uses.take()
	for len(list) > 0 {
		batch := list[:min(flushBatch, len(list))]
		publics, times := make([]string, len(batch)), make([]time.Time, len(batch))
		for i, one := range batch {
			publics[i], times[i] = one.public, time.Unix(0, one.at.Load())
		}
		if err := k.store.Touch(ctx, publics, times); err != nil {
			k.uses.giveBack(list)
			return err
		}
		k.written(batch, times)
		list = list[len(batch):]
	}
	return nil
}

// written lets keys be queued again; one that was used meanwhile is.
func (k *Keys) written(batch []*use, times []time.Time) {
	var again []*use
	for i, one := range batch {
		one.queued.Store(false)
		if one.at.Load() != times[i].UnixNano() && !one.queued.Swap(true) {
			again = append(again, one)
		}
	}
	k.uses.giveBack(again)
}

// Run writes down every few seconds when keys were last used, until ctx ends.
// Whoever ends it calls Flush after the last request.
func (k *Keys) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := k.Flush(ctx); err != nil && ctx.Err() == nil {
				log.Warn("last use of keys not written", "error", err)
			}
		}
	}
}
