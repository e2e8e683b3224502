package migrate_test

import (
	"context"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"athena/persistence/dbtest"
	"athena/persistence/migrate"
)

func TestBothListsFitIntoOneDatabase(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	for range 2 { // a second run finds nothing to do
		require.NoError(t, migrate.Control(t.Context(), uri))
		require.NoError(t, migrate.Client(t.Context(), uri))
	}
	for _, list := range []migrate.List{migrate.ControlList(), migrate.ClientList()} {
		steps, err := migrate.Status(t.Context(), uri, list)
		require.NoError(t, err)
		require.NotEmpty(t, steps)
		for i, step := range steps {
			require.NotZero(t, step.Applied, step.File)
			require.EqualValues(t, i+1, step.Version, "numbers have no gap")
		}
	}
}

func TestSimultaneousRunsWaitForEachOther(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	var all errgroup.Group
	for range 6 {
		all.Go(func() error { return migrate.Client(context.Background(), uri) })
		all.Go(func() error { return migrate.Control(context.Background(), uri) })
	}
	require.NoError(t, all.Wait())
}

func TestWaitingForAnotherRunEndsWithTheContext(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	hold := migrate.List{Schema: "public", Table: "versions", Files: fstest.MapFS{
		"0001_hold.sql": file("SELECT pg_notify('held', ''); COMMIT; SELECT pg_sleep(3600);", "NO TRANSACTION"),
	}}
	listener := connect(t, uri)
	exec(t, listener, "LISTEN held")
	held := make(chan error, 1)
	go func() { held <- migrate.Up(ctx, uri, hold) }()
	_, err := listener.WaitForNotification(t.Context())
	require.NoError(t, err)

	short, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	require.ErrorIs(t, migrate.Client(short, uri), context.DeadlineExceeded)
	cancel()
	require.ErrorIs(t, <-held, context.Canceled)
	require.NoError(t, migrate.Client(t.Context(), uri), "the lock goes with its holder")
}

func TestFailingFileLeavesNothingAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	files := fstest.MapFS{
		"0001_good.sql": file("CREATE TABLE good (id int);", ""),
		"0002_bad.sql":  file("CREATE TABLE half (id int); SELECT 1/0;", ""),
	}
	list := migrate.List{Schema: "own", Table: "versions", Files: files}
	require.ErrorContains(t, migrate.Up(t.Context(), uri, list), "0002_bad.sql")

	steps, err := migrate.Status(t.Context(), uri, list)
	require.NoError(t, err)
	require.NotZero(t, steps[0].Applied)
	require.Zero(t, steps[1].Applied)

	files["0002_bad.sql"] = file("CREATE TABLE half (id int);", "")
	require.NoError(t, migrate.Up(t.Context(), uri, list))
}

func TestStatusOfAnUntouchedDatabaseTouchesNothing(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	steps, err := migrate.Status(t.Context(), uri, migrate.ClientList())
	require.NoError(t, err)
	require.NotEmpty(t, steps)
	require.Zero(t, steps[0].Applied)
	var schemas int
	require.NoError(t, connect(t, uri).QueryRow(t.Context(),
		"SELECT count(*) FROM pg_namespace WHERE nspname = 'athena'").Scan(&schemas))
	require.Zero(t, schemas)
}

func TestUnreachableServerIsAnErrorWithoutThePassword(t *testing.T) {
	t.Parallel()
	err := migrate.Control(t.Context(), "postgres://athena:hunter2@127.0.0.1:1/x?sslmode=disable")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}

func file(sql, mode string) *fstest.MapFile {
	text := "-- +goose Up\n" + sql + "\n"
	if mode != "" {
		text = "-- +goose " + mode + "\n" + text
	}
	return &fstest.MapFile{Data: []byte(text)}
}

func connect(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}
