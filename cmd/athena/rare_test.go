package main

import (
	"strings"
	"testing"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// TestClashes has others do the same at the same moment, so that only a constraint of the
// database stands between both.
func TestClashes(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	headers := []string{"X-Athena-Client: demo", "X-User-Id: ann", "X-Organization-Id: acme"}
	clash := fault{state: "23505"}
	require.Equal(t, 200, f.do(t, "GET", "/chat/rooms", "", append(headers, f.key)...).status)
	for _, tc := range []struct {
		line       *line
		key        string
		path, body string
	}{
		{f.control, faultyAdmin, "POST /admin/api-keys", `{"name":"clash","client_name":"demo"}`},
		{f.tenant, f.key, "POST /chat/rooms", `{"kind":"group","title":"Clash"}`},
		{f.tenant, f.key, "POST /chat/rooms/direct/resolve", `{"participant_user_ids":["ann","bob"]}`},
		{f.tenant, f.key, "PUT /management/functions", `{"ddl":"CREATE OR REPLACE FUNCTION public.clash() RETURNS int LANGUAGE sql AS 'SELECT 1'"}`},
	} {
		method, path, _ := strings.Cut(tc.path, " ")
		tc.line.become(clash)
		r := f.do(t, method, path, tc.body, append(headers, tc.key)...)
		tc.line.become(fault{})
		require.Equal(t, 409, r.status, "%s: %s", tc.path, r.body)
	}
}

// TestRareAnswers provokes answers that the requests of other tests do not lead to.
func TestRareAnswers(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	headers := []string{"X-Athena-Client: demo", "X-User-Id: ann", "X-Organization-Id: acme", f.key}
	sql := func(text string) {
		r := f.do(t, "POST", "/gateway/query", `{"query":"`+text+`"}`, headers...)
		require.Equal(t, 200, r.status, r.body)
	}
	sql("CREATE FUNCTION public.taken() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RAISE unique_violation; END'")
	for _, tc := range []struct {
		status             int
		method, path, body string
	}{
		{200, "GET", "/errors/invalid_request", ""},
		{400, "GET", "/chat/events?rooms=here", ""},
		{400, "GET", "/management/functions?include_system=perhaps", ""},
		{400, "POST", "/gateway/data", `{"table_name":1}`},
		{409, "GET", "/rpc/taken", ""},
		{409, "POST", "/gateway/rpc", `{"function":"taken"}`},
		{409, "POST", "/query/sql", `{"query":"SELECT taken()","driver":"postgresql","db_name":"demo"}`},
	} {
		r := f.do(t, tc.method, tc.path, tc.body, headers...)
		require.Equal(t, tc.status, r.status, "%s %s: %s", tc.method, tc.path, r.body)
	}
	require.Equal(t, 400, f.do(t, "POST", "/gateway/deferred/flush?client=%ff", "", faultyAdmin).status)
	require.Equal(t, 400, f.do(t, "GET", "/registry", "", "Cache-Control: \xff").status)

	made := f.do(t, "POST", "/admin/api-keys", `{"name":"elsewhere","client_name":"demo","rights":["*"],"ip_whitelist":["10.0.0.0/8"]}`, faultyAdmin)
	require.Equal(t, 201, made.status, made.body)
	var elsewhere wire.CreatedAPIKey
	require.NoError(t, json.Unmarshal([]byte(made.body), &elsewhere))
	require.Equal(t, 403, f.do(t, "GET", "/schema/tables", "", "X-Athena-Client: demo", "apikey: "+elsewhere.APIKey).status)
}
