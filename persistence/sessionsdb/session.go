// Package sessionsdb resolves session tokens of a tenant database to the user
// and the organization that they act for.
package sessionsdb

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"time"

	"athena/persistence"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes sessions of one tenant database.
type Store struct{ DB persistence.DB }

// Session is who a token stands for.
type Session struct {
	UserID string `db:"user_id"`
	// OrganizationID is empty when the session has no active organization of
	// which the user is a member.
	OrganizationID string    `db:"organization_id"`
	ExpiresAt      time.Time `db:"expires_at"`
}

// Resolve finds the session of a token that is active, not expired, and whose
// user is not banned; anything else is not found.
func (s Store) Resolve(ctx context.Context, token string) (Session, error) {
	return persistence.One[Session](ctx, s.DB, "session", sql.Get("resolve_session"), token)
}

// Create makes a session for a user in an organization, and those two where they
// are missing, and gives its token.
func (s Store) Create(ctx context.Context, user, organization string, lifetime time.Duration) (string, error) {
	random := make([]byte, 32)
	rand.Read(random) // never fails: the runtime ends the program instead
	token := base64.RawURLEncoding.EncodeToString(random)
	err := pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		for _, step := range []struct {
			name string
			args []any
		}{
			{"ensure_user", []any{user}},
			{"ensure_organization", []any{organization}},
			{"ensure_member", []any{organization, user}},
			{"create_session", []any{token, user, organization, time.Now().Add(lifetime)}},
		} {
			if _, err := persistence.Exec(ctx, tx, sql.Get(step.name), step.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return token, err
}
