package gatewaydb_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"athena/persistence/catalog"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// manyTables makes a database of n tables, over two connections.
func manyTables(t testing.TB, n int) string {
	t.Helper()
	const each = 1000 // a transaction holds a lock for each table that it makes
	uri := dbtest.New(t)
	pool := dbtest.Pool(t, uri)
	var both errgroup.Group
	both.SetLimit(2)
	for from := 0; from < n; from += each {
		both.Go(func() error {
			_, err := pool.Exec(t.Context(), fmt.Sprintf(`DO $$ BEGIN FOR i IN %d..%d LOOP
				EXECUTE format('CREATE TABLE t%%s (id int PRIMARY KEY, name text, at timestamptz DEFAULT now())', i); END LOOP; END $$`, from, min(from+each, n)-1))
			return err
		})
	}
	require.NoError(t, both.Wait())
	return uri
}

// TestReadsWhileTheSchemaIsRead: the schema that was known serves for as long as another
// is being read, of which many tables are a part.
func TestReadsWhileTheSchemaIsRead(t *testing.T) {
	t.Parallel()
	const many = 2000
	uri := manyTables(t, many)
	store, err := gatewaydb.Open(t.Context(), uri, gatewaydb.Options{PoolSize: 4, Lanes: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
	// Comments are what the reading waits for, and no other statement does.
	conn, err := dbtest.Pool(t, uri).Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	for _, sql := range []string{"ALTER TABLE t7 ADD COLUMN more text", "BEGIN", "LOCK TABLE pg_catalog.pg_description IN ACCESS EXCLUSIVE MODE"} {
		_, err = conn.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	store.Reread()
	waiting := func() bool {
		var n int
		row := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pg_catalog.pg_description'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
		require.NoError(t, row.Scan(&n))
		return n > 0
	}
	require.Eventually(t, waiting, time.Minute, time.Millisecond)
	for i := range many {
		st, err := store.Prepare(t.Context(), &sqltext.Read{From: sqltext.Name{Table: fmt.Sprintf("t%d", i)}}, public, nil)
		require.NoError(t, err)
		result, err := store.Run(t.Context(), st)
		require.NoError(t, err)
		result.Release()
	}
	require.True(t, waiting(), "all were read while the schema was")
	old, _ := store.Catalog().Table("public", "t7")
	require.Len(t, old.Columns, 3)
	_, err = conn.Exec(t.Context(), "COMMIT")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		fresh, _ := store.Catalog().Table("public", "t7")
		return len(fresh.Columns) == 4
	}, time.Minute, time.Millisecond)
	require.Len(t, old.Columns, 3, "what is in use does not change")
}

// BenchmarkSchemaOfManyTables measures a database of 60,000 tables: reading its schema,
// looking whether it changed, taking up the change of one table, what it takes of memory,
// and how long reads take while it is being read again.
func BenchmarkSchemaOfManyTables(b *testing.B) {
	const many = 60_000
	uri := manyTables(b, many)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	before := heap()
	began := time.Now()
	store, err := gatewaydb.Open(b.Context(), uri, gatewaydb.Options{})
	require.NoError(b, err)
	opened := time.Since(began)
	b.Cleanup(func() { require.NoError(b, store.Close(context.Background())) })
	kept := heap() - before

	one := int64(1)
	read := &sqltext.Read{From: sqltext.Name{Table: fmt.Sprintf("t%d", many-1)}, Limit: &one}
	point := func() time.Duration {
		began := time.Now()
		st, err := store.Prepare(b.Context(), read, public, nil)
		require.NoError(b, err)
		result, err := store.Run(b.Context(), st)
		require.NoError(b, err)
		result.Release()
		return time.Since(began)
	}
	var loads, checks, learnt time.Duration
	var waits []time.Duration
	for b.Loop() {
		began := time.Now()
		require.NoError(b, store.Check(b.Context()))
		checks += time.Since(began)
		done := make(chan error, 1)
		go func() {
			began := time.Now()
			err := store.Refresh(b.Context())
			loads += time.Since(began)
			done <- err
		}()
		for loading := true; loading; {
			waits = append(waits, point())
			select {
			case err := <-done:
				require.NoError(b, err)
				loading = false
			default:
			}
		}
	}
	const changes = 10
	for i := range changes {
		dbtest.Exec(b, uri, fmt.Sprintf("ALTER TABLE t7 ADD COLUMN more%d text", i))
		table, _ := store.Catalog().Table("public", "t7")
		changed := time.Now()
		require.NoError(b, store.Learn(b.Context(), catalog.Objects{Relations: []uint32{table.ID}}))
		learnt += time.Since(changed)
	}
	slices.Sort(waits)
	b.ReportMetric(opened.Seconds(), "open-s")
	b.ReportMetric(float64(learnt.Microseconds())/changes, "one-table-us")
	b.ReportMetric(loads.Seconds()/float64(b.N), "reread-s")
	b.ReportMetric(float64(checks.Microseconds())/float64(b.N), "check-us")
	b.ReportMetric(kept, "MiB")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-read-us")
	b.ReportMetric(float64(waits[len(waits)-1].Microseconds()), "max-read-us")
}
