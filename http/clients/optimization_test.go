package clients_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const sluggish = `
	CREATE TABLE parents (id int PRIMARY KEY);
	CREATE TABLE "Children of ""x""" (id int PRIMARY KEY, parent int REFERENCES parents, other int REFERENCES parents);
	CREATE INDEX covered ON "Children of ""x""" (other, id);
	CREATE TABLE idle (id int PRIMARY KEY, n int) WITH (autovacuum_enabled = off);
	INSERT INTO idle SELECT i, i FROM generate_series(1, 20000) AS i;
	CREATE INDEX idle_n ON idle (n);`

// optimized is a world with a client whose database could be faster.
func optimized(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t)
	uri := dbtest.New(t, sluggish, "ANALYZE", "DO $$ BEGIN FOR i IN 1..120 LOOP PERFORM count(*) FROM idle; END LOOP; END $$")
	w.add("acme", uri)
	return w, uri
}

const optimizations = "/admin/clients/acme/query-optimizations"

func (w *world) refreshed() map[string]wire.Recommendation {
	w.t.Helper()
	reply := do[wire.RefreshedRecommendationsReply](w, "POST "+optimizations+"/refresh", "", 200)
	require.Equal(w.t, "succeeded", reply.Run.Status)
	require.Equal(w.t, reply.Data, reply.RefreshedRecommendations)
	require.Len(w.t, reply.Recommendations, reply.Run.Found)
	byKind := map[string]wire.Recommendation{}
	for _, r := range reply.Recommendations {
		byKind[r.Kind] = r
	}
	return byKind
}

func TestRecommendationsAreFoundAndApplied(t *testing.T) {
	t.Parallel()
	w, uri := optimized(t)
	require.Eventually(t, func() bool { // PostgreSQL's statistics come a moment later
		found := w.refreshed()
		_, unused := found[wire.UnusedIndex]
		_, scans := found[wire.SequentialScans]
		return unused && scans
	}, 20*time.Second, 50*time.Millisecond)
	found := w.refreshed()
	require.Len(t, found, 3)
	missing, unused, scans := found[wire.MissingIndex], found[wire.UnusedIndex], found[wire.SequentialScans]
	require.Equal(t, `CREATE INDEX "Children of ""x""_parent_idx" ON "public"."Children of ""x""" ("parent")`, *missing.Statement)
	require.Equal(t, wire.InTransaction, *missing.Mode)
	require.Equal(t, `DROP INDEX CONCURRENTLY "public"."idle_n"`, *unused.Statement)
	require.Equal(t, wire.Concurrently, *unused.Mode)
	require.Nil(t, scans.Statement)

	apply := func(id int64) string { return fmt.Sprintf("POST %s/%d/apply", optimizations, id) }
	first := do[wire.AppliedRecommendationReply](w, apply(missing.ID), `{"actor":"ann"}`, 200)
	require.Equal(t, [3]string{"ann", "succeeded", *missing.Statement}, [3]string{first.Result.Actor, first.Result.Status, first.Result.Statement})
	require.Equal(t, "admin", do[wire.AppliedRecommendationReply](w, apply(unused.ID), "", 200).Data.Result.Actor)
	require.Equal(t, "1", value(t, uri, "SELECT count(*) FROM pg_indexes WHERE indexname = 'Children of \"x\"_parent_idx'"))
	require.Equal(t, "0", value(t, uri, "SELECT count(*) FROM pg_indexes WHERE indexname = 'idle_n'"))

	w.refuse([]refusal{
		{"again", apply(missing.ID), "", 409, "recommendation_id", "applied"},
		{"advice", apply(scans.ID), "", 409, "recommendation_id", "no statement"},
		{"unknown", apply(0), "", 404, "", "not found"},
		{"of another client", fmt.Sprintf("POST /admin/clients/filed/query-optimizations/%d/apply", scans.ID), "", 404, "", "not found"},
		{"no number", "POST " + optimizations + "/x/apply", "", 400, "recommendation_id", "number"},
		{"bad body", apply(scans.ID), `{"actor":1}`, 400, "actor", ""},
	})
	list := func(query string) wire.RecommendationPageReply {
		return do[wire.RecommendationPageReply](w, "GET "+optimizations+query, "", 200)
	}
	require.Len(t, list("").Recommendations.Recommendations, 3)
	require.Len(t, list("?status=applied").Data.Recommendations.Recommendations, 2)
	require.Len(t, list("?status=all&limit=1&offset=1").Recommendations.Recommendations, 1)
	w.refreshed()
	require.Empty(t, list("?status=dismissed").Recommendations.Recommendations)
	dbtest.Exec(t, uri, "DROP TABLE idle")
	w.refreshed()
	require.Len(t, list("?status=dismissed").Recommendations.Recommendations, 1)
	dbtest.Exec(t, uri, `DROP INDEX "Children of ""x""_parent_idx"`)
	require.Equal(t, missing.ID, w.refreshed()[wire.MissingIndex].ID, "what is found again is open again")

	runs := do[wire.OptimizationRunPageReply](w, "GET "+optimizations+"/runs?limit=2", "", 200)
	require.Len(t, runs.Runs, 2)
	require.Greater(t, runs.Runs[0].ID, runs.Runs[1].ID)
	w.refuse([]refusal{
		{"status", "GET " + optimizations + "?status=bad", "", 400, "status", "all, open"},
		{"limit", "GET " + optimizations + "?limit=0", "", 400, "limit", "between"},
		{"runs' limit", "GET " + optimizations + "/runs?limit=501", "", 400, "limit", "between"},
		{"unknown client", "POST /admin/clients/nobody/query-optimizations/refresh", "", 404, "client_name", "not found"},
		{"no database", "POST /admin/clients/filed/query-optimizations/refresh", "", 503, "", "not known"},
	})
	failed := do[wire.OptimizationRunPageReply](w, "GET /admin/clients/filed/query-optimizations/runs", "", 200).Runs[0]
	require.Equal(t, "failed", failed.Status)
	require.Contains(t, *failed.Error, "not known")
}

