package main

import (
	"fmt"
	"strings"
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// deferring is a server with a table to write to later.
type deferring struct {
	*process
	home
	admin string
	key   []string
}

func newDeferring(t *testing.T) *deferring {
	t.Helper()
	h := installed(t)
	d := &deferring{process: serve(t, h), home: h, admin: "apikey: " + credentialsOf(t).admin}
	d.key = []string{"X-Athena-Client: demo", "apikey: " + credentialsOf(t).key}
	dbtest.Exec(t, d.succeed(t, "client", "uri", "demo"), "CREATE TABLE things (id int PRIMARY KEY, name text)")
	return d
}

// later sends a write that is accepted, and gives where its outcome will be.
func (d *deferring) later(t *testing.T, method, path, body string, headers ...string) string {
	t.Helper()
	r := d.do(t, method, path, body, append(headers, d.key...)...)
	require.Equal(t, 202, r.status, r.body)
	var answer struct{ Data wire.Accepted }
	require.NoError(t, json.Unmarshal([]byte(r.body), &answer))
	require.Equal(t, answer.Data.Location, r.header.Get("Location"))
	return answer.Data.Location
}

// ended waits until a write is done with.
func (d *deferring) ended(t *testing.T, location string) wire.DeferredRequest {
	t.Helper()
	var answer struct{ Data wire.DeferredRequest }
	require.Eventually(t, func() bool {
		r := d.do(t, "GET", location, "", d.key...)
		require.Equal(t, 200, r.status, r.body)
		answer.Data = wire.DeferredRequest{}
		require.NoError(t, json.Unmarshal([]byte(r.body), &answer))
		return answer.Data.CompletedAt != nil
	}, patience, pollEvery)
	return answer.Data
}

func TestWritesAreDoneLater(t *testing.T) {
	t.Parallel()
	d := newDeferring(t)
	for _, tc := range []struct {
		name, method, path, body, header string
		status                           int
		body2                            string
	}{
		{"insert", "PUT", "/gateway/insert", `{"table_name":"things","insert_body":{"id":1,"name":"a"}}`, "X-Athena-Defer: true", 200, `"affected_rows":1`},
		{"update", "POST", "/gateway/update", `{"table_name":"things","where":{"id":1},"update_body":{"name":"b"}}`, "Prefer: respond-async", 200, `"b"`},
		{"rest", "POST", "/rest/v1/things?api_key=" + strings.TrimPrefix(d.key[1], "apikey: "), `{"id":2,"name":"c"}`, "Prefer: handling=strict, respond-async, return=representation", 200, `"c"`},
		{"rest put", "PUT", "/rest/v1/things?id=eq.2", `{"id":2,"name":"d"}`, "X-Athena-Defer: true", 200, `"d"`},
		{"rest patch", "PATCH", "/rest/v1/things?id=eq.2", `{"name":"e"}`, "X-Athena-Defer: true", 200, `"e"`},
		{"rest delete", "DELETE", "/rest/v1/things?id=eq.2", "", "X-Athena-Defer: true", 200, `"e"`},
		{"query", "POST", "/gateway/query", `{"query":"UPDATE things SET name = $1 RETURNING id","params":["f"]}`, "X-Athena-Defer: true", 200, `"command":"UPDATE 1"`},
		{"delete", "DELETE", "/gateway/delete", `{"table_name":"things","resource_id":1}`, "X-Athena-Defer: true", 200, `"f"`},
	} {
		w := d.ended(t, d.later(t, tc.method, tc.path, tc.body, tc.header))
		require.Equal(t, wire.DeferredCompleted, w.Status, "%s: %s", tc.name, w.Error)
		require.Equal(t, "requested", w.Reason)
		require.Equal(t, tc.status, w.Response.Status, tc.name)
		require.Contains(t, strings.ReplaceAll(string(w.Response.Body), " ", ""), strings.ReplaceAll(tc.body2, " ", ""), tc.name)
	}
	var secrets int
	row := dbtest.Pool(t, d.succeed(t, "client", "uri", "athena_logging")).QueryRow(t.Context(),
		"SELECT count(*) FROM gateway_deferred_requests WHERE request::text LIKE '%ath\\_%' OR request::text LIKE '%api_key%'")
	require.NoError(t, row.Scan(&secrets))
	require.Zero(t, secrets, "no key is kept")
}

func TestWhatIsWrongWithADeferredWriteIsToldAtOnce(t *testing.T) {
	t.Parallel()
	d := newDeferring(t)
	for _, tc := range []struct {
		method, path, body string
		status             int
		contains           string
	}{
		{"PUT", "/gateway/insert", `{"table_name":"things","insert_body":`, 400, "invalid_json"},
		{"PUT", "/gateway/insert", `{"table_name":"nothings","insert_body":{"id":1}}`, 400, "unknown_table"},
		{"PUT", "/gateway/insert", `{"table_name":"things","insert_body":{"ident":1}}`, 400, "unknown_column"},
		{"PATCH", "/rest/v1/things", `{"name":"a"}`, 400, "missing_filter"},
		{"POST", "/gateway/query", `{"query":"UPDATE nothings SET a = 1"}`, 400, "unknown_table"},
	} {
		r := d.do(t, tc.method, tc.path, tc.body, append([]string{"X-Athena-Defer: true"}, d.key...)...)
		require.Equal(t, tc.status, r.status, r.body)
		require.Contains(t, r.body, tc.contains)
	}
	reader := result[wire.CreatedAPIKey](t, &d.home, "key", "create", "--client", "demo", "--right", "*.read").APIKey
	r := d.do(t, "PUT", "/gateway/insert", `{"table_name":"things","insert_body":{"id":1}}`, "X-Athena-Defer: true", "X-Athena-Client: demo", "apikey: "+reader)
	require.Equal(t, 403, r.status, r.body)
	r = d.do(t, "PUT", "/gateway/insert", `{"table_name":"things","insert_body":{"id":1}}`, "X-Athena-Defer: true", "x-pg-uri: "+d.succeed(t, "client", "uri", "demo"))
	require.NotEqual(t, 202, r.status, "a database named by its address is written to at once: %s", r.body)
	require.Contains(t, d.do(t, "POST", "/gateway/deferred/flush", "", d.admin).body, `"succeeded":0,"failed":0,"pending":0`)
}

func TestDeferredWritesThatFail(t *testing.T) {
	t.Parallel()
	d := newDeferring(t)
	const insert = `{"table_name":"things","insert_body":{"id":1}}`
	require.Equal(t, 200, d.do(t, "PUT", "/gateway/insert", insert, d.key...).status)
	location := d.later(t, "PUT", "/gateway/insert", insert, "X-Athena-Defer: true")
	w := d.ended(t, location)
	require.Equal(t, wire.DeferredFailed, w.Status)
	require.Equal(t, 409, w.Response.Status)
	require.Contains(t, string(w.Error), "unique_violation")
	require.Equal(t, 1, w.Attempts)

	dbtest.Exec(t, d.succeed(t, "client", "uri", "demo"), "DELETE FROM things")
	r := d.do(t, "POST", location+"/requeue", "", d.key...)
	require.Equal(t, 200, r.status, r.body)
	w = d.ended(t, location)
	require.Equal(t, wire.DeferredCompleted, w.Status)
	require.Equal(t, "null", string(w.Error))

	reader := result[wire.CreatedAPIKey](t, &d.home, "key", "create", "--client", "demo", "--right", "*.read").APIKey
	for _, path := range []string{location, location + "/requeue"} {
		method := map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(path, "requeue")]
		require.Equal(t, 401, d.do(t, method, path, "", "X-Athena-Client: demo").status)
		require.Equal(t, 403, d.do(t, method, path, "", "X-Athena-Client: demo", "apikey: "+reader).status)
		require.Equal(t, 404, d.do(t, method, path, "", "X-Athena-Client: athena_logging", d.admin).status, "it is another client's")
		require.Equal(t, 404, d.do(t, method, strings.Replace(path, location[len(location)-4:], "zzzz", 1), "", d.key...).status)
	}
	require.Equal(t, 401, d.do(t, "POST", "/gateway/deferred/flush", "", d.key...).status)
}

