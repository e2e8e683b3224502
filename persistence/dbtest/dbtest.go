// Package dbtest gives tests databases on a real PostgreSQL server.
//
// Each test process that asks for a database gets a throwaway cluster of its own,
// started with the first call and shared by all tests of the process. It lives in
// memory where the system has a folder for that (a database is then made in 15 ms
// where a disk may take 300), with nothing synced. A guard process ends it and
// removes its files as soon as the test process is gone, even by kill -9, so that
// there is nothing to start before the tests and nothing to clean up after them,
// and test processes never see each other's roles, locks or load. To keep the
// start short, initdb runs once for each user and PostgreSQL version; what it made
// stays there and is copied. TMPDIR, where set, says where all this happens.
//
// With ATHENA_TEST_POSTGRES set to a superuser's URI, databases are made on that
// server instead, and dropped by the tests that made them, or, where a process
// was killed, by a later one.
//
// A test never skips for want of a server: it fails and says what is missing.
package dbtest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"athena/persistence/embedded"
)

// patience bounds what the package itself does; it is long for a loaded machine.
const patience = 2 * time.Minute

// New makes an empty database for this test, runs the given SQL in it and returns
// its URI. The database is dropped when the test ends, whoever is still connected.
func New(t testing.TB, sql ...string) string {
	t.Helper()
	uri := create(t, shared(t), "template0")
	Exec(t, uri, sql...)
	return uri
}

// Exec runs SQL in a database; each string may hold several statements.
func Exec(t testing.TB, uri string, sql ...string) {
	t.Helper()
	if len(sql) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, uri)
	require.NoError(t, err)
	defer conn.Close(ctx)
	for _, text := range sql {
		_, err := conn.PgConn().Exec(ctx, text).ReadAll()
		require.NoError(t, err, text)
	}
}

// Pool connects to a database until the test ends.
func Pool(t testing.TB, uri string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), uri)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// Cluster starts a private cluster for a test that kills or stops its server. It
// is stopped and removed when the test ends.
func Cluster(t testing.TB) *embedded.Cluster {
	t.Helper()
	return ClusterWith(t, nil)
}

// ClusterWith starts such a server with settings of its own.
func ClusterWith(t testing.TB, settings map[string]string) *embedded.Cluster {
	t.Helper()
	c, err := start(settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
	return c
}
