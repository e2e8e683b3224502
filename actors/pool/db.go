package pool

import (
	"context"

	"athena/persistence"
	"athena/persistence/gatewaydb"
)

// database is a pool's database for stores of other domains: each statement is
// admitted like a request.
type database struct{ pool *Pool }

// Query runs a statement that gives rows. A connection that is lost while they
// are read is noticed by the next statement.
func (d database) Query(ctx context.Context, sql string, args ...any) (persistence.Rows, error) {
	return admitted(ctx, d.pool, func(store *gatewaydb.Store) (persistence.Rows, error) { return store.DB().Query(ctx, sql, args...) })
}

// Exec runs a statement without rows.
func (d database) Exec(ctx context.Context, sql string, args ...any) (persistence.CommandTag, error) {
	return admitted(ctx, d.pool, func(store *gatewaydb.Store) (persistence.CommandTag, error) {
		return store.DB().Exec(ctx, sql, args...)
	})
}

// Acquire lends a connection.
func (d database) Acquire(ctx context.Context) (*persistence.Conn, error) {
	return admitted(ctx, d.pool, func(store *gatewaydb.Store) (*persistence.Conn, error) { return store.DB().Acquire(ctx) })
}

// Begin begins a transaction.
func (d database) Begin(ctx context.Context) (persistence.Tx, error) {
	return admitted(ctx, d.pool, func(store *gatewaydb.Store) (persistence.Tx, error) { return store.DB().Begin(ctx) })
}
