package keysdb_test

import (
	"strings"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func newStore(t *testing.T) (keysdb.Store, *pgxpool.Pool) {
	t.Helper()
	pool := dbtest.Pool(t, dbtest.Control(t))
	return keysdb.Store{DB: pool}, pool
}

func create(t *testing.T, s keysdb.Store, c *wire.CreateAPIKey) (made wire.CreatedAPIKey, public, secret string) {
	t.Helper()
	made, err := s.Create(t.Context(), c)
	require.NoError(t, err)
	public, secret, ok := keysdb.Parse(made.APIKey)
	require.True(t, ok)
	return made, public, secret
}

func TestCreatedKeyIsCheckedByItsHashAlone(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	client, until := "demo", time.Now().Add(time.Hour).Truncate(time.Microsecond)
	made, public, secret := create(t, s, &wire.CreateAPIKey{Name: "n", ClientName: &client, ExpiresAt: &until, Rights: []string{"gateway.read", "*", "*"}})
	require.Regexp(t, `^ath_[0-9a-f]{16}\.[0-9a-f]{64}$`, made.APIKey)
	require.Equal(t, []string{"*", "gateway.read"}, made.Record.Rights)

	stored, err := s.Lookup(t.Context(), public)
	require.NoError(t, err)
	require.True(t, stored.Matches(secret))
	for _, wrong := range []string{"", secret[1:], secret + "0", strings.ToUpper(secret) + "x", stored.Hash} {
		require.False(t, stored.Matches(wrong))
	}
	require.Equal(t, "demo", stored.Client)
	require.True(t, until.Equal(*stored.ExpiresAt))
	require.ElementsMatch(t, []string{"*", "gateway.read"}, stored.Rights)

	var row string
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT k::text FROM api_keys AS k WHERE public_id = $1", public).Scan(&row))
	require.NotContains(t, row, secret)
}

func TestSameSecretHasManyHashes(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	_, one, _ := create(t, s, &wire.CreateAPIKey{Name: "one"})
	_, two, _ := create(t, s, &wire.CreateAPIKey{Name: "two"})
	a, err := s.Lookup(t.Context(), one)
	require.NoError(t, err)
	b, err := s.Lookup(t.Context(), two)
	require.NoError(t, err)
	require.NotEqual(t, a.Salt, b.Salt)
}

func TestUnknownRightMakesNoKey(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	_, err := s.Create(t.Context(), &wire.CreateAPIKey{Name: "n", Rights: []string{"*", "no.such"}})
	p, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.RightUnknown.Name, p.Code.Name)
	require.Contains(t, p.Detail, "no.such")
	list, err := s.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	require.NotNil(t, list, "an empty list is written as an array")
}

func TestRevokedKeyStaysListed(t *testing.T) {
	t.Parallel()
	s, _ := newStore(t)
	_, public, _ := create(t, s, &wire.CreateAPIKey{Name: "n"})
	for range 2 { // twice is no failure
		record, err := s.Revoke(t.Context(), public)
		require.NoError(t, err)
		require.False(t, record.IsActive)
	}
	list, err := s.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	for _, unknown := range []func() error{
		func() error { _, err := s.Revoke(t.Context(), "0000"); return err },
		func() error { _, err := s.Lookup(t.Context(), "0000"); return err },
	} {
		p, ok := wire.AsProblem(unknown())
		require.True(t, ok)
		require.Equal(t, 404, p.Code.Status)
	}
}

func TestTouchNeverGoesBack(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	_, one, _ := create(t, s, &wire.CreateAPIKey{Name: "one"})
	_, two, _ := create(t, s, &wire.CreateAPIKey{Name: "two"})
	late := time.Now().Truncate(time.Microsecond)
	require.NoError(t, s.Touch(t.Context(), []string{one, two, "gone"}, []time.Time{late, late, late}))
	require.NoError(t, s.Touch(t.Context(), []string{one}, []time.Time{late.Add(-time.Hour)}))
	var used time.Time
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT last_used_at FROM api_keys WHERE public_id = $1", one).Scan(&used))
	require.True(t, late.Equal(used))
}

func TestPolicyOfAClientComesFirst(t *testing.T) {
	t.Parallel()
	s, pool := newStore(t)
	_, err := pool.Exec(t.Context(), "INSERT INTO api_key_client_config (client_name, enforce_api_keys) VALUES ('open', false)")
	require.NoError(t, err)
	p, err := s.Policy(t.Context())
	require.NoError(t, err)
	require.True(t, p.For("demo"), "keys are asked for unless somebody says otherwise")
	require.False(t, p.For("open"))
	_, err = pool.Exec(t.Context(), "DELETE FROM api_key_config")
	require.NoError(t, err)
	p, err = s.Policy(t.Context())
	require.NoError(t, err)
	require.True(t, p.For("demo"), "a missing row opens nothing")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "ath_", "ath_a", "ath_a.", "ath_.b", "a.b", "ATH_a.b", " ath_a.b"} {
		_, _, ok := keysdb.Parse(bad)
		require.False(t, ok, bad)
	}
	public, secret, ok := keysdb.Parse("ath_a.b.c")
	require.True(t, ok)
	require.Equal(t, []string{"a", "b.c"}, []string{public, secret})
}
