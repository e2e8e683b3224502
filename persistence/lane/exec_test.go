package lane_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
)

// exclusive is a connection of its own, as a pool of the gateway would give it.
func exclusive(t *testing.T, uri string) *pgconn.PgConn {
	t.Helper()
	cfg, err := pgx.ParseConfig(uri)
	require.NoError(t, err)
	rowjson.Session(cfg.RuntimeParams)
	conn, err := pgconn.ConnectConfig(t.Context(), &cfg.Config)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestExec(t *testing.T) {
	t.Parallel()
	conn := exclusive(t, dbtest.New(t, `CREATE TABLE t (id int PRIMARY KEY, name text)`))
	id := []rowjson.Field{{Key: "ID"}}
	for _, tc := range []struct {
		query lane.Query
		want  string
		tag   string
		rows  int64
	}{
		{query(`INSERT INTO t VALUES ($1, $2), (2, NULL)`, "1", "x"), `[]`, "INSERT 0 2", 0},
		{query(`SELECT * FROM t ORDER BY id`), `[{"id":1,"name":"x"},{"id":2,"name":null}]`, "SELECT 2", 2},
		{query(`SELECT 1 AS a, 2 AS a`), `[{"a":1,"a":2}]`, "SELECT 1", 1},
		{query(`SELECT FROM t`), `[{},{}]`, "SELECT 2", 2},
		{lane.Query{Plan: &lane.Plan{SQL: `UPDATE t SET name = 'y' RETURNING id`, Fields: id}}, `[{"ID":1},{"ID":2}]`, "UPDATE 2", 2},
		{lane.Query{Plan: &lane.Plan{SQL: `DELETE FROM t WHERE false RETURNING id`, Fields: id}}, `[]`, "DELETE 0", 0},
		{query(`SET work_mem = '4MB'`), `[]`, "SET", 0},
		{query(``), `[]`, "", 0},
	} {
		result, err := lane.Exec(t.Context(), conn, rowjson.Builtin(), tc.query, []byte(">"))
		require.NoError(t, err, tc.query.SQL)
		require.Equal(t, ">"+tc.want, string(result.JSON))
		require.Equal(t, tc.tag, result.Tag.String())
		require.Equal(t, tc.rows, result.Rows)
	}
}

func TestExecFails(t *testing.T) {
	t.Parallel()
	conn := exclusive(t, dbtest.New(t, `CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)`))
	fields := []rowjson.Field{{Key: "a"}}
	for _, tc := range []struct{ sql, state string }{
		{`SELECT nonsense`, "42703"},
		{`SELECT 1 / (n - 3) FROM generate_series(1, 5) AS n`, "22012"},
		{`INSERT INTO t VALUES (1), (1) RETURNING id`, "23505"}, // told at the commit, behind the rows
	} {
		q := lane.Query{Plan: &lane.Plan{SQL: tc.sql, Fields: fields}}
		_, err := lane.Exec(t.Context(), conn, rowjson.Builtin(), q, nil)
		require.Equal(t, tc.state, sqlState(t, err))
	}
	q := query(`INSERT INTO t SELECT generate_series(1, 1000) RETURNING id`)
	q.MaxBytes = 100
	_, err := lane.Exec(t.Context(), conn, rowjson.Builtin(), q, nil)
	require.ErrorIs(t, err, lane.ErrTooLarge)
	result, err := lane.Exec(t.Context(), conn, rowjson.Builtin(), query(`SELECT count(*) FROM t`), nil)
	require.NoError(t, err)
	require.Equal(t, `[{"count":1000}]`, string(result.JSON))
}

func TestStream(t *testing.T) {
	t.Parallel()
	conn := exclusive(t, dbtest.New(t))
	var all bytes.Buffer
	var largest int
	q := query(`SELECT n, repeat('x', 100) AS pad FROM generate_series(1, $1::int) AS n`, "20000")
	result, err := lane.Stream(t.Context(), conn, rowjson.Builtin(), q, func(chunk []byte) error {
		largest = max(largest, len(chunk))
		all.Write(chunk)
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, 20000, result.Rows)
	require.Nil(t, result.JSON)
	require.Less(t, largest, lane.ChunkSize+1000)
	var rows []struct{ N int }
	require.NoError(t, json.Unmarshal(all.Bytes(), &rows))
	require.Len(t, rows, 20000)
	require.Equal(t, 20000, rows[19999].N)
}

func TestStreamOfNothing(t *testing.T) {
	t.Parallel()
	conn := exclusive(t, dbtest.New(t))
	var all strings.Builder
	_, err := lane.Stream(t.Context(), conn, rowjson.Builtin(), query(`SELECT 1 WHERE false`), func(chunk []byte) error {
		all.Write(chunk)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, `[]`, all.String())
}

func TestStreamIsBrokenOff(t *testing.T) {
	t.Parallel()
	conn := exclusive(t, dbtest.New(t))
	gone := errors.New("reader has gone")
	// Nobody would wait for the end of this one.
	q := query(`SELECT a FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b`)
	_, err := lane.Stream(t.Context(), conn, rowjson.Builtin(), q, func([]byte) error { return gone })
	require.ErrorIs(t, err, gone)
	require.True(t, conn.IsClosed())
}

func TestStreamFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	conn := exclusive(t, dbtest.New(t))
	chunks := 0
	q := query(`SELECT repeat('x', 1000) || 1 / (n - 500) AS v FROM generate_series(1, 1000) AS n`)
	_, err := lane.Stream(t.Context(), conn, rowjson.Builtin(), q, func([]byte) error { chunks++; return nil })
	require.Equal(t, "22012", sqlState(t, err))
	require.Positive(t, chunks)
}
