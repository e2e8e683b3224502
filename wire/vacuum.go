package wire

import (
	"time"

	"github.com/google/uuid"
)

// VacuumSnapshot tells how much vacuum had left to do in a client's database.
type VacuumSnapshot struct {
	// ID numbers the snapshots.
	ID int64 `json:"id" db:"id"`
	// RecordedAt is when the database was looked at.
	RecordedAt time.Time `json:"recorded_at" db:"recorded_at"`
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// Host is the machine that looked.
	Host *string `json:"host" db:"host"`
	// InstanceID is the process that looked; see /admin/daemons.
	InstanceID *uuid.UUID `json:"instance_id" db:"instance_id"`
	// TotalDeadRows counts the dead rows of all tables.
	TotalDeadRows int64 `json:"total_dead_rows" db:"total_dead_rows"`
	// TablesWithBloat counts tables of which a fifth or more is dead, and a thousand rows at least.
	TablesWithBloat int `json:"tables_with_bloat" db:"tables_with_bloat"`
	// XidFreezeRisk counts tables that are close to a forced vacuum.
	XidFreezeRisk int `json:"xid_freeze_risk" db:"xid_freeze_risk"`
	// TablesNeedingVacuum counts tables that have more dead rows than autovacuum allows.
	TablesNeedingVacuum int `json:"tables_needing_vacuum" db:"tables_needing_vacuum"`
	// FreezeMaxAge is the age in transactions that forces a vacuum.
	FreezeMaxAge *int64 `json:"freeze_max_age" db:"freeze_max_age"`
	// CollectionError says why the database could not be looked at.
	CollectionError *string `json:"collection_error" db:"collection_error"`
}

// VacuumTable is one table of a snapshot.
type VacuumTable struct {
	// ID numbers the rows.
	ID int64 `json:"id" db:"-"`
	// SnapshotID is the snapshot.
	SnapshotID int64 `json:"snapshot_id" db:"-"`
	// SchemaName is the table's schema.
	SchemaName string `json:"schemaname" db:"schemaname"`
	// TableName is the table.
	TableName string `json:"relname" db:"relname"`
	// DeadRows is about how many rows are dead.
	DeadRows int64 `json:"n_dead_tup" db:"n_dead_tup"`
	// LiveRows is about how many rows are alive.
	LiveRows int64 `json:"n_live_tup" db:"n_live_tup"`
	// DeadPct is the share of the dead in percent; null for an empty table.
	DeadPct *float64 `json:"dead_pct" db:"dead_pct"`
	// LastVacuum is when somebody last had the table vacuumed.
	LastVacuum *time.Time `json:"last_vacuum" db:"last_vacuum"`
	// LastAutovacuum is when the server last did so by itself.
	LastAutovacuum *time.Time `json:"last_autovacuum" db:"last_autovacuum"`
	// XidAge is the age of the table's oldest transaction.
	XidAge *int64 `json:"xid_age" db:"xid_age"`
	// XidAgePct is that age in percent of the one that forces a vacuum.
	XidAgePct *float64 `json:"xid_age_pct_of_freeze_max" db:"xid_age_pct_of_freeze_max"`
}

// ListVacuumHealth asks for the latest snapshot of every client.
type ListVacuumHealth struct{ AdminHeaders }

// VacuumHealthPage holds the latest snapshot of every client, by name.
type VacuumHealthPage struct {
	// Snapshots are the latest ones.
	Snapshots []VacuumSnapshot `json:"snapshots"`
}

// VacuumHealthDetail holds a client's latest snapshot with its tables.
type VacuumHealthDetail struct {
	// Snapshot is the latest one.
	Snapshot VacuumSnapshot `json:"snapshot"`
	// Tables are those of the snapshot, the ones with most dead rows first.
	Tables []VacuumTable `json:"tables"`
}

// VacuumHealthPageReply is the page in the usual envelope, and beside its data.
type VacuumHealthPageReply struct {
	Success[VacuumHealthPage]
	VacuumHealthPage
}

// VacuumHealthDetailReply is the snapshot in the usual envelope, and beside its data.
type VacuumHealthDetailReply struct {
	Success[VacuumHealthDetail]
	VacuumHealthDetail
}
