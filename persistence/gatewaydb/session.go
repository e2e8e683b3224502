package gatewaydb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence/lane"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// resetTimeout bounds the cleaning of a session.
const resetTimeout = 5 * time.Second

// reset undoes whatever a caller's SQL can have done to its session, and tells by
// a row whether it has prepared statements, which only all together can go. What
// Athena has prepared stays otherwise: DISCARD ALL would take that, too.
const reset = "RESET ALL; RESET SESSION AUTHORIZATION; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); " +
	"DISCARD TEMP; DISCARD SEQUENCES; SELECT 1 FROM pg_prepared_statements WHERE from_sql LIMIT 1"

// release returns a connection whose session a caller's own SQL may have changed;
// one that cannot be cleaned is closed, and the pool replaces it.
func release(conn *pgxpool.Conn, tag pgconn.CommandTag) {
	defer conn.Release()
	pg := conn.Conn().PgConn()
	if pg.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), resetTimeout)
	defer cancel()
	if err := clean(ctx, conn, tag); err != nil {
		_ = pg.Close(ctx) // it is lost already
	}
}

// beginReading begins a transaction that can only read; release ends it.
func beginReading(ctx context.Context, pg *pgconn.PgConn) error {
	if _, err := pg.Exec(ctx, "BEGIN READ ONLY").ReadAll(); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

func clean(ctx context.Context, conn *pgxpool.Conn, tag pgconn.CommandTag) error {
	pg := conn.Conn().PgConn()
	sql := reset
	if pg.TxStatus() != 'I' {
		sql = "ROLLBACK; " + reset
	}
	results, err := pg.Exec(ctx, sql).ReadAll()
	if err != nil {
		return err
	}
	if len(results[len(results)-1].Rows) == 0 && !losesPrepared(tag) {
		return nil
	}
	lane.ForgetPrepared(pg)
	return conn.Conn().DeallocateAll(ctx)
}

// losesPrepared reports whether a statement may have deallocated those of others.
func losesPrepared(tag pgconn.CommandTag) bool {
	switch firstWord(tag.String()) {
	case "DEALLOCATE", "DISCARD", "DO", "CALL":
		return true
	}
	return false
}
