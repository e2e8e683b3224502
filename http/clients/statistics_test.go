package clients_test

import (
	"testing"
	"time"

	"athena/persistence/logsdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// log writes requests with an operation each.
func (w *world) log(rows ...wire.OperationLog) {
	w.t.Helper()
	var requests []*wire.RequestLog
	var operations []*wire.OperationLog
	for i := range rows {
		rows[i].RequestID, rows[i].Method, rows[i].Path = "r", "POST", "/gateway/"+rows[i].Operation
		if rows[i].At.IsZero() {
			rows[i].At = time.Now()
		}
		operations = append(operations, &rows[i])
		requests = append(requests, &wire.RequestLog{
			RequestID: "r", Method: "POST", Path: rows[i].Path, StatusCode: rows[i].StatusCode, ClientName: rows[i].ClientName,
			ErrorCode: rows[i].ErrorCode, Duration: rows[i].Duration, At: rows[i].At,
		})
	}
	require.NoError(w.t, logsdb.Store{Pool: w.db}.Write(w.t.Context(), requests, operations))
}

func fetched(client, table string, status int) wire.OperationLog {
	return wire.OperationLog{ClientName: client, Operation: "fetch", SchemaName: "public", TableName: table, StatusCode: status, Rows: 3, Duration: 1500 * time.Microsecond}
}

func TestStatisticsCountEachRowOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Empty(t, do[wire.ClientStatisticsPage](w, "GET /admin/clients/statistics", "", 200).Statistics)
	cached, refused, strange := fetched("acme", "orders", 200), fetched("acme", "orders", 409), fetched("acme", "made-up", 400)
	cached.Cached, refused.ErrorCode, strange.ErrorCode = true, "unique_violation", "unknown_table"
	nobody := fetched("made-up", "orders", 400)
	nobody.ErrorCode = "client_unknown"
	w.log(fetched("acme", "orders", 200), cached, refused, strange, nobody, fetched("other", "x", 200))
	require.Empty(t, do[wire.ClientStatisticsPage](w, "GET /admin/clients/statistics", "", 200).Statistics, "counted in the background")

	for range 2 { // the second time finds nothing new
		list := do[wire.ClientStatisticsPage](w, "POST /admin/clients/statistics/refresh", "", 200).Statistics
		require.Len(t, list, 2, "names that callers made up are not counted")
		acme := list[0]
		require.Equal(t, "acme", acme.ClientName)
		require.Equal(t, [5]int64{4, 2, 2, 1, 4},
			[5]int64{acme.TotalRequests, acme.SuccessfulRequests, acme.FailedRequests, acme.TotalCachedRequests, acme.TotalOperations})
		require.WithinDuration(t, time.Now(), *acme.LastRequestAt, time.Minute)
	}
	w.log(fetched("acme", "orders", 200))
	list := do[wire.ClientStatisticsPage](w, "POST /admin/clients/statistics/refresh", "", 200).Statistics
	require.EqualValues(t, 5, list[0].TotalRequests)
	require.Equal(t, list, do[wire.ClientStatisticsPage](w, "GET /admin/clients/statistics", "", 200).Statistics)

	detail := do[wire.ClientStatisticsDetail](w, "GET /admin/clients/acme/statistics", "", 200)
	require.Equal(t, list[0], detail.Statistics)
	require.Len(t, detail.Tables, 1)
	require.Equal(t, "orders", detail.Tables[0].TableName)
	require.EqualValues(t, 4, detail.Tables[0].TotalOperations)
	require.EqualValues(t, 1, detail.Tables[0].ErrorOperations)
	w.refuse([]refusal{{"unused client", "GET /admin/clients/nobody/statistics", "", 404, "", "not found"}})
}

func TestStatisticsOutliveTheLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := fetched("acme", "orders", 200)
	old.At = time.Now().AddDate(0, 0, -30)
	w.log(old)
	do[wire.ClientStatisticsPage](w, "POST /admin/clients/statistics/refresh", "", 200)
	_, err := logsdb.Store{Pool: w.db}.Maintain(t.Context(), time.Hour)
	require.NoError(t, err)
	w.log(fetched("acme", "orders", 200))
	list := do[wire.ClientStatisticsPage](w, "POST /admin/clients/statistics/refresh", "", 200).Statistics
	require.EqualValues(t, 2, list[0].TotalRequests)
	require.Len(t, w.drill("").Rows, 1)
}

func (w *world) drill(query string) wire.DrillDownPage {
	w.t.Helper()
	return do[wire.DrillDownReply](w, "GET /admin/clients/acme/statistics/drilldown?table_name=orders&operation=fetch"+query, "", 200).Data
}

func TestDrillDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := fetched("acme", "orders", 400)
	bad.ErrorCode, bad.Message = "unknown_column", "there is no column x"
	inserted := fetched("acme", "orders", 200)
	inserted.Operation = "insert"
	w.log(fetched("acme", "orders", 200), bad, fetched("acme", "orders", 200), fetched("acme", "else", 200), inserted, fetched("other", "orders", 200))
	all := w.drill("")
	require.Len(t, all.Rows, 3)
	require.Equal(t, [3]any{"all", 100, 0}, [3]any{all.Status, all.Limit, all.Offset})
	require.Len(t, w.drill("&status=normal").Rows, 2)
	failed := w.drill("&status=errors").Rows
	require.Len(t, failed, 1)
	row := failed[0]
	require.True(t, *row.Error)
	require.Equal(t, "there is no column x", *row.Message)
	require.Equal(t, "/gateway/fetch", *row.Path)
	require.EqualValues(t, 1, *row.DurationMS)
	require.InDelta(t, 1.5, *row.OperationTimeMS, 0.0001)
	require.JSONEq(t, `{"schema_name":"public","rows":3,"cached":false,"error_code":"unknown_column"}`, string(row.Details))
	require.Equal(t, all.Rows[1:2], w.drill("&limit=1&offset=1").Rows)

	path := "GET /admin/clients/acme/statistics/drilldown?"
	w.refuse([]refusal{
		{"no table", path + "operation=fetch", "", 400, "table_name", "missing"},
		{"no operation", path + "table_name=orders", "", 400, "operation", "missing"},
		{"status", path + "table_name=orders&operation=fetch&status=bad", "", 400, "status", "all, errors or normal"},
		{"limit", path + "table_name=orders&operation=fetch&limit=501", "", 400, "limit", "between"},
		{"no limit at all", path + "table_name=orders&operation=fetch&limit=0", "", 400, "limit", "between"},
		{"offset", path + "table_name=orders&operation=fetch&offset=-1", "", 400, "offset", "negative"},
		{"no number", path + "table_name=orders&operation=fetch&limit=x", "", 400, "limit", "number"},
	})
}

func TestDaemonsTellTheirJobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Empty(t, do[wire.Success[wire.DaemonPage]](w, "GET /admin/daemons", "", 200).Data.Jobs)
	do[wire.ClientStatisticsPage](w, "POST /admin/clients/statistics/refresh", "", 200)
	list := do[wire.Success[wire.DaemonPage]](w, "GET /admin/daemons", "", 200).Data.Jobs
	require.Len(t, list, 1)
	require.Equal(t, "statistics", list[0].JobName)
	require.EqualValues(t, 1, list[0].Runs)
	require.False(t, list[0].Running)
	require.Nil(t, list[0].LastError)
}
