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

func newPool(client string, t *tenancy, successor func(context.Context) (*Pool, error)) *Pool {
	p := &Pool{client: client, opened: time.Now(), successor: successor}
	p.tenancy.Store(t)
	p.touch()
	return p
}

// unreachable reports whether an error says that the database is gone, as
// opposed to having refused or being busy.
func unreachable(err error) bool {
	if problem, ok := wire.AsProblem(err); ok {
		return problem.Code == wire.BackendUnavailable && !persistence.Contended(err)
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
	return within(ctx, p, func(p *Pool, t *tenancy) (T, error) { return do(p, t.store) })
}

func within[T any](ctx context.Context, p *Pool, do func(*Pool, *tenancy) (T, error)) (T, error) {
	t := p.hold()
	if t == nil {
		next, err := p.successor(ctx)
		if err != nil {
			var none T
			return none, err
		}
		return within(ctx, next, do)
	}
	defer t.leave()
	return do(p, t)
}

// admitted runs a request on the pool's database after it was admitted.
func admitted[T any](ctx context.Context, p *Pool, do func(*gatewaydb.Store) (T, error)) (T, error) {
	return within(ctx, p, func(p *Pool, t *tenancy) (value T, err error) {
		leave, refused := p.enter(t)
		if refused != nil {
			return value, refused
		}
		defer func() { leave(err) }()
		return do(t.store)
	})
}

func (p *Pool) touch() { p.lastUsed.Store(time.Now().UnixNano()) }

// enter admits a request, or says at once why not. The caller reports the outcome
// through leave.
func (p *Pool) enter(t *tenancy) (leave func(error), err error) {
	p.touch()
	if err := p.thawed(); err != nil {
		return nil, err
	}
	if p.inFlight.Add(1) > t.limits.inFlight {
		p.inFlight.Add(-1)
		p.refused.Add(1)
		return nil, wire.Fail(wire.Overloaded, "the client %s has %d requests in flight", p.client, t.limits.inFlight).After(time.Second)
	}
	done, err := t.breaker.Allow()
	if err != nil {
		p.inFlight.Add(-1)
		p.refused.Add(1)
		return nil, wire.Fail(wire.BackendUnavailable, "the database of the client %s cannot be reached; it is tried again shortly", p.client).After(max(t.limits.pause, retryAfter))
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

// thawed refuses what comes while the client is frozen.
func (p *Pool) thawed() error {
	if !p.frozen.Load() {
		return nil
	}
	p.refused.Add(1)
	return wire.Fail(wire.ClientFrozen, "the client %s is frozen by its operator", p.client).After(30 * time.Second)
}

// rehearse ends a write that is rehearsed. The database need not be there.
func (p *Pool) rehearse() error {
	if err := p.thawed(); err != nil {
		return err
	}
	return gatewaydb.ErrRehearsed
}

// Outcome finds out what became of a transaction; see gatewaydb.
func (p *Pool) Outcome(ctx context.Context, mark gatewaydb.Mark) (gatewaydb.Outcome, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Outcome, error) { return store.Outcome(ctx, mark) })
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

// Negotiate has the form of an answer chosen by the client's schema; see gatewaydb.
func (p *Pool) Negotiate(ctx context.Context, choose func(*catalog.Catalog) error) error {
	_, err := with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (struct{}, error) {
		return struct{}{}, store.Negotiate(ctx, choose)
	})
	return err
}

// Changed takes up a change of the client's schema, which the caller has made after a
// moment.
func (p *Pool) Changed(ctx context.Context, since time.Time) error {
	_, err := with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (struct{}, error) { return struct{}{}, store.Changed(ctx, since) })
	return err
}

