package clientsdb

import (
	"context"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/jackc/pgx/v5"
)

// LoadRule says when a client whose database cannot be opened is switched off.
type LoadRule struct {
	// Failures is how many loads in a row have to fail; 0 switches nobody off.
	Failures int
	// Within is how long they may have taken.
	Within time.Duration
}

// LoadSucceeded notes that a client's database was opened, which ends the count of
// failures.
func (s Store) LoadSucceeded(ctx context.Context, c *wire.AthenaClient) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("load_succeeded"), c.ID)
	return err
}

// LoadFailed counts a failure to open a client's database, and switches the client
// off when there were too many in a row; off tells that this one was the last.
// words say what went wrong.
func (s Store) LoadFailed(ctx context.Context, c *wire.AthenaClient, rule LoadRule, words string) (off bool, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if _, err := persistence.Exec(ctx, tx, sql.Get("load_failed"), c.ID, c.PgURI, rule.Within.Seconds(), words); err != nil || rule.Failures == 0 {
			return err
		}
		switched, err := persistence.Exec(ctx, tx, sql.Get("deactivate_client"), c.ID, rule.Failures)
		off = switched > 0
		return err
	})
	return off, persistence.Explain(err)
}

// Seen notes that the databases of these clients answer at the moment.
func (s Store) Seen(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	_, err := persistence.Exec(ctx, s.DB, sql.Get("clients_seen"), names)
	return err
}
