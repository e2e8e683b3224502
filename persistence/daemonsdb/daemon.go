// Package daemonsdb keeps the register of the processes that work on a control
// database. A process tells every few seconds that it is alive; the register's own
// clock decides who fell silent, so that no node's clock matters.
package daemonsdb

import (
	"context"
	"embed"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

const (
	// HeartbeatEvery is how often a process tells that it is alive.
	HeartbeatEvery = 10 * time.Second
	// lostAfter is how long a process may be silent: two heartbeats may fail.
	lostAfter = 3*HeartbeatEvery + 5*time.Second
	// keptFor is how long ended processes stay listed.
	keptFor = 7 * 24 * time.Hour
)

// Store reads and writes the register in the control database.
type Store struct{ DB persistence.DB }

// Beat tells that a process is alive, and enters it where it is not listed.
func (s Store) Beat(ctx context.Context, d *wire.Daemon) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("beat"), d.ID, d.DaemonName, d.Host, d.PID, d.Version, d.Address, d.StartedAt)
	return err
}

// Stop tells that a process ends in order.
func (s Store) Stop(ctx context.Context, id uuid.UUID) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("stop"), id)
	return err
}

// Prune removes processes that were not heard of for days.
func (s Store) Prune(ctx context.Context) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("prune"), keptFor)
	return err
}

// List gives the processes, the last that was heard of first.
func (s Store) List(ctx context.Context) ([]wire.Daemon, error) {
	return persistence.All[wire.Daemon](ctx, s.DB, sql.Get("list"), lostAfter)
}