// Run runs a compiled statement. A read that lost its connection is run again as often
// as is set for the client.
func (p *Pool) Run(ctx context.Context, st *gatewaydb.Statement) (gatewaydb.Result, error) {
	if gatewaydb.Rehearses(ctx) {
		return gatewaydb.Result{}, p.rehearse()
	}
	for attempt := 0; ; attempt++ {
		retries := 0
		result, err := within(ctx, p, func(p *Pool, t *tenancy) (result gatewaydb.Result, err error) {
			retries = t.limits.retries
			leave, refused := p.enter(t)
			if refused != nil {
				return result, refused
			}
			defer func() { leave(err) }()
			return t.store.Run(ctx, st)
		})
		if err == nil || attempt >= retries || !st.Harmless() || !unreachable(err) || ctx.Err() != nil {
			return result, err
		}
		select {
		case <-time.After(retryPause << attempt):
		case <-ctx.Done():
			return result, err
		}
	}
}

// Stream runs a compiled read and hands its rows on as they come; see gatewaydb.
func (p *Pool) Stream(ctx context.Context, st *gatewaydb.Statement, chunk func([]byte) error) error {
	_, err := admitted(ctx, p, func(store *gatewaydb.Store) (struct{}, error) { return struct{}{}, store.Stream(ctx, st, chunk) })
	return err
}

// Weigh runs a compiled statement, which the verdict keeps or undoes.
func (p *Pool) Weigh(ctx context.Context, st *gatewaydb.Statement, verdict gatewaydb.Verdict) (gatewaydb.Result, error) {
	if gatewaydb.Rehearses(ctx) {
		return gatewaydb.Result{}, p.rehearse()
	}
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) { return store.Weigh(ctx, st, verdict) })
}

// Plan tells the plan of a compiled statement; see gatewaydb.
func (p *Pool) Plan(ctx context.Context, st *gatewaydb.Statement, e *sqltext.Explain, verdict gatewaydb.Verdict) (gatewaydb.Result, error) {
	if e.Analyze && gatewaydb.Rehearses(ctx) {
		return gatewaydb.Result{}, p.rehearse()
	}
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) { return store.Plan(ctx, st, e, verdict) })
}

// Nest finds the relations that an insert's rows name; see gatewaydb.
func (p *Pool) Nest(ctx context.Context, in *sqltext.Insert, mode gatewaydb.Mode, allow sqltext.AllowFunc) (*sqltext.Nest, error) {
	return with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (*sqltext.Nest, error) { return store.Nest(ctx, in, mode, allow) })
}

// InsertNest adds rows with their related rows, all or none; see gatewaydb.
func (p *Pool) InsertNest(ctx context.Context, planting *gatewaydb.Planting, verdict gatewaydb.Verdict) (gatewaydb.Result, error) {
	if gatewaydb.Rehearses(ctx) {
		return gatewaydb.Result{}, p.rehearse()
	}
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) {
		return store.InsertNest(ctx, planting, verdict)
	})
}

// Query runs a caller's own SQL.
func (p *Pool) Query(ctx context.Context, raw gatewaydb.Raw) (gatewaydb.Result, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) { return store.Query(ctx, raw) })
}

// Connected reports whether the client's database can be reached.
func (p *Pool) Connected() bool {
	t := p.tenancy.Load()
	return t.breaker.State() == gobreaker.StateClosed && t.store.Healthy()
}

// Stats is the state of the pool.
func (p *Pool) Stats() wire.PoolStats {
	t := p.tenancy.Load()
	s := t.store.Stats()
	return wire.PoolStats{
		ClientName: p.client, Initialized: true, InitializedAt: p.opened,
		Size: s.Size, Idle: s.Idle, Active: s.Active, Max: s.Max, LanesInFlight: s.LanesInFlight,
		InFlight: p.inFlight.Load(), InFlightLimit: t.limits.inFlight, Requests: p.requests.Load(), Refused: p.refused.Load(), Failures: p.failures.Load(),
		Circuit: t.breaker.State().String(), Frozen: p.frozen.Load(), Healthy: p.Connected(),
		LastUsedAt: time.Unix(0, p.lastUsed.Load()),
	}
}
