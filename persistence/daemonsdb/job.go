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
// should the process be lost.
func (m Member) Claim(ctx context.Context, job string, every, lease time.Duration) (bool, error) {
	n, err := persistence.Exec(ctx, m.DB, sql.Get("claim_job"), job, m.ID, every, lease)
	return n > 0, err
}

// Finish gives a claim back and notes how the job went; empty words say well.
func (m Member) Finish(ctx context.Context, job, failure string) error {
	var words *string
	if failure != "" {
		words = &failure
	}
	_, err := persistence.Exec(ctx, m.DB, sql.Get("finish_job"), job, m.ID, words)
	return err
}

// Jobs gives what is done in the background, by name.
func (s Store) Jobs(ctx context.Context) ([]wire.DaemonJob, error) {
	return persistence.All[wire.DaemonJob](ctx, s.DB, sql.Get("list_jobs"))
}
