package gatewaydb_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// world is a store over a database of its own, and a way past it.
type world struct {
	*gatewaydb.Store
	t   *testing.T
	uri string
	db  *pgxpool.Pool
}

const tables = `CREATE TABLE things (id int PRIMARY KEY, name text);
	INSERT INTO things SELECT g, 'thing ' || g FROM generate_series(1, 10) g;
	CREATE VIEW slow AS SELECT 1 AS id FROM pg_sleep(600);
	CREATE SEQUENCE tickets;
	CREATE VIEW drawn AS SELECT nextval('tickets') AS number;
	CREATE VIEW large AS SELECT repeat('x', 10 << 20) AS text;
	CREATE VIEW larger AS SELECT repeat('x', 30 << 20) AS text`

func newWorld(t *testing.T, options gatewaydb.Options) *world {
	t.Helper()
	return newWorldAt(t, dbtest.New(t, tables), options)
}

func newWorldAt(t *testing.T, uri string, options gatewaydb.Options) *world {
	t.Helper()
	options.PoolSize, options.Lanes = 4, 1
	store, err := gatewaydb.Open(t.Context(), uri, options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	return &world{store, t, uri, dbtest.Pool(t, uri)}
}

var public = gatewaydb.Mode{Path: []string{"public"}}

// run compiles and runs a request.
func (w *world) run(ctx context.Context, request any) (gatewaydb.Result, error) {
	st, err := w.Prepare(ctx, request, public, nil)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	return w.Run(ctx, st)
}

func (w *world) rows(request any) string {
	w.t.Helper()
	result, err := w.run(w.t.Context(), request)
	require.NoError(w.t, err)
	defer result.Release()
	return string(result.JSON)
}

func (w *world) value(sql string) (value string) {
	w.t.Helper()
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), "SELECT ("+sql+")::text").Scan(&value))
	return value
}

func (w *world) eventually(sql, want string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.value(sql) == want }, 30*time.Second, 10*time.Millisecond, sql)
}

func from(table string) *sqltext.Read { return &sqltext.Read{From: sqltext.Name{Table: table}} }

func byID(id int) sqltext.Cond {
	return &sqltext.Compare{Operand: sqltext.Operand{Name: "id"}, Op: sqltext.Eq, Value: sqltext.Number(fmt.Sprint(id))}
}

func rename(id int, name string) *sqltext.Update {
	return &sqltext.Update{
		Table: sqltext.Name{Table: "things"}, Where: byID(id),
		Set:       []sqltext.Assignment{{Column: "name", Value: sqltext.String(name)}},
		Returning: []sqltext.Item{&sqltext.Star{}},
	}
}

func code(t *testing.T, err error) wire.Code {
	t.Helper()
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	return p.Code
}

func TestReadsThatAreTooMuchForALane(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{MaxAnswer: 20 << 20})
	t.Run("large", func(t *testing.T) {
		for range 5 { // on the lane at first, at once on a connection later
			require.Greater(t, len(w.rows(from("large"))), 10<<20)
		}
	})
	t.Run("too large for any", func(t *testing.T) {
		_, err := w.run(t.Context(), from("larger"))
		require.Equal(t, wire.AnswerTooLarge, code(t, err))
	})
	t.Run("slow", func(t *testing.T) {
		w := newWorld(t, gatewaydb.Options{LaneTimeout: time.Second, StatementTimeout: 4 * time.Second})
		_, err := w.run(t.Context(), from("slow"))
		require.Equal(t, wire.StatementTimeout, code(t, err))
	})
	t.Run("writing", func(t *testing.T) {
		require.JSONEq(t, `[{"number":1}]`, w.rows(from("drawn")))
	})
	t.Run("the lane serves others after", func(t *testing.T) {
		require.JSONEq(t, `[{"id":1,"name":"thing 1"}]`, w.rows(&sqltext.Read{From: sqltext.Name{Table: "things"}, Where: byID(1)}))
		require.True(t, w.Healthy())
	})
}

// TestShapesAreCompiledOnce: requests that differ in values share a statement, and
// the catalog's change takes it away.
func TestShapesAreCompiledOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	for i := range 10 {
		w.rows(rename(i+1, "again"))
		w.rows(&sqltext.Read{From: sqltext.Name{Table: "things"}, Where: byID(i)})
	}
	require.Equal(t, 2, w.Plans())
	dbtest.Exec(t, w.uri, "ALTER TABLE things ADD COLUMN more int DEFAULT 7")
	require.NoError(t, w.Refresh(t.Context()))
	require.Zero(t, w.Plans())
	require.JSONEq(t, `[{"id":1,"name":"again","more":7}]`, w.rows(&sqltext.Read{From: sqltext.Name{Table: "things"}, Where: byID(1)}))
	require.JSONEq(t, `[{"id":1,"name":"more","more":7}]`, w.rows(rename(1, "more")))
}

