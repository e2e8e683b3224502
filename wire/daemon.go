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
}
