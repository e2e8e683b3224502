package logsdb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence"
	"athena/persistence/sqltext"
)

const (
	// daysAhead is how many days after today have their partitions made.
	daysAhead = 2
	dayLayout = "20060102"
	// lockPatience is how long the upkeep of a log may hold up those who write it.
	lockPatience = "2s"
)

// split are the logs that have a partition for each day.
func split() []string {
	return []string{"http_request_log", "gateway_operation_log", "gateway_admission_events"}
}

// Maintain makes the partitions of the days to come, so that rows never have to
// wait in the default one, and drops days that ended longer than keep ago. It
// tells how many partitions went. Rows are dropped by whole days, so that up to
// one day more than keep stays.
func (s Store) Maintain(ctx context.Context, keep time.Duration) (dropped int, err error) {
	var now time.Time
	if err := s.Pool.QueryRow(ctx, "SELECT now()").Scan(&now); err != nil {
		return 0, fmt.Errorf("ask for the time: %w", err)
	}
	today := now.UTC().Truncate(24 * time.Hour)
	for _, log := range split() {
		for ahead := range daysAhead + 1 {
			if err := s.makeDay(ctx, log, today.AddDate(0, 0, ahead)); err != nil {
				return dropped, err
			}
		}
		n, err := s.dropBefore(ctx, log, now.Add(-keep))
		dropped += n
		if err != nil {
			return dropped, err
		}
	}
	return dropped, nil
}

// makeDay adds a day's partition and moves what came too early for it out of the
// default one.
func (s Store) makeDay(ctx context.Context, log string, day time.Time) error {
	name := log + "_" + day.Format(dayLayout)
	return s.change(ctx, "make "+name, func(tx persistence.Tx) error {
		var there bool
		if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&there); err != nil || there {
			return err
		}
		parent, child, rest := sqltext.Ident(log), sqltext.Ident(name), sqltext.Ident(log+"_default")
		from, to := day.Format(time.RFC3339), day.AddDate(0, 0, 1).Format(time.RFC3339)
		for _, sql := range []string{
			"LOCK TABLE " + rest + " IN ACCESS EXCLUSIVE MODE",
			"CREATE TABLE " + child + " (LIKE " + parent + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
			fmt.Sprintf("WITH early AS (DELETE FROM %s WHERE created_at >= '%s' AND created_at < '%s' RETURNING *) INSERT INTO %s SELECT * FROM early", rest, from, to, child),
			fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM ('%s') TO ('%s')", parent, child, from, to),
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropBefore drops the days of a log that ended before a moment.
func (s Store) dropBefore(ctx context.Context, log string, end time.Time) (dropped int, err error) {
	children, err := persistence.All[string](ctx, s.Pool, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1 LIMIT 10000", log)
	if err != nil {
		return 0, err
	}
	for _, child := range children {
		day, err := time.Parse(log+"_"+dayLayout, child)
		if err != nil || day.AddDate(0, 0, 1).After(end) {
			continue // the default partition, or a day that is kept
		}
		if err := s.change(ctx, "drop "+child, func(tx persistence.Tx) error {
			_, err := tx.Exec(ctx, "DROP TABLE IF EXISTS "+sqltext.Ident(child))
			return err
		}); err != nil {
			return dropped, err
		}
		dropped++
	}
	_, err = persistence.Exec(ctx, s.Pool, "DELETE FROM "+sqltext.Ident(log+"_default")+" WHERE created_at < $1", end)
	return dropped, err
}

// change does one step of the upkeep in a transaction, one process at a time.
func (s Store) change(ctx context.Context, what string, do func(persistence.Tx) error) error {
	tx, err := s.Pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after a commit there is nothing to roll back
	_, err = tx.Exec(ctx, "SELECT set_config('lock_timeout', $1, true), pg_advisory_xact_lock($2)", lockPatience, upkeepLock)
	if err == nil {
		err = do(tx)
	}
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// upkeepLock is the advisory lock of those who change a log's partitions.
const upkeepLock = 0x61746865_7061 // "athepa"
