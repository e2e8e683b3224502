// Package pool guards the databases of Athena's clients. One actor for each
// client opens its connections, takes up changes of its address, freezes it and
// closes what nobody uses. Requests do not pass through the actor's mailbox: they
// enter through the Pool that it hands out, which refuses at once what cannot be
// served, and go from there straight to a lane or a connection.
package pool

import (
	"context"
	"sync/atomic"
	"time"

	"athena/persistence"
	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/sony/gobreaker/v2"
)

// Pool is the way into one client's database.
type Pool struct {
	client  string
	limit   int64
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	tenancy atomic.Pointer[tenancy]
	// successor finds the pool that took over from this one after it was retired.
	successor func(context.Context) (*Pool, error)

	frozen atomic.Bool
	closed atomic.Bool
	opened time.Time

	inFlight atomic.Int64
	lastUsed atomic.Int64 // unix nanoseconds
	requests atomic.Int64
	refused  atomic.Int64
	failures atomic.Int64
}

const (
	// tripAfter is how many lost connections in a row open the circuit.
	tripAfter = 5
	// probeAfter is how long an open circuit refuses before one request may try.
	probeAfter = time.Second
)

func newPool(client string, limit int64, t *tenancy, successor func(context.Context) (*Pool, error)) *Pool {
	p := &Pool{client: client, limit: limit, opened: time.Now(), successor: successor}
	p.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: client, MaxRequests: 1, Timeout: probeAfter,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !unreachable(err) },
	})
	p.tenancy.Store(t)
	p.touch()
	return p
}

// unreachable reports whether an error says that the database is gone, as
// opposed to having refused or being busy.
func unreachable(err error) bool {
	if problem, ok := wire.AsProblem(err); ok {
		return problem.Code == wire.BackendUnavailable
	}
	return err != nil && persistence.Disconnected(err)
}

// hold keeps the pool's database open until the tenancy is left; nil says that
// the pool was retired.
func (p *Pool) hold() *tenancy {
	for !p.closed.Load() {
		if t := p.tenancy.Load(); t.enter() {
			return t
		} // it was swapped meanwhile, or the pool is being closed
	}
	return nil
}

// retire ends the pool and gives the tenancy that its owner has to close.
func (p *Pool) retire() *tenancy {
	p.closed.Store(true)
	return p.tenancy.Load()
}

// with runs something on the pool's database, or on its successor's where the pool
// was retired since the caller got it.
func with[T any](ctx context.Context, p *Pool, do func(*Pool, *gatewaydb.Store) (T, error)) (T, error) {
	t := p.hold()
	if t == nil {
		next, err := p.successor(ctx)
		if err != nil {
			var none T
			return none, err
		}
		return with(ctx, next, do)
	}
	defer t.leave()
	return do(p, t.store)
}

// admitted runs a request on the pool's database after it was admitted.
func admitted[T any](ctx context.Context, p *Pool, do func(*gatewaydb.Store) (T, error)) (T, error) {
	return with(ctx, p, func(p *Pool, store *gatewaydb.Store) (value T, err error) {
		leave, refused := p.enter()
		if refused != nil {
			return value, refused
		}
		defer func() { leave(err) }()
		return do(store)
	})
}

func (p *Pool) touch() { p.lastUsed.Store(time.Now().UnixNano()) }

// usable refuses at once where the client is frozen.
func (p *Pool) usable() error {
	p.touch()
	if p.frozen.Load() {
		p.refused.Add(1)
		return wire.Fail(wire.ClientFrozen, "the client %s is frozen by its operator", p.client).After(30 * time.Second)
	}
	return nil
}

// enter admits a request, or says at once why not. The caller reports the outcome
// through leave.
func (p *Pool) enter() (leave func(error), err error) {
	if err := p.usable(); err != nil {
		return nil, err
	}
	if p.inFlight.Add(1) > p.limit {
		p.inFlight.Add(-1)
		p.refused.Add(1)
		return nil, wire.Fail(wire.Overloaded, "the client %s has %d requests in flight", p.client, p.limit).After(time.Second)
	}
	done, err := p.breaker.Allow()
	if err != nil {
		p.inFlight.Add(-1)
		p.refused.Add(1)
		return nil, wire.Fail(wire.BackendUnavailable, "the database of the client %s cannot be reached; it is tried again shortly", p.client).After(probeAfter)
	}
	p.requests.Add(1)
	return func(err error) {
		p.inFlight.Add(-1)
		if err != nil && unreachable(err) {
			p.failures.Add(1)
		}
		done(err)
	}, nil
}

// Prepare compiles a request; see gatewaydb.
func (p *Pool) Prepare(ctx context.Context, request any, mode gatewaydb.Mode, allow sqltext.AllowFunc) (*gatewaydb.Statement, error) {
	return with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (*gatewaydb.Statement, error) {
		return store.Prepare(ctx, request, mode, allow)
	})
}

// Resolve finds a relation of the client's schema; see gatewaydb.
func (p *Pool) Resolve(ctx context.Context, path []string, name sqltext.Name, allow sqltext.AllowFunc) (*catalog.Relation, error) {
	return with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (*catalog.Relation, error) {
		return store.Resolve(ctx, path, name, allow)
	})
}

// Catalog is the client's schema as its statements are compiled with.
func (p *Pool) Catalog(ctx context.Context) (*catalog.Catalog, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (*catalog.Catalog, error) { return store.Current(), nil })
}

// Changed reads the client's schema, which the caller has just changed.
func (p *Pool) Changed(ctx context.Context) error {
	_, err := with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (struct{}, error) { return struct{}{}, store.Changed(ctx) })
	return err
}

// Run runs a compiled statement.
func (p *Pool) Run(ctx context.Context, st *gatewaydb.Statement) (gatewaydb.Result, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) { return store.Run(ctx, st) })
}

// Stream runs a compiled read and hands its rows on as they come; see gatewaydb.
func (p *Pool) Stream(ctx context.Context, st *gatewaydb.Statement, chunk func([]byte) error) error {
	_, err := admitted(ctx, p, func(store *gatewaydb.Store) (struct{}, error) { return struct{}{}, store.Stream(ctx, st, chunk) })
	return err
}

// Weigh runs a compiled statement, which the verdict keeps or undoes.
func (p *Pool) Weigh(ctx context.Context, st *gatewaydb.Statement, verdict gatewaydb.Verdict) (gatewaydb.Result, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) { return store.Weigh(ctx, st, verdict) })
}

// Query runs a caller's own SQL.
func (p *Pool) Query(ctx context.Context, raw gatewaydb.Raw) (gatewaydb.Result, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) { return store.Query(ctx, raw) })
}

// Connected reports whether the client's database can be reached.
func (p *Pool) Connected() bool {
	return p.breaker.State() == gobreaker.StateClosed && p.tenancy.Load().store.Healthy()
}

// Stats is the state of the pool.
func (p *Pool) Stats() wire.PoolStats {
	s := p.tenancy.Load().store.Stats()
	return wire.PoolStats{
		ClientName: p.client, Initialized: true, InitializedAt: p.opened,
		Size: s.Size, Idle: s.Idle, Active: s.Active, Max: s.Max, LanesInFlight: s.LanesInFlight,
		InFlight: p.inFlight.Load(), InFlightLimit: p.limit, Requests: p.requests.Load(), Refused: p.refused.Load(), Failures: p.failures.Load(),
		Circuit: p.breaker.State().String(), Frozen: p.frozen.Load(), Healthy: p.Connected(),
		LastUsedAt: time.Unix(0, p.lastUsed.Load()),
	}
}