// TestLimitsCanPutWritesOff sets a limit whose excess is done later.
func TestLimitsCanPutWritesOff(t *testing.T) {
	t.Parallel()
	d := newDeferring(t)
	r := d.do(t, "PUT", "/admin/client-configs/demo", `{"config":{"admission":{"limit":1,"window_ms":60000,"on_limit":"defer"}}}`, d.admin)
	require.Equal(t, 200, r.status, r.body)
	d.becomes(t, 429, "POST", "/gateway/fetch", `{"table_name":"things"}`, d.key...)
	var location string
	for id := 1; location == ""; id++ { // the next window may just have begun
		r := d.do(t, "PUT", "/gateway/insert", fmt.Sprintf(`{"table_name":"things","insert_body":{"id":%d}}`, id), d.key...)
		require.Contains(t, []int{200, 202}, r.status, r.body)
		location = r.header.Get("Location")
	}
	r = d.do(t, "PUT", "/admin/client-configs/demo", `{"config":{}}`, d.admin)
	require.Equal(t, 200, r.status, r.body)
	d.becomes(t, 200, "POST", "/gateway/fetch", `{"table_name":"things"}`, d.key...)
	w := d.ended(t, location)
	require.Equal(t, [2]string{"client_limit", wire.DeferredCompleted}, [2]string{w.Reason, w.Status})
	require.Eventually(t, func() bool {
		events := d.do(t, "GET", "/admin/admission-events?client=demo&decision=deferred", "", d.admin)
		return strings.Contains(events.body, `"deferred_request_id":"`+w.RequestID.String()+`"`)
	}, patience, pollEvery)
}

func TestDeferredWritesCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	h := installed(t)
	h.env = append(h.env, "ATHENA_DEFERRED_ENABLED=false")
	d := &deferring{process: serve(t, h), home: h, admin: "apikey: " + credentialsOf(t).admin}
	key := []string{"X-Athena-Client: demo", "apikey: " + credentialsOf(t).key}
	r := d.do(t, "PUT", "/gateway/insert", `{"table_name":"products","insert_body":{"name":"now","price":1}}`, append(key, "X-Athena-Defer: true")...)
	require.Equal(t, 200, r.status, "it is done at once: %s", r.body)
	r = d.do(t, "POST", "/gateway/deferred/flush", "", d.admin)
	require.Equal(t, 200, r.status)
	require.Contains(t, r.body, `"enabled":false,"succeeded":0,"failed":0,"pending":0,"invalidated_tables":[]`)
}
