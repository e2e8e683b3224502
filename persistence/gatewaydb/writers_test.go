package gatewaydb_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"

	"github.com/stretchr/testify/require"
)

// written is a table whose rows say over which sort of connection they came.
const written = `CREATE TABLE written (id int PRIMARY KEY, by text DEFAULT current_setting('application_name'));
	CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.06); RETURN NEW; END $$`

func write(id int) *sqltext.Insert {
	return &sqltext.Insert{
		Into: sqltext.Name{Table: "written"}, Columns: []string{"id"},
		Rows:      [][]sqltext.Value{{sqltext.Number(strconv.Itoa(id))}},
		Returning: []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: "by"}}},
	}
}

// shared has a world share connections among its writes, and gives ids that are free.
func shared(t *testing.T, w *world) (next func() int) {
	t.Helper()
	id := 1000
	next = func() int { id++; return id }
	require.Eventually(t, func() bool {
		var pair sync.WaitGroup
		for range 4 {
			n := next()
			pair.Go(func() {
				if _, err := w.run(context.Background(), write(n)); err != nil {
					t.Errorf("write %d: %v", n, err)
				}
			})
		}
		pair.Wait()
		return w.rows(write(next())) == onLane
	}, 30*time.Second, time.Millisecond)
	return next
}

const (
	onLane = `[{"by":"athena lane, writes"}]`
	inPool = `[{"by":"athena"}]`
)

func newWrittenWorld(t *testing.T, options gatewaydb.Options) *world {
	t.Helper()
	return newWorldAt(t, dbtest.New(t, written), options)
}

func TestLoneWritesNeedNoConnectionMore(t *testing.T) {
	t.Parallel()
	w := newWrittenWorld(t, gatewaydb.Options{})
	for id := range 5 {
		require.Equal(t, inPool, w.rows(write(id)))
	}
}

func TestWritesNeedNotShare(t *testing.T) {
	t.Parallel()
	w := newWrittenWorld(t, gatewaydb.Options{WriteLanes: -1})
	var callers sync.WaitGroup
	for id := range 50 {
		callers.Go(func() {
			if _, err := w.run(context.Background(), write(id)); err != nil {
				t.Errorf("write %d: %v", id, err)
			}
		})
	}
	callers.Wait()
	require.Equal(t, "50", w.value("SELECT count(*) FROM written WHERE by = 'athena'"))
}

// A write that meets a lock goes on waiting where it is in nobody's way.
func TestSharedWritesWaitForLocksApart(t *testing.T) {
	t.Parallel()
	w := newWrittenWorld(t, gatewaydb.Options{})
	next := shared(t, w)
	tx, err := w.db.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }() // nothing to undo after Commit
	_, err = tx.Exec(t.Context(), "INSERT INTO written VALUES (1)")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := w.run(context.Background(), write(1))
		done <- err
	}()
	w.eventually("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'athena' AND datname = current_database()", "1")
	require.Equal(t, onLane, w.rows(write(next())))
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, <-done)
}

// A write whose time is over is not tried again.
func TestSharedWritesTakeTheirTimeOnce(t *testing.T) {
	t.Parallel()
	w := newWrittenWorld(t, gatewaydb.Options{StatementTimeout: 2 * time.Second})
	next := shared(t, w)
	dbtest.Exec(t, w.uri, `CREATE SEQUENCE tries; CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM nextval('tries'); PERFORM pg_sleep(600); RETURN NEW; END $$;
		CREATE TRIGGER hang BEFORE INSERT ON written FOR EACH ROW EXECUTE FUNCTION hang()`)
	_, err := w.run(t.Context(), write(next()))
	require.Equal(t, "57014", persistence.SQLState(err))
	require.Equal(t, "1", w.value("SELECT last_value FROM tries"))
}

// A shape that is slow again and again leaves the shared connections until it is quick.
func TestSlowWritesLeaveTheSharedConnections(t *testing.T) {
	t.Parallel()
	w := newWrittenWorld(t, gatewaydb.Options{})
	next := shared(t, w)
	dbtest.Exec(t, w.uri, "CREATE TRIGGER dawdle BEFORE INSERT ON written FOR EACH ROW EXECUTE FUNCTION dawdle()")
	for range 6 {
		w.rows(write(next()))
	}
	require.Equal(t, inPool, w.rows(write(next())))
	dbtest.Exec(t, w.uri, "DROP TRIGGER dawdle ON written")
	require.Eventually(t, func() bool { return w.rows(write(next())) == onLane }, 30*time.Second, time.Millisecond)
}
