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

// claims has a process claim the job, and gives the id of the claim.
func claims(t *testing.T, m daemonsdb.Member, every, lease time.Duration, mine bool) uuid.UUID {
	t.Helper()
	id := uuid.New()
	got, err := m.Claim(t.Context(), "count", id, every, lease)
	require.NoError(t, err)
	require.Equal(t, mine, got)
	return id
}

func TestOneProcessHasAJobAtATime(t *testing.T) {
	t.Parallel()
	one, two := members(t)
	id := claims(t, one, 0, time.Hour, true)
	claims(t, two, 0, time.Hour, false)
	own := claims(t, one, 0, time.Hour, false) // not even the same process
	require.NoError(t, two.Finish(t.Context(), "count", id, ""), "it gives back nothing of another's")
	require.NoError(t, one.Finish(t.Context(), "count", own, ""), "nor what was not claimed")
	claims(t, two, 0, time.Hour, false)
	require.NoError(t, one.Finish(t.Context(), "count", id, "no luck"))
	require.NoError(t, one.Finish(t.Context(), "count", id, "again"), "what was given back changes nothing")
	claims(t, two, 0, time.Hour, true)

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
	id := claims(t, one, time.Hour, time.Hour, true)
	require.NoError(t, one.Finish(t.Context(), "count", id, ""))
	claims(t, two, time.Hour, time.Hour, false) // it was begun lately
	claims(t, two, 0, time.Hour, true)          // unless it is asked for
}

// TestWhoComesBackLateEndsNobodysClaim: neither another process's nor a newer one of its own.
func TestWhoComesBackLateEndsNobodysClaim(t *testing.T) {
	t.Parallel()
	one, two := members(t)
	lost := claims(t, one, 0, -time.Second, true)
	other := claims(t, two, 0, -time.Second, true)
	require.NoError(t, one.Finish(t.Context(), "count", lost, ""))
	claims(t, one, 0, time.Hour, true)
	require.NoError(t, one.Finish(t.Context(), "count", lost, ""))
	require.NoError(t, two.Finish(t.Context(), "count", other, ""))
	claims(t, two, 0, time.Hour, false)
}
