package statsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5"
)

// SnapPressure stores how hard the clients are pressed: their pools as a machine
// sees them now, and what the logs tell of the last period.
func (s Store) SnapPressure(ctx context.Context, host string, period time.Duration, pools []wire.PoolPressure) error {
	text, err := json.Marshal(pools)
	if err != nil {
		return fmt.Errorf("encode pools: %w", err)
	}
	_, err = persistence.Exec(ctx, s.DB, sql.Get("snap_pressure"), string(text), host, int(period.Seconds()))
	return err
}

// RequestBackfill has snapshots made of hours that have passed.
func (s Store) RequestBackfill(ctx context.Context, hours int) (wire.PressureRun, error) {
	return persistence.One[wire.PressureRun](ctx, s.DB, "backfill", sql.Get("request_backfill"), hours)
}

// Backfill does what RequestBackfill asked for, one after the other.
func (s Store) Backfill(ctx context.Context) error {
	for {
		runs, err := persistence.All[wire.PressureRun](ctx, s.DB, sql.Get("next_backfill"))
		if err != nil || len(runs) == 0 {
			return err
		}
		n, failure := s.backfill(ctx, *runs[0].HoursBack)
		if ctx.Err() != nil {
			return ctx.Err() // it is still pending, and done again
		}
		var words *string
		if failure != nil {
			text := failure.Error()
			words = &text
		}
		if _, err := persistence.Exec(ctx, s.DB, sql.Get("finish_backfill"), runs[0].ID, n, words); err != nil || failure != nil {
			return errors.Join(failure, err)
		}
	}
}

func (s Store) backfill(ctx context.Context, hours int) (n int64, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if _, err := persistence.Exec(ctx, tx, sql.Get("forget_backfill"), hours); err != nil {
			return err
		}
		n, err = persistence.Exec(ctx, tx, sql.Get("backfill"), hours)
		return err
	})
	return n, persistence.Explain(err)
}

// Pressure gives the latest snapshot of every client.
func (s Store) Pressure(ctx context.Context) (p wire.PressurePage, err error) {
	if p.Snapshots, err = persistence.All[wire.PressureSnapshot](ctx, s.DB, sql.Get("latest_pressure"), nil); err == nil {
		p.LastRun, err = s.lastRun(ctx)
	}
	return p, err
}

// ClientPressure gives a client's latest snapshot with its tables and its history.
func (s Store) ClientPressure(ctx context.Context, client string) (d wire.PressureDetail, err error) {
	d.Snapshot, err = persistence.One[wire.PressureSnapshot](ctx, s.DB, "the pressure of the client "+client, sql.Get("latest_pressure"), client)
	if err != nil {
		return d, err
	}
	if d.Tables, err = persistence.All[wire.TablePressure](ctx, s.DB, sql.Get("table_pressure"), d.Snapshot.ID); err != nil {
		return d, err
	}
	if d.History, err = persistence.All[wire.PressureSnapshot](ctx, s.DB, sql.Get("pressure_history"), client); err != nil {
		return d, err
	}
	d.LastRun, err = s.lastRun(ctx)
	return d, err
}

func (s Store) lastRun(ctx context.Context) (*wire.PressureRun, error) {
	runs, err := persistence.All[wire.PressureRun](ctx, s.DB, sql.Get("last_pressure_run"))
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	return &runs[0], nil
}
