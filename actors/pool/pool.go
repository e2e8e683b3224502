// Package pool guards the databases of Athena's clients. One actor for each
// client opens its connections, takes up changes of its address, freezes it and
// closes what nobody uses. Requests do not pass through the actor's mailbox: they
// enter through the Pool that it hands out, which refuses at once what cannot be
// served, and go from there straight to a lane or a connection.
package pool

import (
	"context"
	"errors"
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
	store   atomic.Pointer[gatewaydb.Store]
	frozen  atomic.Bool
	closed  atomic.Bool
	opened  time.Time

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

// errClosed tells Clients that the pool was retired and its successor is to be asked.
var errClosed = errors.New("pool is closed")

func newPool(client string, limit int64, store *gatewaydb.Store) *Pool {
	p := &Pool{client: client, limit: limit, opened: time.Now()}
	p.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: client, MaxRequests: 1, Timeout: probeAfter,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		IsSuccessful: func(err error) bool { return !unreachable(err) },
	})
	p.store.Store(store)
	p.touch()
	return p
}

// unreachable reports whether an error says that the database is gone, as
// opposed to having refused or being busy.
func unreachable(err error) bool {
	var problem *wire.Problem
	if errors.As(err, &problem) {
		return problem.Code == wire.BackendUnavailable
	}
	return err != nil && persistence.Disconnected(err)
}

func (p *Pool) touch() { p.lastUsed.Store(time.Now().UnixNano()) }

// enter admits a request, or says at once why not. The caller reports the outcome
// through leave.
func (p *Pool) enter() (leave func(error), err error) {
	p.touch()
	if p.closed.Load() {
		return nil, errClosed
	}
	if p.frozen.Load() {
		p.refused.Add(1)
		return nil, wire.Fail(wire.ClientFrozen, "the client %s is frozen by its operator", p.client).After(30 * time.Second)
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
	return p.store.Load().Prepare(ctx, request, mode, allow)
}

// Resolve finds a relation of the client's schema; see gatewaydb.
func (p *Pool) Resolve(ctx context.Context, path []string, name sqltext.Name, allow sqltext.AllowFunc) (*catalog.Relation, error) {
	return p.store.Load().Resolve(ctx, path, name, allow)
}

// Run runs a compiled statement.
func (p *Pool) Run(ctx context.Context, st *gatewaydb.Statement) (gatewaydb.Result, error) {
	leave, err := p.enter()
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := p.store.Load().Run(ctx, st)
	leave(err)
	return result, err
}

// Query runs a caller's own SQL.
func (p *Pool) Query(ctx context.Context, raw gatewaydb.Raw) (gatewaydb.Result, error) {
	leave, err := p.enter()
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := p.store.Load().Query(ctx, raw)
	leave(err)
	return result, err
}

// Connected reports whether the client's database can be reached.
func (p *Pool) Connected() bool {
	return p.breaker.State() == gobreaker.StateClosed && p.store.Load().Healthy()
}

// Stats is the state of the pool.
func (p *Pool) Stats() wire.PoolStats {
	s := p.store.Load().Stats()
	return wire.PoolStats{
		ClientName: p.client, Initialized: true, InitializedAt: p.opened,
		Size: s.Size, Idle: s.Idle, Active: s.Active, Max: s.Max, LanesInFlight: s.LanesInFlight,
		InFlight: p.inFlight.Load(), Requests: p.requests.Load(), Refused: p.refused.Load(), Failures: p.failures.Load(),
		Circuit: p.breaker.State().String(), Frozen: p.frozen.Load(), Healthy: p.Connected(),
		LastUsedAt: time.Unix(0, p.lastUsed.Load()),
	}
}
