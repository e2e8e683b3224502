package gatewaydb_test

import (
	"context"
	"testing"

	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// reads are the ways to read what a view shows.
var reads = map[string]func(w *world, view string) (string, error){
	"rows": func(w *world, view string) (string, error) {
		result, err := w.run(w.t.Context(), from(view))
		defer result.Release()
		return string(result.JSON), err
	},
	"query": func(w *world, view string) (string, error) {
		result, err := w.Query(w.t.Context(), gatewaydb.Raw{SQL: "SELECT * FROM " + view, ReadOnly: true})
		defer result.Release()
		return string(result.JSON), err
	},
	"stream": func(w *world, view string) (text string, err error) {
		st, err := w.Prepare(w.t.Context(), from(view), public, nil)
		require.NoError(w.t, err)
		err = w.Stream(w.t.Context(), st, func(rows []byte) error { text += string(rows); return nil })
		return text, err
	},
}

// TestReadsThatADeadlockUndoes run again. The circle closes as in TestDeadlockIsRetried.
// On a lane the time for a statement is over sooner.
func TestReadsThatADeadlockUndoes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"query", "stream"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, gatewaydb.Options{})
			dbtest.Exec(t, w.uri, `CREATE FUNCTION two_locks() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
				PERFORM set_config('deadlock_timeout', '3s', true); PERFORM pg_advisory_xact_lock(7); PERFORM pg_advisory_xact_lock(8); RETURN 1; END $$;
				CREATE VIEW locks AS SELECT two_locks() AS one`)
			require.NoError(t, w.Refresh(t.Context()))
			tx, err := w.db.Begin(t.Context())
			require.NoError(t, err)
			defer func() { _ = tx.Rollback(context.Background()) }() // nothing to undo after Commit
			_, err = tx.Exec(t.Context(), "SET LOCAL deadlock_timeout = '1min'; SELECT pg_advisory_xact_lock(8)")
			require.NoError(t, err)
			type outcome struct {
				rows string
				err  error
			}
			done := make(chan outcome, 1)
			go func() {
				rows, err := reads[name](w, "locks")
				done <- outcome{rows, err}
			}()
			w.eventually("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 8 AND NOT granted", "1")
			_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(7)")
			require.NoError(t, err)
			require.NoError(t, tx.Commit(t.Context()))
			o := <-done
			require.NoError(t, o.err)
			require.JSONEq(t, `[{"one":1}]`, o.rows)
			require.NotEqual(t, "0", w.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
		})
	}
}

// TestReadsOnALaneThatTheDatabaseUndoes run again on a connection of their own.
func TestReadsOnALaneThatTheDatabaseUndoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	dbtest.Exec(t, w.uri, `CREATE SEQUENCE tries; CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
		IF current_setting('transaction_read_only') = 'on' OR nextval('tries') % 4 <> 0 THEN RAISE serialization_failure; END IF; RETURN 1; END $$;
		CREATE VIEW fails AS SELECT fail() AS one`)
	require.NoError(t, w.Refresh(t.Context()))
	_, err := w.run(t.Context(), from("fails"))
	require.Equal(t, wire.BackendUnavailable, code(t, err))
	require.Equal(t, "3", w.value("SELECT last_value FROM tries"))
	require.JSONEq(t, `[{"one":1}]`, w.rows(from("fails")))
}

// TestReadsThatTheDatabaseKeepsUndoing are no conflict of their callers.
func TestReadsThatTheDatabaseKeepsUndoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	dbtest.Exec(t, w.uri, `CREATE FUNCTION fail(state text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = state; END $$;
		CREATE VIEW f40001 AS SELECT fail('40001') AS one; CREATE VIEW f40p01 AS SELECT fail('40P01') AS one; CREATE VIEW f55p03 AS SELECT fail('55P03') AS one`)
	require.NoError(t, w.Refresh(t.Context()))
	for view, state := range map[string]string{"f40001": "40001", "f40p01": "40P01", "f55p03": "55P03"} {
		for name, read := range reads {
			_, err := read(w, view)
			p, ok := wire.AsProblem(err)
			require.True(t, ok, "%s of %s: %v", name, view, err)
			require.Equal(t, wire.BackendUnavailable, p.Code, "%s of %s", name, view)
			require.Positive(t, p.RetryAfter)
			require.Equal(t, state, persistence.SQLState(err))
		}
	}
}
