package pool

import (
	"context"
	"time"

	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// Functions finds the functions that a call may mean; see gatewaydb.
func (p *Pool) Functions(ctx context.Context, path []string, name sqltext.Name) ([]*catalog.Function, error) {
	return with(ctx, p, func(_ *Pool, store *gatewaydb.Store) ([]*catalog.Function, error) {
		return store.Functions(ctx, path, name)
	})
}

// Call calls a function; see gatewaydb.
func (p *Pool) Call(ctx context.Context, call *sqltext.Call, mode gatewaydb.Mode, allow sqltext.AllowFunc, verdict gatewaydb.Verdict) (gatewaydb.Called, error) {
	return admitted(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Called, error) {
		return store.Call(ctx, call, mode, allow, verdict)
	})
}

// Transact runs a transaction; see gatewaydb.
func (p *Pool) Transact(ctx context.Context, t *gatewaydb.Transaction) (answer []byte, repeated bool, err error) {
	answer, err = admitted(ctx, p, func(store *gatewaydb.Store) (text []byte, err error) {
		text, repeated, err = store.Transact(ctx, t)
		return text, err
	})
	return answer, repeated, err
}

// Target is a client as the catalog has it, if it may be used now: for what it has
// beside its database.
func (c *Clients) Target(name string) (Target, error) {
	target, known := (*c.targets.Load())[name]
	switch {
	case !known:
		return target, unknown(name)
	case target.Inactive:
		return target, wire.Fail(wire.BackendUnavailable, "the Athena client %s is switched off", name).At("X-Athena-Client")
	case target.Frozen:
		return target, wire.Fail(wire.ClientFrozen, "the client %s is frozen by its operator", name).After(30 * time.Second)
	}
	return target, nil
}
