package logsdb_test

import (
	"strings"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/logsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func newStore(t *testing.T) logsdb.Store {
	t.Helper()
	return logsdb.Store{Pool: dbtest.Pool(t, dbtest.Control(t))}
}

func TestRowsAreStoredAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	at := time.Date(2026, 2, 3, 4, 5, 6, 7_000, time.FixedZone("", 3600))
	request := wire.RequestLog{
		RequestID: "id", Method: "GET", Path: "/a", Route: "GET /a", StatusCode: 200, ClientName: "demo", APIKeyPublicID: "k",
		UserID: "u", OrganizationID: "o", CompanyID: "c", RemoteAddr: "::1", UserAgent: "agent", SDK: "sdk",
		Duration: 1500 * time.Microsecond, RequestBytes: 1, ResponseBytes: 2, ErrorCode: "e", At: at,
	}
	operation := wire.OperationLog{
		RequestID: "id", ClientName: "demo", Operation: "fetch", SchemaName: "public", TableName: "t", Method: "GET", Path: "/a", StatusCode: 200,
		Rows: 3, Duration: time.Millisecond, Cached: true, ErrorCode: "e", Message: "m", At: at,
	}
	require.NoError(t, s.Write(t.Context(), []*wire.RequestLog{&request}, []*wire.OperationLog{&operation}))
	var row string
	require.NoError(t, s.Pool.QueryRow(t.Context(), `SELECT concat_ws('|', request_id, method, path, route, status_code, client_name, api_key_public_id,
		user_id, organization_id, company_id, remote_addr, user_agent, sdk, duration_us, request_bytes, response_bytes, error_code,
		extract(epoch FROM created_at)) FROM http_request_log`).Scan(&row))
	require.Equal(t, "id|GET|/a|GET /a|200|demo|k|u|o|c|::1|agent|sdk|1500|1|2|e|1770087906.000007", row)
	require.NoError(t, s.Pool.QueryRow(t.Context(), `SELECT concat_ws('|', request_id, client_name, operation, schema_name, table_name, method, path, status_code, rows,
		duration_us, cached, error_code, message, extract(epoch FROM created_at)) FROM gateway_operation_log`).Scan(&row))
	require.Equal(t, "id|demo|fetch|public|t|GET|/a|200|3|1000|t|e|m|1770087906.000007", row)
}

func TestOddTextFailsNoBatch(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	texts := map[string]string{
		"plain": "plain", "tab\there": "tab\there", "line\nfeed\r": "line\nfeed\r", `back\slash`: `back\slash`, `\N`: `\N`, `\.`: `\.`,
		"nul\x00": "nul?", "bad\xff": "bad\uFFFD", "über 雪 🙂": "über 雪 🙂", `"quoted", 'too'`: `"quoted", 'too'`,
		strings.Repeat("x", 100_000): strings.Repeat("x", 100_000),
	}
	var batch []*wire.RequestLog
	var want []string
	for text, kept := range texts {
		batch = append(batch, &wire.RequestLog{RequestID: "r", Method: "GET", Path: text, UserAgent: text})
		want = append(want, kept)
	}
	require.NoError(t, s.Write(t.Context(), batch, nil))
	rows, err := s.Pool.Query(t.Context(), "SELECT path FROM http_request_log WHERE path = user_agent")
	require.NoError(t, err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.ElementsMatch(t, want, got)
}

func TestEmptyTextIsNull(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	require.NoError(t, s.Write(t.Context(), []*wire.RequestLog{{RequestID: "r", Method: "GET", Path: "/"}}, nil))
	var missing bool
	require.NoError(t, s.Pool.QueryRow(t.Context(), "SELECT client_name IS NULL AND user_id IS NULL AND error_code IS NULL FROM http_request_log").Scan(&missing))
	require.True(t, missing)
	require.NoError(t, s.Write(t.Context(), nil, nil))
}

func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	good := &wire.RequestLog{RequestID: "r", Method: "GET", Path: "/"}
	require.Error(t, s.Write(t.Context(), []*wire.RequestLog{good}, []*wire.OperationLog{{RequestID: "r"}}), "an operation needs a name")
	var n int
	require.NoError(t, s.Pool.QueryRow(t.Context(), "SELECT count(*) FROM http_request_log").Scan(&n))
	require.Zero(t, n)
	require.NoError(t, s.Write(t.Context(), []*wire.RequestLog{good}, nil), "the connection is fit for more")
}
