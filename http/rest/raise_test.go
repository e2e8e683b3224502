package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRaised has functions say how their refusal is answered.
func TestRaised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api = w.api.Loose() // any status can be raised
	w.Exec(t, `CREATE FUNCTION refuse(state text, message text, detail text, hint text) RETURNS int STABLE LANGUAGE plpgsql AS $$
		BEGIN RAISE '%', message USING ERRCODE = state, DETAIL = detail, HINT = hint; END $$`)
	long := strings.Repeat("x", 600)
	for _, tc := range []struct {
		name, state, message, detail string
		status                       int
		want                         string
	}{
		{"a status", "PT402", "pay first", "3 coins", 402, `{"code":"PT402","message":"pay first","details":"3 coins","hint":"do"}`},
		{"a status that is none", "PT999", "no", "", 500, `{"code":"PT999","message":"no","details":null,"hint":"do"}`},
		{"no status", "PTABC", "no", "", 500, `{"code":"PTABC","message":"no","details":null,"hint":"do"}`},
		{"everything", "PGRST", `{"code":"17","message":"pay","details":"d","hint":"h"}`, `{"status":418,"headers":{"X-Coins":"3"}}`, 418, `{"code":"17","message":"pay","details":"d","hint":"h"}`},
		{"much", "PGRST", `{"code":"17","message":"` + long + `"}`, `{"status":451,"headers":{}}`, 451, `{"code":"17","message":"` + long + `","details":null,"hint":null}`},
		{"a message that is no JSON", "PGRST", `pay`, `{"status":418,"headers":{}}`, 500, ""},
		{"a message without a code", "PGRST", `{"message":"pay"}`, `{"status":418,"headers":{}}`, 500, ""},
		{"no detail", "PGRST", `{"code":"17","message":"pay"}`, ``, 500, ""},
		{"a detail without headers", "PGRST", `{"code":"17","message":"pay"}`, `{"status":418}`, 500, ""},
		{"a status that cannot be", "PGRST", `{"code":"17","message":"pay"}`, `{"status":42,"headers":{}}`, 500, ""},
		{"a header of the message's form", "PGRST", `{"code":"17","message":"pay"}`, `{"status":418,"headers":{"Content-Length":"1"}}`, 500, ""},
		{"a header that is none", "PGRST", `{"code":"17","message":"pay"}`, `{"status":418,"headers":{"X-A: 1\r\nX-B":"1"}}`, 500, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			query := url.Values{"state": {tc.state}, "message": {tc.message}, "detail": {tc.detail}, "hint": {"do"}}
			reply := w.with(t).bare("GET /rest/v1/rpc/refuse?"+query.Encode(), "")
			require.Equal(t, tc.status, reply.Status, reply.Body)
			if tc.want == "" {
				require.Contains(t, reply.Body, `"PGRST121"`)
				require.Empty(t, reply.Header.Peek("X-B"))
				return
			}
			require.JSONEq(t, tc.want, reply.Body)
			require.Equal(t, tc.name == "everything", string(reply.Header.Peek("X-Coins")) == "3")
		})
	}
	require.Equal(t, 400, w.do("GET /rest/v1/rpc/refuse?state=PT402&message=m&detail=d&hint=h", "").Status, "with an envelope the registry decides")
}
