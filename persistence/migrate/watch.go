package migrate

import (
	"context"
	"database/sql"
	_ "embed" // the statements below
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed watch.sql
var watch string

const unwatch = `DROP EVENT TRIGGER IF EXISTS athena_schema_changed; DROP EVENT TRIGGER IF EXISTS athena_schema_dropped; DROP FUNCTION IF EXISTS athena.schema_changed()`

// Watch has a client's database tell of every change of its schema, by event triggers,
// or with off takes them away. It reports whether the database's user may do so: most
// servers let a superuser alone. The client's list must have run.
func Watch(ctx context.Context, uri string, on bool) (permitted bool, err error) {
	err = open(uri, func(db *sql.DB) error {
		return locked(ctx, db, func() error {
			permitted, err = setWatch(ctx, db, on)
			return err
		})
	})
	return permitted, err
}

func setWatch(ctx context.Context, db *sql.DB, on bool) (permitted bool, err error) {
	script := watch
	if !on {
		script = unwatch
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("migrate: watch: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to undo
	if _, err = tx.ExecContext(ctx, script); err == nil {
		err = tx.Commit()
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "42501" {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("migrate: watch: %w", err)
	}
	return true, nil
}
