package inspectdb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence"
	"athena/wire"
)

// Apply runs the statement of a recommendation as it is stored: in a transaction
// that waits for locks for a moment only, or concurrently, so that nobody has to
// wait for it. What fails then may leave an index that is of no use: see DropInvalid.
func (d Database) Apply(ctx context.Context, r *wire.Recommendation) error {
	if *r.Mode == wire.InTransaction {
		return d.inTransaction(ctx, *r.Statement)
	}
	// The caller's deadline bounds it; the usual patience would end a long build. It
	// waits for transactions that have begun before, and holds up nobody meanwhile.
	if _, err := persistence.Exec(ctx, d.DB, "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '10min', false)"); err != nil {
		return err
	}
	_, err := d.DB.Exec(ctx, *r.Statement)
	return persistence.Explain(err)
}

// Taken reports whether a statement met somebody else's index of the same name.
func Taken(err error) bool { return persistence.SQLState(err) == duplicateTable }

// duplicateTable is the SQLSTATE of a name that is taken.
const duplicateTable = "42P07"

// DropInvalid removes what is left of an index that could not be made.
func (d Database) DropInvalid(ctx context.Context, r *wire.Recommendation) error {
	invalid, err := persistence.All[bool](ctx, d.DB, sql.Get("is_invalid"), *r.SchemaName, *r.IndexName)
	if err != nil || len(invalid) == 0 || !invalid[0] {
		return err
	}
	_, err = persistence.Exec(ctx, d.DB, "DROP INDEX CONCURRENTLY IF EXISTS "+qualified(*r.SchemaName, *r.IndexName))
	return err
}

func (d Database) inTransaction(ctx context.Context, statement string) error {
	tx, err := d.DB.Begin(ctx)
	if err != nil {
		return persistence.Explain(fmt.Errorf("begin: %w", err))
	}
	defer func() {
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = tx.Rollback(bound) // after a commit there is nothing to roll back
	}()
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '5s'"); err != nil {
		return persistence.Explain(err)
	}
	if _, err := tx.Exec(ctx, statement); err != nil {
		return persistence.Explain(err)
	}
	return persistence.Explain(tx.Commit(ctx))
}
