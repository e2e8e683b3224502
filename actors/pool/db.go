package pool

import (
	"context"

	"athena/persistence"
)

// admitted is a pool's database for stores of other domains: each statement is
// admitted like a request.
type admitted struct{ pool *Pool }

// Query runs a statement that gives rows. A connection that is lost while they
// are read is noticed by the next statement.
func (a admitted) Query(ctx context.Context, sql string, args ...any) (persistence.Rows, error) {
	return admit(a.pool, func(db persistence.DB) (persistence.Rows, error) { return db.Query(ctx, sql, args...) })
}

// Exec runs a statement without rows.
func (a admitted) Exec(ctx context.Context, sql string, args ...any) (persistence.CommandTag, error) {
	return admit(a.pool, func(db persistence.DB) (persistence.CommandTag, error) { return db.Exec(ctx, sql, args...) })
}

// Begin begins a transaction.
func (a admitted) Begin(ctx context.Context) (persistence.Tx, error) {
	return admit(a.pool, func(db persistence.DB) (persistence.Tx, error) { return db.Begin(ctx) })
}

func admit[T any](p *Pool, do func(persistence.DB) (T, error)) (T, error) {
	leave, err := p.enter()
	if err != nil {
		var none T
		return none, err
	}
	value, err := do(p.store.Load().DB())
	leave(err)
	return value, err
}
