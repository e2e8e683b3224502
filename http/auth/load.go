package auth

import (
	"context"
	"time"

	"athena/wire"

	"github.com/maypok86/otter/v2"
)

// loadTimeout bounds the reading of what many may wait for.
const loadTimeout = 5 * time.Second

// shared gives what a cache has for a key, or what load finds out. It is loaded once for
// everybody who waits for it, so that it does not end with whoever asked first; each
// waits no longer than its own ctx.
func shared[K comparable, V any](ctx context.Context, known *otter.Cache[K, V], key K, load func(context.Context, K) (V, error)) (V, error) {
	if v, ok := known.GetIfPresent(key); ok {
		return v, nil
	}
	type answer struct {
		value V
		err   error
	}
	loaded := make(chan answer, 1)
	go func() {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		value, err := known.Get(own, key, otter.LoaderFunc[K, V](load))
		loaded <- answer{value, err}
	}()
	select {
	case a := <-loaded:
		return a.value, a.err
	case <-ctx.Done():
		var none V
		return none, wire.Expired(ctx)
	}
}
