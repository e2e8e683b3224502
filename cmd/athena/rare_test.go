package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

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
}
