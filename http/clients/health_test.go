package clients_test

import (
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestVacuumHealth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Empty(t, do[wire.VacuumHealthPageReply](w, "GET /admin/vacuum-health", "", 200).Data.Snapshots)
	w.refuse([]refusal{{"nothing seen", "GET /admin/vacuum-health/acme", "", 404, "", "not found"}})
	uri := dbtest.New(t, `CREATE TABLE dusty (id int) WITH (autovacuum_enabled = off); INSERT INTO dusty SELECT generate_series(1, 3000);`)
	for _, sql := range []string{"DELETE FROM dusty WHERE id > 500", "ANALYZE dusty"} { // a session tells what it did when it ends
		dbtest.Exec(t, uri, sql)
	}
	w.add("acme", uri)
	w.add("gone", "postgres://127.0.0.1:1/db?sslmode=disable")
	for range 2 {
		require.NoError(t, w.jobs.Run(t.Context(), "vacuum health"))
	}

	list := do[wire.VacuumHealthPageReply](w, "GET /admin/vacuum-health", "", 200)
	require.Equal(t, list.Data.Snapshots, list.Snapshots)
	require.Len(t, list.Snapshots, 3, "the latest of each client")
	acme, filed, gone := list.Snapshots[0], list.Snapshots[1], list.Snapshots[2]
	require.Equal(t, [3]string{"acme", "filed", "gone"}, [3]string{acme.ClientName, filed.ClientName, gone.ClientName})
	require.Nil(t, acme.CollectionError)
	require.EqualValues(t, 2500, acme.TotalDeadRows)
	require.Equal(t, 1, acme.TablesWithBloat)
	require.Equal(t, 1, acme.TablesNeedingVacuum)
	require.Positive(t, *acme.FreezeMaxAge)
	require.NotNil(t, filed.CollectionError)
	require.NotNil(t, gone.CollectionError)

	detail := do[wire.VacuumHealthDetailReply](w, "GET /admin/vacuum-health/acme", "", 200)
	require.Equal(t, acme, detail.Snapshot)
	require.Len(t, detail.Tables, 1)
	table := detail.Tables[0]
	require.Equal(t, "dusty", table.TableName)
	require.Equal(t, acme.ID, table.SnapshotID)
	require.InDelta(t, 83.33, *table.DeadPct, 0.01)
	require.Empty(t, do[wire.VacuumHealthDetailReply](w, "GET /admin/vacuum-health/gone", "", 200).Tables)
}

func TestRowEstimates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	uri := dbtest.New(t, `CREATE SCHEMA app; CREATE TABLE app.big (id int); INSERT INTO app.big SELECT generate_series(1, 2000);
		CREATE TABLE small (id int); INSERT INTO small VALUES (1); CREATE TABLE gateway_operation_log (id int); INSERT INTO gateway_operation_log VALUES (1), (2);`,
		"ANALYZE", "CREATE TABLE fresh (id int)")
	w.add("acme", uri)
	path := "GET /admin/clients/acme/table-row-estimates"
	reply := do[wire.RowEstimatesReply](w, path, "", 200)
	require.Equal(t, reply.Data, reply.RowEstimatesPage)
	s := reply.Snapshot
	require.Equal(t, "app.big", *s.Summary.MaxQualifiedTableName)
	require.Equal(t, [4]int64{4, 3, 2003, 2000}, [4]int64{s.Summary.TableCount, s.Summary.NonzeroTableCount, s.Summary.EstimatedTotalRows, s.Summary.MaxEstimatedRows})
	require.Equal(t, "app", s.SchemaRollups[0].SchemaName)
	require.EqualValues(t, 3, s.SchemaRollups[1].TableCount)
	counts := map[string]int64{}
	for _, b := range s.Buckets {
		counts[b.Label] = b.TableCount
	}
	require.EqualValues(t, 1, counts["empty"])
	require.EqualValues(t, 2, counts["under 1 thousand"])
	require.EqualValues(t, 1, counts["1 to 10 thousand"])
	codes := map[string]wire.RowEstimateAdvisory{}
	for _, a := range s.Advisories {
		codes[a.Code] = a
	}
	require.Len(t, codes, 2)
	require.Equal(t, "logs.retention", *codes["gateway_logs"].ConfigKey)
	require.Equal(t, "public.fresh", codes["never_analyzed"].AffectedTables[0].QualifiedTableName)

	one := do[wire.RowEstimatesReply](w, path+"?schema=public&limit=1", "", 200)
	require.Len(t, one.Snapshot.TopTables, 1)
	require.EqualValues(t, 3, one.Snapshot.Summary.EstimatedTotalRows)
	system := do[wire.RowEstimatesReply](w, path+"?include_system_schemas=true", "", 200)
	require.Greater(t, system.Snapshot.Summary.TableCount, int64(50))

	dbtest.Exec(t, uri, "INSERT INTO app.big SELECT generate_series(1, 1000)", "ANALYZE app.big")
	require.Equal(t, s, do[wire.RowEstimatesReply](w, path, "", 200).Snapshot, "kept for a moment")
	reread := w.api.Do(t, path, "", "Cache-Control: no-cache")
	require.Equal(t, 200, reread.Status)
	require.Contains(t, reread.Body, `"max_estimated_rows":3000`)
	require.EqualValues(t, 3000, do[wire.RowEstimatesReply](w, path, "", 200).Snapshot.Summary.MaxEstimatedRows)

	w.refuse([]refusal{
		{"unknown client", "GET /admin/clients/nobody/table-row-estimates", "", 404, "client_name", "not found"},
		{"no database", "GET /admin/clients/filed/table-row-estimates", "", 503, "", "not known"},
		{"limit", path + "?limit=101", "", 400, "limit", "between"},
		{"no boolean", path + "?include_system_schemas=maybe", "", 400, "include_system_schemas", ""},
	})
}
