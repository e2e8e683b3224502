package pool

import (
	"context"
	"sync/atomic"

	"athena/persistence/gatewaydb"

	"github.com/sony/gobreaker/v2"
)

// tenancy is an open database with the number of those who use it. A pool swaps
// its tenancy when the client's address or limits change; the old one is closed when its
// last user has left, so that no request loses its database under way.
type tenancy struct {
	uri   string
	store *gatewaydb.Store
	// limits are those that the database was opened with.
	limits  limits
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	users   atomic.Int64  // the pool itself is one of them
	empty   chan struct{} // closed when the last one has left
}

func newTenancy(client, uri string, store *gatewaydb.Store, l *limits) *tenancy {
	t := &tenancy{uri: uri, store: store, limits: *l, breaker: newBreaker(client, l, store), empty: make(chan struct{})}
	t.users.Store(1)
	return t
}

// enter keeps the database open until leave. It fails once everybody has left.
func (t *tenancy) enter() bool {
	for {
		n := t.users.Load()
		if n == 0 {
			return false
		}
		if t.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (t *tenancy) leave() {
	if t.users.Add(-1) == 0 {
		close(t.empty)
	}
}

// close closes the database when its last user has left, or when ctx ends.
func (t *tenancy) close(ctx context.Context) error {
	t.leave()
	select {
	case <-t.empty:
	case <-ctx.Done():
	}
	return t.store.Close(ctx)
}
