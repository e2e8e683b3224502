package logsdb_test

import (
	"testing"
	"time"

	"athena/persistence/logsdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func countIn(t *testing.T, s logsdb.Store, table string) (n int) {
	t.Helper()
	require.NoError(t, s.Pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func requestAt(at time.Time) *wire.RequestLog {
	return &wire.RequestLog{RequestID: "r", Method: "GET", Path: "/", At: at}
}

func TestDaysAreMadeAhead(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	now := time.Now().UTC()
	early := []*wire.RequestLog{requestAt(now), requestAt(now.AddDate(0, 0, 1))}
	require.NoError(t, s.Write(t.Context(), early, nil))
	require.Equal(t, 2, countIn(t, s, "http_request_log_default"), "no day is made yet")
	for range 2 {
		dropped, err := s.Maintain(t.Context(), 24*time.Hour)
		require.NoError(t, err)
		require.Zero(t, dropped)
	}
	require.Zero(t, countIn(t, s, "http_request_log_default"))
	require.NoError(t, s.Write(t.Context(), early, nil))
	require.Zero(t, countIn(t, s, "http_request_log_default"))
	require.Equal(t, 4, countIn(t, s, "http_request_log"))
}

func TestOldDaysAreDropped(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, err := s.Maintain(t.Context(), time.Hour)
	require.NoError(t, err)
	old := time.Now().UTC().AddDate(0, 0, -10)
	for _, sql := range []string{
		"CREATE TABLE http_request_log_" + old.Format("20060102") + " PARTITION OF http_request_log FOR VALUES FROM ('" +
			old.Format("2006-01-02") + "T00:00:00Z') TO ('" + old.AddDate(0, 0, 1).Format("2006-01-02") + "T00:00:00Z')",
		"CREATE TABLE http_request_log_mine (id int)",
	} {
		_, err := s.Pool.Exec(t.Context(), sql)
		require.NoError(t, err)
	}
	stray := old.AddDate(0, 0, -2) // in the default partition
	require.NoError(t, s.Write(t.Context(), []*wire.RequestLog{requestAt(time.Now()), requestAt(old), requestAt(stray)},
		[]*wire.OperationLog{{RequestID: "r", Operation: "fetch", At: stray}}))

	dropped, err := s.Maintain(t.Context(), 20*24*time.Hour)
	require.NoError(t, err)
	require.Zero(t, dropped)
	require.Equal(t, 3, countIn(t, s, "http_request_log"))

	dropped, err = s.Maintain(t.Context(), 8*24*time.Hour)
	require.NoError(t, err)
	require.Equal(t, 1, dropped)
	require.Equal(t, 1, countIn(t, s, "http_request_log"))
	require.Zero(t, countIn(t, s, "gateway_operation_log"))
	require.Zero(t, countIn(t, s, "http_request_log_mine"), "what is no day of the log stays")
}
