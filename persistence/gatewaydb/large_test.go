package gatewaydb_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"

	"github.com/stretchr/testify/require"
)

// BenchmarkSchemaOfManyTables measures a database of 60,000 tables: reading its schema,
// looking whether it changed, what it takes of memory, and how long reads take while
// it is being read again.
func BenchmarkSchemaOfManyTables(b *testing.B) {
	const blocks, each = 60, 1000 // a transaction holds a lock for each table that it makes
	uri := dbtest.New(b)
	pool := dbtest.Pool(b, uri)
	for block := range blocks {
		_, err := pool.Exec(b.Context(), fmt.Sprintf(`DO $$ BEGIN FOR i IN %d..%d LOOP
			EXECUTE format('CREATE TABLE t%%s (id int PRIMARY KEY, name text, at timestamptz DEFAULT now())', i); END LOOP; END $$`, block*each, (block+1)*each-1))
		require.NoError(b, err)
	}
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
	read := &sqltext.Read{From: sqltext.Name{Table: fmt.Sprintf("t%d", blocks*each-1)}, Limit: &one}
	point := func() time.Duration {
		began := time.Now()
		st, err := store.Prepare(b.Context(), read, public, nil)
		require.NoError(b, err)
		result, err := store.Run(b.Context(), st)
		require.NoError(b, err)
		result.Release()
		return time.Since(began)
	}
	var loads, checks time.Duration
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
	slices.Sort(waits)
	b.ReportMetric(opened.Seconds(), "open-s")
	b.ReportMetric(loads.Seconds()/float64(b.N), "reread-s")
	b.ReportMetric(float64(checks.Microseconds())/float64(b.N), "check-us")
	b.ReportMetric(kept, "MiB")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds()), "p99-read-us")
	b.ReportMetric(float64(waits[len(waits)-1].Microseconds()), "max-read-us")
}
