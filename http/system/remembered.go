package system

import (
	"context"
	"time"

	"athena/wire"
)

// remembered is an answer that is kept for a short while. Those who ask while it is
// made wait for it, so that it is made once however many ask.
type remembered[T any] struct {
	turn  chan struct{} // holds one while somebody is at it
	kept  time.Duration
	value T
	made  time.Time
}

func newRemembered[T any](kept time.Duration) *remembered[T] {
	return &remembered[T]{turn: make(chan struct{}, 1), kept: kept}
}

// get gives the answer, or makes it where there is none, it is too old, or it was
// made before the caller wanted a fresh one.
func (r *remembered[T]) get(ctx context.Context, anew bool, do func(context.Context) (T, error)) (T, error) {
	asked := time.Now()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		var none T
		return none, wire.Expired(ctx)
	}
	if r.made.After(asked) || (!anew && !r.made.IsZero() && time.Since(r.made) < r.kept) {
		return r.value, nil
	}
	value, err := do(ctx)
	if err == nil {
		r.value, r.made = value, time.Now()
	}
	return value, err
}
