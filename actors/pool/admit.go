package pool

import (
	"context"

	"athena/persistence/gatewaydb"
)

// Client is the name of the client, or the digest that stands for an address.
func (p *Pool) Client() string { return p.client }

// Admit has work done on the client's store as one request of it; the store stays
// open until the work is done. An error that says that the database is gone counts
// against the client.
func Admit[T any](ctx context.Context, p *Pool, do func(*gatewaydb.Store) (T, error)) (T, error) {
	return admitted(ctx, p, do)
}
