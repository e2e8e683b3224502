package clients_test

import (
	"fmt"
	"testing"
	"time"

	"athena/persistence/statsdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestPressure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	empty := do[wire.Success[wire.PressurePage]](w, "GET /admin/clients/pressure", "", 200).Data
	require.Empty(t, empty.Snapshots)
	require.Nil(t, empty.LastRun)
	w.refuse([]refusal{{"nothing seen", "GET /admin/clients/acme/pressure", "", 404, "", "not found"}})

	w.add("acme", tenant(t, "one"))
	require.Equal(t, 200, w.fetch("acme").Status)
	busy := fetched("acme", "orders", 503)
	busy.ErrorCode = "backend_unavailable"
	w.log(fetched("acme", "orders", 200), fetched("acme", "orders", 200), fetched("acme", "orders", 404), busy)
	for range 2 {
		require.NoError(t, w.jobs.Run(t.Context(), "pressure"))
	}
	page := do[wire.Success[wire.PressurePage]](w, "GET /admin/clients/pressure", "", 200).Data
	require.Len(t, page.Snapshots, 1)
	s := page.Snapshots[0]
	require.Equal(t, "succeeded", page.LastRun.Status)
	require.Equal(t, [2]int64{4, 1}, [2]int64{s.Requests, s.Errors})
	require.InDelta(t, 1.5, *s.P95MS, 0.001)
	require.InDelta(t, 0.25, s.Score, 0.001)
	require.Equal(t, "closed", *s.Circuit)
	require.Positive(t, *s.InFlightLimit)

	detail := do[wire.Success[wire.PressureDetail]](w, "GET /admin/clients/acme/pressure", "", 200).Data
	require.Equal(t, s, detail.Snapshot)
	require.Len(t, detail.History, 2)
	require.Len(t, detail.Tables, 1)
	require.EqualValues(t, 4, detail.Tables[0].Operations)
	require.EqualValues(t, 2, detail.Tables[0].Errors)
}

func TestPressureBackfill(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, hours := range []int{1, 1, 2, 50} {
		row := fetched("acme", "orders", 200)
		row.At = time.Now().Truncate(time.Hour).Add(-time.Duration(hours)*time.Hour + time.Minute)
		w.log(row)
	}
	const path = "POST /admin/clients/pressure/backfill"
	request := do[wire.Success[wire.PressureBackfill]](w, path, "", 202).Data.Request
	require.Equal(t, "pending", request.Status)
	require.Equal(t, 24, *request.HoursBack)
	require.NoError(t, w.jobs.Run(t.Context(), "pressure backfill"))
	history := func() (requests []int64) {
		for _, s := range do[wire.Success[wire.PressureDetail]](w, "GET /admin/clients/acme/pressure", "", 200).Data.History {
			require.Equal(t, "backfill", s.Source)
			requests = append(requests, s.Requests)
		}
		return requests
	}
	require.Equal(t, []int64{2, 1}, history())
	do[wire.Success[wire.PressureBackfill]](w, path, `{"hours_back":72}`, 202)
	require.NoError(t, w.jobs.Run(t.Context(), "pressure backfill"))
	require.Equal(t, []int64{2, 1, 1}, history(), "an hour that is filled in again is not there twice")
	run := do[wire.Success[wire.PressurePage]](w, "GET /admin/clients/pressure", "", 200).Data.LastRun
	require.Equal(t, [2]any{"succeeded", 3}, [2]any{run.Status, run.Snapshots})
	w.refuse([]refusal{
		{"too far", path, `{"hours_back":721}`, 400, "hours_back", "between"},
		{"nothing", path, `{"hours_back":0}`, 400, "hours_back", "between"},
		{"no number", path, `{"hours_back":"x"}`, 400, "hours_back", ""},
	})
}

func TestOldSnapshotsArePruned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("acme", tenant(t, "one"))
	require.Equal(t, 200, w.fetch("acme").Status)
	for _, job := range []string{"pressure", "vacuum health"} {
		require.NoError(t, w.jobs.Run(t.Context(), job))
	}
	store := statsdb.Store{DB: w.db}
	rows := func() (n int) {
		require.NoError(t, w.db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM client_pressure_snapshots)
			+ (SELECT count(*) FROM vacuum_health_snapshots) + (SELECT count(*) FROM client_pressure_runs)`).Scan(&n))
		return n
	}
	require.NoError(t, store.PruneSnapshots(t.Context(), time.Hour))
	require.Equal(t, 4, rows())
	for _, sql := range []string{"client_pressure_snapshots SET recorded_at", "vacuum_health_snapshots SET recorded_at", "client_pressure_runs SET requested_at"} {
		_, err := w.db.Exec(t.Context(), fmt.Sprintf("UPDATE %s = now() - interval '2 hours'", sql))
		require.NoError(t, err)
	}
	require.NoError(t, store.PruneSnapshots(t.Context(), time.Hour))
	require.Zero(t, rows())
}

func TestAdmissionEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, limit, bytes := "acme", int64(5), int64(7)
	events := []wire.AdmissionEvent{
		{CreatedAt: time.Now().Add(-time.Second), EventID: "1", Method: "POST", Route: "/gateway/fetch", ClientName: &acme, Decision: wire.Allowed, PerClientLimitPerWindow: &limit},
		{CreatedAt: time.Now(), EventID: "2", Method: "PUT", Route: "/gateway/insert", ClientName: &acme, Decision: wire.Rejected, RequestBytes: &bytes, Meta: wire.JSONObject(`{"window_ms":500}`)},
		{CreatedAt: time.Now(), EventID: "3", Method: "POST", Route: "/gateway/fetch", Decision: wire.Rejected},
	}
	require.NoError(t, statsdb.Store{DB: w.db}.SaveAdmissionEvents(t.Context(), events))
	list := func(query string) (ids string) {
		reply := do[wire.AdmissionEventPageReply](w, "GET /admin/admission-events"+query, "", 200)
		require.Equal(t, reply.Data, reply.AdmissionEventPage)
		for _, e := range reply.Events {
			ids += e.EventID
		}
		return ids
	}
	require.Equal(t, "1", list("?decision=allowed"))
	require.Equal(t, "21", list("?client=acme"))
	require.Equal(t, "2", list("?client=acme&decision=rejected"))
	require.Equal(t, "1", list("?limit=1&offset=2"))
	require.Len(t, list(""), 3)
	require.Empty(t, list("?decision=deferred"))
	first := do[wire.AdmissionEventPageReply](w, "GET /admin/admission-events?client=acme&limit=1", "", 200).Events[0]
	require.JSONEq(t, `{"window_ms":500}`, string(first.Meta))
	require.EqualValues(t, 7, *first.RequestBytes)
	w.refuse([]refusal{
		{"decision", "GET /admin/admission-events?decision=maybe", "", 400, "decision", "allowed, deferred"},
		{"limit", "GET /admin/admission-events?limit=501", "", 400, "limit", "between"},
		{"offset", "GET /admin/admission-events?offset=-1", "", 400, "offset", "negative"},
	})
}
