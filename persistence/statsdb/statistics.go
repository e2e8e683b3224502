// Package statsdb keeps what is known of clients and their databases over time:
// what the logs add up to, how hard the clients are pressed, the health of their
// tables, and what would make their queries faster. All of it lies in the control
// database.
package statsdb

import (
	"context"
	"embed"

	"athena/persistence"
	"athena/wire"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes statistics in the control database.
type Store struct{ DB persistence.DB }

// Count adds to the statistics what the logs hold up to these numbers and what was
// not counted before. Each row is counted once, whoever else counts at the time.
func (s Store) Count(ctx context.Context, requests, operations int64) error {
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if err := count(ctx, tx, "http_request_log", requests, "count_requests"); err != nil {
			return err
		}
		return count(ctx, tx, "gateway_operation_log", operations, "count_operations", "count_tables")
	})
	return persistence.Explain(err)
}

func count(ctx context.Context, tx pgx.Tx, log string, upTo int64, statements ...string) error {
	from, err := persistence.One[int64](ctx, tx, log, sql.Get("lock_progress"), log)
	if err != nil || from >= upTo {
		return err
	}
	for _, name := range statements {
		if _, err := persistence.Exec(ctx, tx, sql.Get(name), from, upTo); err != nil {
			return err
		}
	}
	_, err = persistence.Exec(ctx, tx, sql.Get("save_progress"), log, upTo)
	return err
}

// Statistics gives what is known of every client, by name.
func (s Store) Statistics(ctx context.Context) ([]wire.ClientStatistics, error) {
	return persistence.All[wire.ClientStatistics](ctx, s.DB, sql.Get("list_statistics"))
}

// ClientStatistics gives what is known of one client, its busiest tables first.
func (s Store) ClientStatistics(ctx context.Context, client string) (d wire.ClientStatisticsDetail, err error) {
	d.Statistics, err = persistence.One[wire.ClientStatistics](ctx, s.DB, "statistics of the client "+client, sql.Get("get_statistics"), client)
	if err != nil {
		return d, err
	}
	d.Tables, err = persistence.All[wire.ClientTableStatistics](ctx, s.DB, sql.Get("list_table_statistics"), client)
	return d, err
}

// Drill gives the logged operations behind a number, the latest first.
func (s Store) Drill(ctx context.Context, d *wire.DrillDown) ([]wire.LoggedOperation, error) {
	return persistence.All[wire.LoggedOperation](ctx, s.DB, sql.Get("drill"), d.ClientName, d.TableName, d.Operation, d.Status, d.Limit, d.Offset)
}
