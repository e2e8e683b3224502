package logsdb

import (
	"context"
	"fmt"

	"athena/persistence"
)

// Written gives the last numbers of both logs below which nothing is still to
// come: a batch that is under way is waited for.
func (s Store) Written(ctx context.Context) (requests, operations int64, err error) {
	tx, err := s.Pool.Begin(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("begin to look at logs: %w", err)
	}
	defer tx.Rollback(ctx) //nolint:errcheck // nothing was changed
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", writerLock); err != nil {
		return 0, 0, persistence.Explain(fmt.Errorf("wait for log writers: %w", err))
	}
	const last = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')), 0)"
	for log, number := range map[string]*int64{"http_request_log": &requests, "gateway_operation_log": &operations} {
		if err := tx.QueryRow(ctx, last, log).Scan(number); err != nil {
			return 0, 0, fmt.Errorf("look at %s: %w", log, err)
		}
	}
	return requests, operations, nil
}
