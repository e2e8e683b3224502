package wire

import "time"

// PressureSnapshot tells how hard a client was pressed at a moment.
type PressureSnapshot struct {
	// ID numbers the snapshots.
	ID int64 `json:"id" db:"id"`
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// RecordedAt is the end of the time that the snapshot is about.
	RecordedAt time.Time `json:"recorded_at" db:"recorded_at"`
	// Source is live, or backfill for what was made from the logs later.
	Source string `json:"source" db:"source" enum:"live,backfill"`
	// Host is the machine whose pool this is; null for a backfill.
	Host *string `json:"host" db:"host"`
	// PeriodSeconds is how long the time is that requests were counted over.
	PeriodSeconds int `json:"period_seconds" db:"period_seconds"`
	// Requests counts the client's requests of all nodes.
	Requests int64 `json:"requests" db:"requests"`
	// Errors counts those that the server could not serve: 429 and 5xx.
	Errors int64 `json:"errors" db:"errors"`
	// AvgMS is how long they took on average.
	AvgMS *float64 `json:"avg_ms" db:"avg_ms"`
	// P95MS is what all but a twentieth of them took at most.
	P95MS *float64 `json:"p95_ms" db:"p95_ms"`
	// InFlight counts the requests under way; null for a backfill, like all of the pool.
	InFlight *int64 `json:"in_flight" db:"in_flight"`
	// InFlightLimit is how many there may be.
	InFlightLimit *int64 `json:"in_flight_limit" db:"in_flight_limit"`
	// ConnectionsActive counts the pooled connections at work.
	ConnectionsActive *int `json:"connections_active" db:"connections_active"`
	// ConnectionsMax is the most that there may be.
	ConnectionsMax *int `json:"connections_max" db:"connections_max"`
	// LanesInFlight counts the reads that wait on a lane.
	LanesInFlight *int `json:"lanes_in_flight" db:"lanes_in_flight"`
	// Refused counts the requests that the pool turned away since it was opened.
	Refused *int64 `json:"refused" db:"refused"`
	// Circuit is closed, half-open or open.
	Circuit *string `json:"circuit" db:"circuit"`
	// Score is from 0 for idle to 1 for no room left: the worst of the shares of
	// requests in flight, of busy connections and of errors.
	Score float64 `json:"score" db:"score"`
}

// PressureRun is one round of snapshots.
type PressureRun struct {
	// ID numbers the rounds.
	ID int64 `json:"id" db:"id"`
	// Kind is snapshot or backfill.
	Kind string `json:"kind" db:"kind" enum:"snapshot,backfill"`
	// Status is pending, succeeded or failed.
	Status string `json:"status" db:"status" enum:"pending,succeeded,failed"`
	// HoursBack is how far a backfill reaches.
	HoursBack *int `json:"hours_back" db:"hours_back"`
	// RequestedAt is when it was asked for.
	RequestedAt time.Time `json:"requested_at" db:"requested_at"`
	// FinishedAt is when it ended.
	FinishedAt *time.Time `json:"finished_at" db:"finished_at"`
	// Snapshots counts what it stored.
	Snapshots int `json:"snapshots" db:"snapshots"`
	// Error says why it failed.
	Error *string `json:"error" db:"error"`
}

// TablePressure counts one kind of operation on one table within a snapshot.
type TablePressure struct {
	// TableName is the table.
	TableName string `json:"table_name" db:"table_name"`
	// Operation is what was done.
	Operation string `json:"operation" db:"operation"`
	// Operations counts how often.
	Operations int64 `json:"operations" db:"operations"`
	// Errors counts those that failed.
	Errors int64 `json:"errors" db:"errors"`
	// AvgMS is how long they took on average.
	AvgMS *float64 `json:"avg_ms" db:"avg_ms"`
	// P95MS is what all but a twentieth of them took at most.
	P95MS *float64 `json:"p95_ms" db:"p95_ms"`
}

// ListPressure asks for the latest snapshot of every client.
type ListPressure struct{ AdminHeaders }

// PressurePage holds the latest snapshot of every client, by name.
type PressurePage struct {
	// Snapshots are the latest ones.
	Snapshots []PressureSnapshot `json:"snapshots"`
	// LastRun is the last round that ended; null before the first.
	LastRun *PressureRun `json:"last_run"`
}

// PressureDetail holds what is known of one client.
type PressureDetail struct {
	// Snapshot is the latest one.
	Snapshot PressureSnapshot `json:"snapshot"`
	// Tables are those of the snapshot, the busiest first.
	Tables []TablePressure `json:"tables"`
	// History are the last 200 snapshots, the latest first.
	History []PressureSnapshot `json:"history"`
	// LastRun is the last round that ended; null before the first.
	LastRun *PressureRun `json:"last_run"`
}

// BackfillPressure asks for snapshots of hours that have passed, from the logs.
type BackfillPressure struct {
	AdminHeaders
	OptionalBody
	// HoursBack is how far to go back: 1 to 720 hours, 24 by default.
	HoursBack *int `json:"hours_back"`
}

const (
	defaultBackfill = 24
	longestBackfill = 720
)

// Check fills in what is left out.
func (b *BackfillPressure) Check() error {
	if b.HoursBack == nil {
		b.HoursBack = new(int)
		*b.HoursBack = defaultBackfill
	}
	if *b.HoursBack < 1 || *b.HoursBack > longestBackfill {
		return Fail(InvalidRequest, "hours_back must lie between 1 and %d", longestBackfill).At("hours_back")
	}
	return nil
}

// PressureBackfill is a backfill that was asked for.
type PressureBackfill struct {
	// Request is the round as it waits.
	Request PressureRun `json:"request"`
}

// PoolPressure is how hard one process's pool for a client is pressed.
type PoolPressure struct {
	ClientName    string `json:"client_name"`
	InFlight      int64  `json:"in_flight"`
	InFlightLimit int64  `json:"in_flight_limit"`
	Active        int    `json:"active"`
	Max           int    `json:"max"`
	LanesInFlight int    `json:"lanes_in_flight"`
	Refused       int64  `json:"refused"`
	Circuit       string `json:"circuit"`
}
