package lane_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/lane"
)

const people = `
CREATE TABLE people (
	id bigint PRIMARY KEY, public_id uuid NOT NULL, email text NOT NULL, full_name text, balance numeric(12,2),
	active boolean NOT NULL, created_at timestamptz NOT NULL, profile jsonb, score float8);
INSERT INTO people
SELECT i, md5(i::text)::uuid, 'person' || i || '@example.com', 'Some "One" ' || i, i * 1.37, i % 3 = 0,
       '2024-01-01 00:00:00+00'::timestamptz + i * interval '17 minutes 0.25 seconds',
       jsonb_build_object('level', i % 10, 'tags', jsonb_build_array('a', 'b')), i / 7.0
  FROM generate_series(1, 20000) AS i;
ANALYZE people;`

const columnList = `id, public_id, email, full_name, balance, active, created_at, profile, score`

const (
	pointSQL = `SELECT ` + columnList + ` FROM people WHERE id = $1`
	pageSQL  = `SELECT ` + columnList + ` FROM people WHERE id > $1 ORDER BY id LIMIT 100`
)

// BenchmarkRead sets lanes beside the usual way to answer a read as JSON: json_agg
// in the server, over a pool of 16 connections. 64 callers at once.
func BenchmarkRead(b *testing.B) {
	uri := dbtest.New(b, people)
	for _, read := range []struct{ name, sql string }{{"point", pointSQL}, {"page", pageSQL}} {
		b.Run(read.name+"/pool16", func(b *testing.B) { benchmarkPool(b, uri, read.sql) })
		for _, lanes := range []int{1, 2, 3, 4} {
			b.Run(fmt.Sprintf("%s/lanes%d", read.name, lanes), func(b *testing.B) { benchmarkLanes(b, uri, read.sql, lanes) })
		}
	}
}

func benchmarkPool(b *testing.B, uri, sql string) {
	cfg, err := pgxpool.ParseConfig(uri)
	require.NoError(b, err)
	cfg.MaxConns = 16
	pool, err := pgxpool.NewWithConfig(b.Context(), cfg)
	require.NoError(b, err)
	defer pool.Close()
	sql = `SELECT coalesce(json_agg(r), '[]') FROM (` + sql + `) AS r`
	crowd(b, uri, func(ctx context.Context, id int64) error {
		var answer []byte
		return pool.QueryRow(ctx, sql, id).Scan(&answer)
	})
}

func benchmarkLanes(b *testing.B, uri, sql string, lanes int) {
	cfg, err := pgconn.ParseConfig(uri)
	require.NoError(b, err)
	set, err := lane.OpenSet(b.Context(), cfg, lane.SetOptions{Lanes: lanes})
	require.NoError(b, err)
	require.NoError(b, set.Ready(b.Context()))
	defer set.Close(context.Background())
	plan := &lane.Plan{SQL: sql}
	buffers := sync.Pool{New: func() any { return new([]byte) }}
	crowd(b, uri, func(ctx context.Context, id int64) error {
		buf := buffers.Get().(*[]byte)
		result, err := set.Do(ctx, lane.Query{Plan: plan, Args: [][]byte{strconv.AppendInt(nil, id, 10)}}, (*buf)[:0])
		if err == nil {
			*buf = result.JSON
			buffers.Put(buf)
		}
		return err
	})
}

// crowd shares b.N reads among 64 callers, each with a deadline as requests have.
func crowd(b *testing.B, uri string, read func(ctx context.Context, id int64) error) {
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	for range 100 {
		require.NoError(b, read(ctx, 1))
	}
	var next atomic.Int64
	var callers sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	own, server := ownTime(b), serverTime(b, uri)
	for range 64 {
		callers.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := read(ctx, 1+n*7919%19000); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.StopTimer()
	b.ReportMetric(float64(ownTime(b)-own)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(serverTime(b, uri)-server)/float64(b.N), "server-cpu-ns/op")
}

func ownTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// serverTime is what the backends of a database have used of the processors; zero
// where the system does not tell.
func serverTime(b *testing.B, uri string) (total time.Duration) {
	conn, err := pgx.Connect(b.Context(), uri)
	require.NoError(b, err)
	defer conn.Close(b.Context())
	rows, err := conn.Query(b.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
	require.NoError(b, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	require.NoError(b, err)
	for _, pid := range pids {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		running, _, _ := strings.Cut(string(text), " ")
		nanos, _ := strconv.ParseInt(running, 10, 64)
		total += time.Duration(nanos)
	}
	return total
}
