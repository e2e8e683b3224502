package migrate_test

import (
	"net/url"
	"testing"

	"athena/persistence/dbtest"
	"athena/persistence/migrate"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// watched is a client's database that tells of changes, and a connection that listens.
func watched(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	permitted, err := migrate.Watch(t.Context(), uri, true)
	require.NoError(t, err)
	require.True(t, permitted)
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(t.Context())) })
	_, err = conn.Exec(t.Context(), "LISTEN athena_schema_changed")
	require.NoError(t, err)
	return conn
}

// told runs statements and reports whether something was told of them.
func told(t *testing.T, conn *pgx.Conn, uri string, sql ...string) bool {
	t.Helper()
	dbtest.Exec(t, uri, append(sql, "NOTIFY athena_schema_changed, 'mark'")...)
	n, err := conn.WaitForNotification(t.Context())
	require.NoError(t, err)
	if n.Payload == "mark" {
		return false
	}
	for n.Payload != "mark" {
		n, err = conn.WaitForNotification(t.Context())
		require.NoError(t, err)
	}
	return true
}

func TestWatch(t *testing.T) {
	t.Parallel()
	uri := dbtest.Client(t)
	conn := watched(t, uri)
	for _, tc := range []struct {
		sql  string
		told bool
	}{
		{"CREATE TABLE a (id int)", true},
		{"ALTER TABLE a ADD COLUMN n int", true},
		{"COMMENT ON COLUMN a.n IS 'x'", true},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", true},
		{"CREATE TEMP TABLE b (id int)", false},
		{"CREATE TEMP TABLE c (id int); DROP TABLE c", false},
		{"CREATE MATERIALIZED VIEW m AS SELECT 1 AS n", true},
		{"REFRESH MATERIALIZED VIEW m", false},
		{"INSERT INTO a VALUES (1)", false},
		{"BEGIN; CREATE TABLE undone (id int); ROLLBACK", false},
		{"DROP FUNCTION f()", true},
		{"DROP TABLE a", true},
	} {
		require.Equal(t, tc.told, told(t, conn, uri, tc.sql), tc.sql)
	}
	permitted, err := migrate.Watch(t.Context(), uri, true)
	require.NoError(t, err)
	require.True(t, permitted, "again")
	permitted, err = migrate.Watch(t.Context(), uri, false)
	require.NoError(t, err)
	require.True(t, permitted)
	told(t, conn, uri) // of the watching itself
	require.False(t, told(t, conn, uri, "CREATE TABLE a (id int)"))
}

// TestWatchFailsNobody: whatever is wrong with what tells, statements that change the
// schema are done.
func TestWatchFailsNobody(t *testing.T) {
	t.Parallel()
	uri := dbtest.Client(t)
	conn := watched(t, uri)
	dbtest.Exec(t, uri, `DROP ROLE IF EXISTS athena_watch_guest; CREATE ROLE athena_watch_guest LOGIN PASSWORD 'guest'; GRANT CREATE ON SCHEMA public TO athena_watch_guest`)
	t.Cleanup(func() { dbtest.Exec(t, uri, "DROP OWNED BY athena_watch_guest; DROP ROLE athena_watch_guest") })
	u, err := url.Parse(uri)
	require.NoError(t, err)
	u.User = url.UserPassword("athena_watch_guest", "guest")
	guest := u.String()
	n, err := conn.WaitForNotification(t.Context())
	require.NoError(t, err)
	require.Equal(t, "-", n.Payload, "a right is no object")
	dbtest.Exec(t, guest, "CREATE TABLE by_guest (id int)")
	n, err = conn.WaitForNotification(t.Context())
	require.NoError(t, err)
	require.Regexp(t, `^r\d+$`, n.Payload, "of everybody's changes")
	dbtest.Exec(t, uri, "REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC")
	dbtest.Exec(t, guest, "CREATE TABLE untold (id int); ALTER TABLE untold ADD COLUMN n int; DROP TABLE untold")
	permitted, err := migrate.Watch(t.Context(), guest, true)
	require.NoError(t, err)
	require.False(t, permitted)
	dbtest.Exec(t, uri, "DROP SCHEMA athena CASCADE", "CREATE TABLE after_all (id int)")
}

// TestWatchLetsTransactionsBePrepared: one that had notified could not be.
func TestWatchLetsTransactionsBePrepared(t *testing.T) {
	t.Parallel()
	cluster := dbtest.ClusterWith(t, map[string]string{"max_prepared_transactions": "2"})
	uri := cluster.URI("postgres")
	require.NoError(t, migrate.Client(t.Context(), uri))
	conn := watched(t, uri)
	for _, sql := range []string{"BEGIN", "CREATE TABLE a (id int)", "DROP TABLE a", "CREATE TABLE b (id int)", "PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'"} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql)
	}
}
