package lane_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
)

// execPrepared runs a text with one argument on a connection and gives the JSON.
func execPrepared(t *testing.T, conn *pgconn.PgConn, sql string, args ...string) string {
	t.Helper()
	q := lane.Query{Plan: &lane.Plan{SQL: sql}}
	for _, arg := range args {
		q.Args = append(q.Args, []byte(arg))
	}
	result, err := lane.ExecPrepared(t.Context(), conn, rowjson.Builtin(), q, nil)
	require.NoError(t, err)
	return string(result.JSON)
}

func names(t *testing.T, conn *pgconn.PgConn) string {
	t.Helper()
	r := conn.ExecParams(t.Context(), "SELECT count(*) FROM pg_prepared_statements", nil, nil, nil, nil).Read()
	require.NoError(t, r.Err)
	return string(r.Rows[0][0])
}

func run(t *testing.T, conn *pgconn.PgConn, sql string) {
	t.Helper()
	require.NoError(t, conn.Exec(t.Context(), sql).Close())
}

func preparedConn(t *testing.T, uri string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestExecPrepared(t *testing.T) {
	t.Parallel()
	const insert = "INSERT INTO thing (n) VALUES ($1) RETURNING n"
	setup := func(t *testing.T) (*pgconn.PgConn, string) {
		t.Helper()
		uri := dbtest.New(t, "CREATE TABLE thing (n int)")
		return preparedConn(t, uri), uri
	}
	t.Run("once for each text", func(t *testing.T) {
		t.Parallel()
		conn, _ := setup(t)
		for i := range 5 {
			require.Equal(t, fmt.Sprintf(`[{"n":%d}]`, i), execPrepared(t, conn, insert, fmt.Sprint(i)))
		}
		require.Equal(t, `[{"n":"x"}]`, execPrepared(t, conn, "SELECT $1 AS n", "x"))
		require.Equal(t, "2", names(t, conn))
	})
	t.Run("nothing of what was deallocated is missed", func(t *testing.T) {
		t.Parallel()
		conn, _ := setup(t)
		for _, loss := range []string{"DEALLOCATE ALL", "DISCARD ALL"} {
			execPrepared(t, conn, insert, "1")
			run(t, conn, loss)
			require.Equal(t, `[{"n":2}]`, execPrepared(t, conn, insert, "2"))
		}
		execPrepared(t, conn, insert, "3")
		run(t, conn, "DEALLOCATE ALL")
		lane.ForgetPrepared(conn)
		require.Equal(t, `[{"n":4}]`, execPrepared(t, conn, insert, "4"))
		require.Equal(t, "1", names(t, conn))
	})
	t.Run("a result of another type", func(t *testing.T) {
		t.Parallel()
		conn, uri := setup(t)
		require.Equal(t, `[{"n":1}]`, execPrepared(t, conn, insert, "1"))
		dbtest.Exec(t, uri, "ALTER TABLE thing ALTER COLUMN n TYPE text")
		require.Equal(t, `[{"n":"2"}]`, execPrepared(t, conn, insert, "2"))
		require.Equal(t, `[{"n":"3"}]`, execPrepared(t, conn, insert, "3"))
		require.Equal(t, "1", names(t, conn))
	})
	t.Run("sessions that change behind a pooler", func(t *testing.T) {
		t.Parallel()
		conn, _ := setup(t)
		for i := range 20 { // each time as if the text were new to the session
			require.Equal(t, fmt.Sprintf(`[{"n":%d}]`, i), execPrepared(t, conn, insert, fmt.Sprint(i)))
			run(t, conn, "DEALLOCATE ALL")
		}
		execPrepared(t, conn, insert, "1")
		require.Equal(t, "0", names(t, conn), "it still prepares")
	})
	t.Run("the text is there already", func(t *testing.T) {
		t.Parallel()
		conn, _ := setup(t)
		execPrepared(t, conn, insert, "1")
		lane.ForgetPrepared(conn) // as if the other connection of a pooler had prepared it
		require.Equal(t, `[{"n":2}]`, execPrepared(t, conn, insert, "2"))
	})
	t.Run("bounded", func(t *testing.T) {
		t.Parallel()
		conn, _ := setup(t)
		for i := range 510 {
			execPrepared(t, conn, fmt.Sprintf("SELECT %d AS n", i))
		}
		require.Equal(t, "500", names(t, conn))
		require.Equal(t, `[{"n":0}]`, execPrepared(t, conn, "SELECT 0 AS n"))
	})
	t.Run("a refusal is the server's own and leaves the statement", func(t *testing.T) {
		t.Parallel()
		conn, _ := setup(t)
		q := lane.Query{Plan: &lane.Plan{SQL: insert}, Args: [][]byte{[]byte("x")}}
		_, err := lane.ExecPrepared(t.Context(), conn, rowjson.Builtin(), q, nil)
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, "22P02", refused.Code)
		require.Contains(t, refused.Where, "$1")
		require.Equal(t, `[{"n":2}]`, execPrepared(t, conn, insert, "2"))
	})
}

// BenchmarkInsert compares a single insert as it was, parsed each time, with a
// prepared one.
func BenchmarkInsert(b *testing.B) {
	uri := dbtest.New(b, "CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, n int, at timestamptz DEFAULT now())")
	plan := &lane.Plan{SQL: `INSERT INTO "public"."thing" AS t0 ("name", "n") VALUES ($1, $2) RETURNING t0."id", t0."name", t0."n", t0."at"`}
	q := lane.Query{Plan: plan, Args: [][]byte{[]byte("name"), []byte("7")}}
	for name, exec := range map[string]func() error{
		"parsed":   benchExec(b, uri, q, lane.Exec),
		"prepared": benchExec(b, uri, q, lane.ExecPrepared),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, exec())
			}
		})
	}
}

type execFunc func(context.Context, *pgconn.PgConn, *rowjson.Types, lane.Query, []byte) (lane.Result, error)

func benchExec(b *testing.B, uri string, q lane.Query, exec execFunc) func() error {
	conn, err := pgconn.Connect(b.Context(), uri)
	require.NoError(b, err)
	types, buffer := rowjson.Builtin(), make([]byte, 0, 1024)
	return func() error {
		_, err := exec(b.Context(), conn, types, q, buffer[:0])
		return err
	}
}
