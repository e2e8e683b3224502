package wire

import (
	"time"

	"github.com/google/uuid"
)

// States of a daemon.
const (
	// DaemonRunning is the state of a process that told lately that it is alive.
	DaemonRunning = "running"
	// DaemonStopped is the state of a process that ended in order.
	DaemonStopped = "stopped"
	// DaemonLost is the state of a process that fell silent.
	DaemonLost = "lost"
)

// Daemon is a process that works on the control database.
type Daemon struct {
	// ID is that of the process; a restart has another.
	ID uuid.UUID `json:"id" db:"id"`
	// DaemonName says what the process is.
	DaemonName string `json:"daemon_name" db:"daemon_name"`
	// Host is the machine that it runs on.
	Host string `json:"host" db:"host"`
	// PID is its number there.
	PID int32 `json:"pid" db:"pid"`
	// Version is that of the program.
	Version string `json:"version" db:"version"`
	// Address is where it answers, null where it does not.
	Address *string `json:"address" db:"address"`
	// State is running, stopped or lost.
	State string `json:"state" db:"state" enum:"running,stopped,lost"`
	// StartedAt is when the process began.
	StartedAt time.Time `json:"started_at" db:"started_at"`
	// LastHeartbeatAt is when it last told that it is alive.
	LastHeartbeatAt time.Time `json:"last_heartbeat_at" db:"last_heartbeat_at"`
	// StoppedAt is when it ended in order.
	StoppedAt *time.Time `json:"stopped_at" db:"stopped_at"`
}

// ListDaemons asks for the processes.
type ListDaemons struct{ AdminHeaders }

// DaemonPage lists processes, the last that was heard of first.
type DaemonPage struct {
	// Daemons are the processes, those that ended within the last days included.
	Daemons []Daemon `json:"daemons"`
	// Jobs are what the processes do in the background, by name.
	Jobs []DaemonJob `json:"jobs"`
}

// DaemonJob is something that is done in the background, again and again, by one
// process at a time.
type DaemonJob struct {
	// JobName says what is done.
	JobName string `json:"job_name" db:"job_name"`
	// DaemonID is the process that did it last, or is at it.
	DaemonID *uuid.UUID `json:"daemon_id" db:"daemon_id"`
	// ClaimedAt is when it was last begun.
	ClaimedAt time.Time `json:"claimed_at" db:"claimed_at"`
	// Running is true while it is under way.
	Running bool `json:"running" db:"running"`
	// FinishedAt is when it last ended.
	FinishedAt *time.Time `json:"finished_at" db:"finished_at"`
	// Runs counts how often it ended.
	Runs int64 `json:"runs" db:"runs"`
	// Failures counts how often it failed.
	Failures int64 `json:"failures" db:"failures"`
	// LastError says why it failed last; null after a run that went well.
	LastError *string `json:"last_error" db:"last_error"`
}
