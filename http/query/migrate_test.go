package query_test

import (
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

const migrate = "POST /gateway/sql/d1/migrate"

// plan is the body of a migration.
func plan(t *testing.T, sql, more string) string {
	t.Helper()
	text, err := json.Marshal(sql)
	require.NoError(t, err)
	return `{"driver":"d1","dbName":"main","schemaSql":` + string(text) + more + `}`
}

func TestMigrationPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const sql = "CREATE TABLE pets (id bigserial PRIMARY KEY, born timestamptz DEFAULT now());\nCOMMENT ON TABLE pets IS 'ü';\nINSERT INTO pets DEFAULT VALUES;"
	for _, body := range []string{plan(t, sql, ""), plan(t, sql, `,"dryRun":true`), plan(t, sql, `,"dry_run":true,"dialect":"postgresql"`)} {
		got := apitest.Answer[wire.D1Migration](t, w.api, 200, migrate, body)
		require.Equal(t, "preview", got.Status)
		require.Equal(t, sql, got.OriginalSQL)
		require.Equal(t, []int{0, 2}, got.SourceMeta.EstimatedApplyOrder)
		require.Equal(t, wire.D1Skipped, got.Statements[1].Action)
		require.Contains(t, got.ConvertedSQL, "AUTOINCREMENT")
		require.Nil(t, got.PlanID)
	}
	parts := apitest.Answer[wire.D1Migration](t, w.api, 200, migrate, `{"driver":"athena-d1","dbName":"main","statements":["SELECT 1 -- one","SELECT 2"]}`)
	require.Len(t, parts.Statements, 2)
	require.Equal(t, "SELECT 2", parts.Statements[1].SourceSQL)
	require.Zero(t, len(w.d1.batches), "nothing was run")
}

func TestMigrationsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, body, field string }{
		{"driver", `{"driver":"postgresql","dbName":"m","schemaSql":"SELECT 1"}`, "driver"},
		{"dialect", plan(t, "SELECT 1", `,"dialect":"mysql"`), "dialect"},
		{"name", `{"driver":"d1","schemaSql":"SELECT 1"}`, "dbName"},
		{"nothing", `{"driver":"d1","dbName":"m"}`, "schemaSql"},
		{"twice", plan(t, "SELECT 1", `,"files":["SELECT 2"]`), "schemaSql"},
		{"batch", plan(t, "SELECT 1", `,"batchSize":0`), "batchSize"},
		{"too long", plan(t, strings.Repeat(" ", 200_000)+"SELECT 1", ""), "schemaSql"},
		{"run without a client", plan(t, "SELECT 1", `,"dryRun":false`), "X-Athena-Client"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			refused := apitest.Answer[wire.D1Migration](t, w.api, 400, migrate, tc.body)
			require.Equal(t, tc.field, refused.Field)
			require.Equal(t, "error", refused.Status)
			require.Equal(t, []wire.D1Diagnostic{{Code: refused.Code, Message: refused.Error}}, refused.Errors)
			require.Empty(t, refused.ConvertedSQL)
		})
	}
	t.Run("a client without D1", func(t *testing.T) {
		t.Parallel()
		failure := w.with(t).refused(400, "supa", migrate, plan(t, "SELECT 1", `,"dryRun":false`))
		require.Equal(t, "X-Athena-Client", failure.Field)
	})
	t.Run("a key without the right", func(t *testing.T) {
		t.Parallel()
		w.with(t).refused(403, "edge", migrate, plan(t, "SELECT 1", ""), apitest.Rights("people.read"))
	})
}

func TestStrictMigration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const sql = "CREATE EXTENSION pgcrypto; CREATE TABLE t (a int)"
	strict := apitest.Answer[wire.D1Migration](t, w.api, 422, migrate, plan(t, sql, ""))
	require.Equal(t, "error", strict.Status)
	require.Equal(t, "unsupported.extension", strict.Errors[0].Code)
	require.Len(t, strict.Statements, 2)
	loose := apitest.Answer[wire.D1Migration](t, w.api, 200, migrate, plan(t, sql, `,"strict":false`))
	require.Equal(t, "unsupported.extension", loose.Warnings[0].Code)
	require.Contains(t, loose.ConvertedSQL, "CREATE TABLE")
	broken := apitest.Answer[wire.D1Migration](t, w.api, 422, migrate, plan(t, "CREAT TABLE t", `,"strict":false`))
	require.Equal(t, "syntax.invalid", broken.Errors[0].Code)
	w.do("edge", migrate, plan(t, sql, `,"dryRun":false`))
	require.Empty(t, w.d1.batches, "a plan with errors is not run")
}

func TestMigrationOutOfTime(t *testing.T) {
	t.Parallel()
	failure := newLameWorld(t).refused(503, "edge", migrate, plan(t, "CREATE TABLE pets (id int)", `,"dryRun":false`))
	require.Equal(t, "d1_execution_failed", failure.Code)
	require.Contains(t, failure.Error, "batch 0")
}

func TestMigrationIsRunInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const sql = "CREATE TABLE pets (id serial PRIMARY KEY, name text NOT NULL); INSERT INTO pets (name) VALUES ('a'), ('b'); UPDATE pets SET name = 'c'"
	reply := w.do("edge", migrate, plan(t, sql, `,"dry_run":false,"batchSize":2`))
	require.Equal(t, 200, reply.Status, reply.Body)
	got := read[wire.D1Migration](t, reply.Body)
	require.Equal(t, "applied", got.Status)
	require.NotNil(t, got.PlanID)
	require.Equal(t, []int{2, 1}, w.d1.batches)
	require.Len(t, got.PerStatementResults, 3)
	require.EqualValues(t, 2, *got.PerStatementResults[1].RowsAffected)
	require.Equal(t, 1, got.PerStatementResults[2].BatchIndex)

	failure := w.refused(503, "edge", migrate, plan(t, "INSERT INTO pets (name) VALUES ('d'); INSERT INTO pets (name) VALUES ('e'); INSERT INTO pets (name) VALUES (NULL)", `,"dryRun":false,"batchSize":1`))
	require.Equal(t, "d1_execution_failed", failure.Code)
	text, err := json.Marshal(failure.Data)
	require.NoError(t, err)
	partial := read[wire.D1Partial](t, string(text))
	require.Equal(t, 2, partial.FailedBatch)
	require.Len(t, partial.PerStatementResults, 2, "what is kept is told")
	var n int
	require.NoError(t, w.d1.db.QueryRow("SELECT count(*) FROM pets").Scan(&n))
	require.Equal(t, 4, n)

	w.refused(503, "gone", migrate, plan(t, "SELECT 1", `,"dryRun":false`))
}
