package inspectdb

import (
	"context"

	"athena/persistence"
	"athena/wire"
)

const (
	// bloatRows and bloatPct are from when on dead rows count as bloat.
	bloatRows = 1000
	bloatPct  = 20.0
	// riskPct of the age that forces a vacuum is where a table is at risk of one.
	riskPct = 80.0
	// tablesKept is how many tables a snapshot keeps, the worst first.
	tablesKept = 500
)

type vacuumRow struct {
	wire.VacuumTable
	NeedsVacuum  bool  `db:"needs_vacuum"`
	FreezeMaxAge int64 `db:"freeze_max_age"`
}

// Vacuum looks how much vacuum has left to do.
func (d Database) Vacuum(ctx context.Context) (wire.VacuumSnapshot, []wire.VacuumTable, error) {
	rows, err := persistence.All[vacuumRow](ctx, d.DB, sql.Get("vacuum"))
	if err != nil {
		return wire.VacuumSnapshot{}, nil, err
	}
	var sum wire.VacuumSnapshot
	tables := []wire.VacuumTable{}
	for i := range rows {
		sum.FreezeMaxAge = &rows[i].FreezeMaxAge
		rows[i].addTo(&sum)
		if len(tables) < tablesKept {
			tables = append(tables, rows[i].VacuumTable)
		}
	}
	return sum, tables, nil
}

func (r *vacuumRow) addTo(sum *wire.VacuumSnapshot) {
	sum.TotalDeadRows += r.DeadRows
	if r.DeadRows >= bloatRows && r.DeadPct != nil && *r.DeadPct >= bloatPct {
		sum.TablesWithBloat++
	}
	if r.XidAgePct != nil && *r.XidAgePct >= riskPct {
		sum.XidFreezeRisk++
	}
	if r.NeedsVacuum {
		sum.TablesNeedingVacuum++
	}
}
