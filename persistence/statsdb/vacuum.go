package statsdb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5"
)

// SaveVacuum stores what was seen of a client's database.
func (s Store) SaveVacuum(ctx context.Context, v *wire.VacuumSnapshot, tables []wire.VacuumTable) error {
	text, err := json.Marshal(tables)
	if err != nil {
		return fmt.Errorf("encode tables of %s: %w", v.ClientName, err)
	}
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		id, err := persistence.One[int64](ctx, tx, "snapshot", sql.Get("save_vacuum"), v.ClientName, v.Host, v.InstanceID, v.TotalDeadRows,
			v.TablesWithBloat, v.XidFreezeRisk, v.TablesNeedingVacuum, v.FreezeMaxAge, v.CollectionError)
		if err != nil || len(tables) == 0 {
			return err
		}
		_, err = persistence.Exec(ctx, tx, sql.Get("save_vacuum_tables"), id, string(text))
		return err
	})
	return persistence.Explain(err)
}

// VacuumHealth gives the latest snapshot of every client, by name.
func (s Store) VacuumHealth(ctx context.Context) ([]wire.VacuumSnapshot, error) {
	return persistence.All[wire.VacuumSnapshot](ctx, s.DB, sql.Get("latest_vacuum"), nil)
}

type vacuumTable struct {
	wire.VacuumTable
	ID         int64 `db:"id"`
	SnapshotID int64 `db:"snapshot_id"`
}

// ClientVacuum gives a client's latest snapshot with its tables.
func (s Store) ClientVacuum(ctx context.Context, client string) (d wire.VacuumHealthDetail, err error) {
	d.Snapshot, err = persistence.One[wire.VacuumSnapshot](ctx, s.DB, "a vacuum snapshot of the client "+client, sql.Get("latest_vacuum"), client)
	if err != nil {
		return d, err
	}
	rows, err := persistence.All[vacuumTable](ctx, s.DB, sql.Get("vacuum_tables"), d.Snapshot.ID)
	d.Tables = make([]wire.VacuumTable, len(rows))
	for i := range rows {
		d.Tables[i] = rows[i].VacuumTable
		d.Tables[i].ID, d.Tables[i].SnapshotID = rows[i].ID, rows[i].SnapshotID
	}
	return d, err
}

// PruneSnapshots removes what was seen longer ago than keep.
func (s Store) PruneSnapshots(ctx context.Context, keep time.Duration) error {
	for _, name := range []string{"prune_vacuum", "prune_pressure", "prune_pressure_runs"} {
		if _, err := persistence.Exec(ctx, s.DB, sql.Get(name), keep); err != nil {
			return err
		}
	}
	return nil
}
