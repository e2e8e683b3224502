package sessionsdb_test

import (
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func newStore(t *testing.T) (sessionsdb.Store, *pgxpool.Pool) {
	t.Helper()
	pool := dbtest.Pool(t, dbtest.Client(t))
	return sessionsdb.Store{DB: pool}, pool
}

func TestCreatedSessionResolves(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	seen := map[string]bool{}
	for _, who := range [][2]string{{"ann", "acme"}, {"ann", "acme"}, {"ann", "initech"}, {"bob", "acme"}} {
		token, err := s.Create(t.Context(), who[0], who[1], time.Hour)
		require.NoError(t, err)
		require.False(t, seen[token])
		require.GreaterOrEqual(t, len(token), 43, "32 random bytes")
		seen[token] = true
		session, err := s.Resolve(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, who, [2]string{session.UserID, session.OrganizationID})
		require.True(t, session.ExpiresAt.After(time.Now()))
	}
	var users, organizations, members int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM athena.users),
		(SELECT count(*) FROM athena.organization), (SELECT count(*) FROM athena.member)`).Scan(&users, &organizations, &members))
	require.Equal(t, []int{2, 2, 3}, []int{users, organizations, members}, "each is made once")
}

func TestSessionsThatDoNotCount(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	for name, sql := range map[string]string{
		"expired":        "UPDATE athena.sessions SET expires_at = now() WHERE token = $1",
		"inactive":       "UPDATE athena.sessions SET active = false WHERE token = $1",
		"other token":    "UPDATE athena.sessions SET token = token || 'x' WHERE token = $1",
		"user gone":      "DELETE FROM athena.users WHERE id = (SELECT user_id FROM athena.sessions WHERE token = $1)",
		"banned":         "UPDATE athena.users SET banned = true WHERE id = (SELECT user_id FROM athena.sessions WHERE token = $1)",
		"banned a while": "UPDATE athena.users SET banned = true, ban_expires = now() + interval '1 day' WHERE id = (SELECT user_id FROM athena.sessions WHERE token = $1)",
	} {
		token, err := s.Create(t.Context(), name, "acme", time.Hour)
		require.NoError(t, err)
		_, err = pool.Exec(t.Context(), sql, token)
		require.NoError(t, err)
		_, err = s.Resolve(t.Context(), token)
		p, ok := wire.AsProblem(err)
		require.True(t, ok, name)
		require.Equal(t, wire.NotFound.Name, p.Code.Name, name)
		require.NotContains(t, err.Error(), token)
	}
}

func TestOrganizationNeedsMembership(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	token, err := s.Create(t.Context(), "ann", "acme", time.Hour)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), "DELETE FROM athena.member")
	require.NoError(t, err)
	session, err := s.Resolve(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, []string{"ann", ""}, []string{session.UserID, session.OrganizationID})
}
