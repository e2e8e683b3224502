package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"

	"athena/persistence/sqltext"
)

const (
	// lockNumber is the advisory lock that migrations of a database hold.
	lockNumber = 0x61746865_6e61 // "athena"
	lockPoll   = 50 * time.Millisecond
)

func open(uri string, do func(*sql.DB) error) error {
	db, err := sql.Open("pgx", uri)
	if err != nil {
		return fmt.Errorf("migrate: open: %w", err)
	}
	return errors.Join(do(db), db.Close())
}

// locked runs do while no other process migrates the database. It asks again and
// again rather than wait inside PostgreSQL, where a waiting statement would hold
// up a CREATE INDEX CONCURRENTLY of the one that has the lock. The lock goes with
// its connection.
func locked(ctx context.Context, db *sql.DB, do func() error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate: connect: %w", err)
	}
	defer conn.Close()
	for got := false; ; {
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", lockNumber).Scan(&got); err != nil {
			return fmt.Errorf("migrate: lock: %w", err)
		}
		if got {
			return do()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("migrate: wait for another migration: %w", ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

func provider(db *sql.DB, list List) (*goose.Provider, error) {
	p, err := goose.NewProvider(goose.DialectPostgres, db, list.Files,
		goose.WithTableName(list.table()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrate: read the list: %w", err)
	}
	return p, nil
}

func (l List) table() string { return l.Schema + "." + l.Table }

func quote(name string) string { return sqltext.Ident(name) }
