package daemonsdb

import (
	"context"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
)

// Member is one process as the register of jobs sees it.
type Member struct {
	Store
	// ID is the process.
	ID uuid.UUID
}

// Claim has the process do a job, and reports whether it may: nobody else is at it,
// and it was last begun at least `every` ago. The claim is given up after lease,
// should the process be lost. The id, a new one for each claim, is what it is given back by.
func (m Member) Claim(ctx context.Context, job string, id uuid.UUID, every, lease time.Duration) (bool, error) {
	n, err := persistence.Exec(ctx, m.DB, sql.Get("claim_job"), job, m.ID, id, every, lease)
	return n > 0, err
}

// Finish gives a claim back and notes how the job went; empty words say well. One that
// was not made, is over or was given back before changes nothing.
func (m Member) Finish(ctx context.Context, job string, id uuid.UUID, failure string) error {
	var words *string
	if failure != "" {
		words = &failure
	}
	_, err := persistence.Exec(ctx, m.DB, sql.Get("finish_job"), job, m.ID, id, words)
	return err
}

// Jobs gives what is done in the background, by name.
func (s Store) Jobs(ctx context.Context) ([]wire.DaemonJob, error) {
	return persistence.All[wire.DaemonJob](ctx, s.DB, sql.Get("list_jobs"))
}