func value(t *testing.T, uri, sql string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT ("+sql+")::text").Scan(&text))
	return text
}

// TestFailedStatementIsNoted has the name of the index taken meanwhile.
func TestFailedStatementIsNoted(t *testing.T) {
	t.Parallel()
	w, uri := optimized(t)
	missing := w.refreshed()[wire.MissingIndex]
	dbtest.Exec(t, uri, `CREATE TABLE "Children of ""x""_parent_idx" (id int)`)
	w.refuse([]refusal{{"name taken", fmt.Sprintf("POST %s/%d/apply", optimizations, missing.ID), `{"actor":"ann"}`, 400, "", "already exists"}})
	var actor, status, failure string
	require.NoError(t, w.db.QueryRow(t.Context(), "SELECT actor, status, error FROM query_optimization_actions").Scan(&actor, &status, &failure))
	require.Equal(t, [2]string{"ann", "failed"}, [2]string{actor, status})
	require.Contains(t, failure, "already exists")
	require.Equal(t, "open", w.refreshed()[wire.MissingIndex].Status, "it can be tried again")
}

func TestAStatementIsUnderWayOnce(t *testing.T) {
	t.Parallel()
	w, _ := optimized(t)
	missing := w.refreshed()[wire.MissingIndex]
	_, err := w.db.Exec(t.Context(), `INSERT INTO query_optimization_actions (recommendation_id, client_name, actor, statement, mode, started_at)
		VALUES ($1, 'acme', 'bob', 'x', 'transaction', now())`, missing.ID)
	require.NoError(t, err)
	apply := fmt.Sprintf("POST %s/%d/apply", optimizations, missing.ID)
	w.refuse([]refusal{{"under way", apply, "", 409, "recommendation_id", "being applied"}})
	_, err = w.db.Exec(t.Context(), "UPDATE query_optimization_actions SET started_at = now() - interval '2 hours'")
	require.NoError(t, err)
	do[wire.AppliedRecommendationReply](w, apply, "", 200)
	require.Equal(t, "1", value(t, w.db.Config().ConnString(), "SELECT count(*) FROM query_optimization_actions WHERE error = 'its process was lost'"))
}
