package daemonsdb_test

import (
	"testing"
	"time"

	"athena/persistence/daemonsdb"
	"athena/persistence/dbtest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// members are two processes that work on one control database.
func members(t *testing.T) (one, two daemonsdb.Member) {
	t.Helper()
	uri := dbtest.Control(t)
	store := daemonsdb.Store{DB: dbtest.Pool(t, uri)}
	return daemonsdb.Member{Store: store, ID: uuid.New()}, daemonsdb.Member{Store: store, ID: uuid.New()}
}

func claims(t *testing.T, m daemonsdb.Member, every, lease time.Duration) bool {
	t.Helper()
	mine, err := m.Claim(t.Context(), "count", every, lease)
	require.NoError(t, err)
	return mine
}

func TestOneProcessHasAJobAtATime(t *testing.T) {
	t.Parallel()
	one, two := members(t)
	require.True(t, claims(t, one, 0, time.Hour))
	require.False(t, claims(t, two, 0, time.Hour))
	require.False(t, claims(t, one, 0, time.Hour), "not even the same process")
	require.NoError(t, two.Finish(t.Context(), "count", ""), "it gives back nothing of another's")
	require.False(t, claims(t, two, 0, time.Hour))
	require.NoError(t, one.Finish(t.Context(), "count", "no luck"))
	require.True(t, claims(t, two, 0, time.Hour))

	list, err := one.Jobs(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, list[0].Running)
	require.Equal(t, two.ID, *list[0].DaemonID)
	require.Equal(t, [2]int64{1, 1}, [2]int64{list[0].Runs, list[0].Failures})
	require.Equal(t, "no luck", *list[0].LastError)
}

func TestAJobIsDoneOnceInEachInterval(t *testing.T) {
	t.Parallel()
	one, two := members(t)
	require.True(t, claims(t, one, time.Hour, time.Hour))
	require.NoError(t, one.Finish(t.Context(), "count", ""))
	require.False(t, claims(t, two, time.Hour, time.Hour), "it was begun lately")
	require.True(t, claims(t, two, 0, time.Hour), "unless it is asked for")
}

func TestALostProcessLosesItsClaim(t *testing.T) {
	t.Parallel()
	one, two := members(t)
	require.True(t, claims(t, one, 0, -time.Second))
	require.True(t, claims(t, two, 0, time.Hour))
	require.NoError(t, one.Finish(t.Context(), "count", ""))
	require.False(t, claims(t, one, 0, time.Hour), "who comes back late ends nobody else's claim")
}
