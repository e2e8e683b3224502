package main

import (
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// TestConfigOfAClientCountsOnEveryNode sets a limit on one node and meets it on
// the other, whose log tells of it.
func TestConfigOfAClientCountsOnEveryNode(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.config = configFile(t, `
control: {uri: "${CONTROL}"}
postgres_clients:
  shop: {pg_uri: "${SHOP}"}
`)
	h.env = []string{"CONTROL=" + dbtest.New(t), "SHOP=" + dbtest.New(t, "CREATE TABLE thing (id int PRIMARY KEY)")}
	first := serve(t, h)
	admin, err := os.ReadFile(first.await(t, regexp.MustCompile(`msg="admin key made" file=(\S+)`)))
	require.NoError(t, err)
	second := serve(t, h)
	operator := "apikey: " + strings.TrimSpace(string(admin))
	shop := []string{"X-Athena-Client: shop", "apikey: " + result[wire.CreatedAPIKey](t, &h, "key", "create", "--right", "*").APIKey}
	const body = `{"table_name":"thing"}`
	require.Equal(t, 200, second.do(t, "POST", "/gateway/fetch", body, shop...).status)

	r := first.do(t, "PUT", "/admin/client-configs/shop", `{"config":{"admission":{"limit":1,"window_ms":60000}}}`, operator)
	require.Equal(t, 200, r.status, r.body)
	second.becomes(t, 429, "POST", "/gateway/fetch", body, shop...)
	r = first.do(t, "DELETE", "/admin/client-configs/shop", "", operator)
	require.Equal(t, 200, r.status, r.body)
	second.becomes(t, 200, "POST", "/gateway/fetch", body, shop...)

	const slow = `{"query":"SELECT 1 AS one FROM pg_sleep(0.5)"}`
	require.Equal(t, 200, second.do(t, "POST", "/gateway/query", slow, shop...).status)
	r = first.do(t, "PUT", "/admin/client-configs/shop", `{"config":{"resilience":{"statement_timeout_ms":50,"pool_size":2}}}`, operator)
	require.Equal(t, 200, r.status, r.body)
	second.becomes(t, 504, "POST", "/gateway/query", slow, shop...)
	require.Contains(t, second.do(t, "GET", "/admin/pools", "", operator).body, `"max":2`)

	require.Zero(t, second.end(t, syscall.SIGTERM), "what waits is written at the end")
	events := first.do(t, "GET", "/admin/admission-events?client=shop&decision=rejected", "", operator)
	require.Contains(t, events.body, `"reason":"client_limit"`)
	require.Zero(t, first.end(t, syscall.SIGTERM))
}
