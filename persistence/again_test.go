package persistence_test

import (
	"fmt"
	"testing"

	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// TestStatementsThatTheDatabaseUndoes run again a few times, but not inside of a
// transaction, which is undone as a whole.
func TestStatementsThatTheDatabaseUndoes(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"40001", "40P01"} {
		db := dbtest.Pool(t, dbtest.New(t, fmt.Sprintf(`CREATE SEQUENCE tries; CREATE FUNCTION fail(every int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('tries') %% every <> 0 THEN RAISE EXCEPTION USING ERRCODE = '%s'; END IF; RETURN 1; END $$`, state)))
		tries := func() (n int) {
			require.NoError(t, db.QueryRow(t.Context(), "SELECT last_value FROM tries").Scan(&n))
			return n
		}
		one, err := persistence.One[int](t.Context(), db, "number", "SELECT fail($1)", 3)
		require.NoError(t, err)
		require.Equal(t, 1, one)
		all, err := persistence.All[int](t.Context(), db, "SELECT fail($1)", 3)
		require.NoError(t, err)
		require.Equal(t, []int{1}, all)
		require.Equal(t, 6, tries())

		_, err = persistence.All[int](t.Context(), db, "SELECT fail($1)", 1000)
		require.Equal(t, state, persistence.SQLState(err))
		problem, ok := wire.AsProblem(err)
		require.True(t, ok)
		require.Equal(t, wire.BackendUnavailable, problem.Code)
		require.Equal(t, 9, tries(), "it ends")

		tx, err := db.Begin(t.Context())
		require.NoError(t, err)
		_, err = persistence.One[int](t.Context(), tx, "number", "SELECT fail($1)", 1000)
		require.Equal(t, state, persistence.SQLState(err))
		require.NoError(t, tx.Rollback(t.Context()))
		require.Equal(t, 10, tries())
	}
}