// TestDeadlockIsRetried: the store's update waits for another transaction, which
// then waits for it. The server undoes the one that first looks for a deadlock: the
// store's, since the other looks much later. Its own pause leaves time for the
// circle to close.
func TestDeadlockIsRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	dbtest.Exec(t, w.uri, `CREATE FUNCTION second_lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		PERFORM set_config('deadlock_timeout', '3s', true); PERFORM pg_advisory_xact_lock(7); PERFORM pg_advisory_xact_lock(8); RETURN NEW; END $$;
		CREATE TRIGGER second_lock BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION second_lock()`)
	tx, err := w.db.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }() // nothing to undo after Commit
	_, err = tx.Exec(t.Context(), "SET LOCAL deadlock_timeout = '1min'; SELECT pg_advisory_xact_lock(8)")
	require.NoError(t, err)

	type outcome struct {
		result gatewaydb.Result
		err    error
	}
	updated := make(chan outcome, 1)
	go func() {
		result, err := w.run(t.Context(), rename(1, "after all"))
		updated <- outcome{result, err}
	}()
	w.eventually("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 8 AND NOT granted", "1")
	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(7)") // the circle closes; the store's update is undone
	require.NoError(t, err)
	require.NoError(t, tx.Commit(t.Context()))
	o := <-updated
	require.NoError(t, o.err)
	require.JSONEq(t, `[{"id":1,"name":"after all"}]`, string(o.result.JSON))
	require.NotEqual(t, "0", w.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
}

// TestSerializationFailures that do not end are the caller's to repeat.
func TestSerializationFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	dbtest.Exec(t, w.uri, `CREATE SEQUENCE tries; CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('tries') % 4 <> 0 THEN RAISE serialization_failure; END IF; RETURN NEW; END $$;
		CREATE TRIGGER fail BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION fail()`)
	_, err := w.run(t.Context(), rename(1, "x"))
	require.Equal(t, wire.SerializationFail, code(t, err))
	require.Equal(t, "3", w.value("SELECT last_value FROM tries"))
	require.JSONEq(t, `[{"id":1,"name":"y"}]`, w.rows(rename(1, "y")))
}

// TestCancellation: when the caller goes away, the server stops working for them.
func TestCancellation(t *testing.T) {
	t.Parallel()
	const running = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`
	for _, tc := range []struct {
		name string
		run  func(ctx context.Context, w *world) error
	}{
		{"raw", func(ctx context.Context, w *world) error {
			_, err := w.Query(ctx, gatewaydb.Raw{SQL: "SELECT pg_sleep(600)"})
			return err
		}},
		{"lane", func(ctx context.Context, w *world) error { _, err := w.run(ctx, from("slow")); return err }},
		{"write", func(ctx context.Context, w *world) error {
			u := rename(1, "x")
			u.Where = &sqltext.Compare{Operand: sqltext.Operand{Name: "nap"}, Op: sqltext.Eq, Value: sqltext.Number("1")}
			_, err := w.run(ctx, u)
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, gatewaydb.Options{LaneTimeout: time.Second})
			dbtest.Exec(t, w.uri, `CREATE FUNCTION nap(t things) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN 1; END $$`)
			require.NoError(t, w.Refresh(t.Context()))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- tc.run(ctx, w) }()
			w.eventually(running, "1")
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
			w.eventually(running, "0")
			require.JSONEq(t, `[{"id":2,"name":"later"}]`, w.rows(rename(2, "later")))
		})
	}
}

// TestBusyPool: who waits for a connection until the deadline is told why.
func TestBusyPool(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 4 {
		go func() { _, _ = w.Query(ctx, gatewaydb.Raw{SQL: "SELECT pg_sleep(600)"}) }() // ends with the test
	}
	w.eventually(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`, "4")
	late, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := w.run(late, rename(1, "x"))
	require.Equal(t, wire.Overloaded, code(t, err))
}

// TestLostConnections are 503, and the store recovers by itself.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	_, err := w.Query(t.Context(), gatewaydb.Raw{SQL: "SELECT pg_terminate_backend(pg_backend_pid())"})
	require.Equal(t, wire.BackendUnavailable, code(t, err))
	w.value(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'athena%'`)
	require.Eventually(t, func() bool {
		_, err := w.run(t.Context(), from("things"))
		return err == nil
	}, 30*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		_, err := w.run(t.Context(), rename(1, "back"))
		return err == nil
	}, 30*time.Second, 20*time.Millisecond)
}

func TestOpenTellsNoSecret(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"postgres://u:hunter2@127.0.0.1:1/db?connect_timeout=2", "postgres://u:hunter2@[::1/db", "hunter2"} {
		_, err := gatewaydb.Open(t.Context(), uri, gatewaydb.Options{})
		require.Error(t, err)
		p, ok := wire.AsProblem(err)
		require.False(t, strings.Contains(err.Error(), "hunter2") && !ok, "%v", err)
		if ok {
			require.NotContains(t, p.Detail, "hunter2")
		}
	}
}

// TestARowInAZoneSharesNothing: a transaction has one time zone.
func TestARowInAZoneSharesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, gatewaydb.Options{})
	for zone, shares := range map[string]bool{"": true, "Asia/Tokyo": false} {
		st, err := w.Prepare(t.Context(), &sqltext.Insert{
			Into: sqltext.Name{Table: "things"}, Columns: []string{"name"}, Rows: [][]sqltext.Value{{sqltext.String("a")}},
		}, gatewaydb.Mode{Path: []string{"public"}, Zone: zone}, nil)
		require.NoError(t, err)
		require.Equal(t, shares, st.Shareable(), zone)
	}
}
