package clientsdb_test

import (
	"testing"
	"time"

	"athena/persistence/clientsdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

const refused = "connection refused"

func TestClientThatNeverLoadsIsSwitchedOff(t *testing.T) {
	t.Parallel()
	db := dbtest.Pool(t, dbtest.Control(t))
	s := clientsdb.Store{DB: db}
	made, err := s.Create(t.Context(), save("shop", "postgres://h/shop"))
	require.NoError(t, err)
	other, err := s.Create(t.Context(), save("other", "postgres://h/other"))
	require.NoError(t, err)
	fail := func(c wire.AthenaClient, rule clientsdb.LoadRule) bool {
		off, err := s.LoadFailed(t.Context(), &c, rule, refused)
		require.NoError(t, err)
		return off
	}
	now := func() wire.AthenaClient {
		list, err := s.List(t.Context())
		require.NoError(t, err)
		require.Equal(t, "other", list[0].ClientName)
		require.True(t, list[0].IsActive)
		require.Zero(t, list[0].LoadFailures)
		return list[1]
	}
	rule := clientsdb.LoadRule{Failures: 3, Within: time.Hour}

	require.False(t, fail(made, rule))
	require.False(t, fail(made, rule))
	require.Equal(t, 2, now().LoadFailures)
	require.Equal(t, refused, *now().LastLoadError)
	require.NoError(t, s.LoadSucceeded(t.Context(), &made))
	require.Zero(t, now().LoadFailures, "a success ends the count")
	require.Nil(t, now().LastLoadError)
	require.NotNil(t, now().LastSeenAt)

	require.False(t, fail(made, rule))
	_, err = db.Exec(t.Context(), "UPDATE athena_clients SET load_failing_since = now() - interval '61 minutes', load_failures = 2 WHERE id = $1", made.ID)
	require.NoError(t, err)
	require.False(t, fail(made, rule), "what is older than the window does not count")
	require.Equal(t, 1, now().LoadFailures)

	stale, uri := made, "postgres://h/before"
	stale.PgURI = &uri
	require.False(t, fail(stale, rule))
	require.Equal(t, 1, now().LoadFailures, "another address failed")

	never := clientsdb.LoadRule{Within: time.Hour}
	for range 5 {
		require.False(t, fail(made, never))
	}
	require.True(t, now().IsActive)
	require.True(t, fail(made, rule))
	require.False(t, now().IsActive)
	require.Equal(t, 7, now().LoadFailures)
	require.NotNil(t, now().DeactivatedAt)
	require.False(t, fail(made, rule), "it is off already")
	require.Equal(t, 7, now().LoadFailures)

	var audited string
	require.NoError(t, db.QueryRow(t.Context(), `SELECT string_agg(client_name || ' ' || operation || ' ' || status || ' ' || error, '; ') FROM database_audit_log`).Scan(&audited))
	require.Equal(t, "shop deactivate_client succeeded 7 loads in a row have failed: connection refused", audited)

	active := true
	again, err := s.Update(t.Context(), &wire.UpdateAthenaClient{ClientByName: wire.ClientByName{ClientName: "shop"}, IsActive: &active})
	require.NoError(t, err)
	require.True(t, again.IsActive)
	require.Zero(t, again.LoadFailures, "an operator's change begins a new count")
	require.Nil(t, again.DeactivatedAt)
	require.Nil(t, again.LastLoadError)

	require.NoError(t, s.Seen(t.Context(), []string{"other", "nobody"}))
	list, err := s.List(t.Context())
	require.NoError(t, err)
	require.NotNil(t, list[0].LastSeenAt)
	require.Equal(t, other.UpdatedAt, list[0].UpdatedAt, "being seen is no change")
}
