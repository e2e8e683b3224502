package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestExternalControlDatabase(t *testing.T) {
	t.Parallel()
	control := dbtest.New(t)
	shop := dbtest.New(t, "CREATE TABLE thing (id int PRIMARY KEY, name text); INSERT INTO thing VALUES (1, 'anvil')")
	h := newHome(t)
	h.config = configFile(t, `
control: {uri: "${CONTROL}"}
postgres_clients:
  shop: {pg_uri: "${SHOP}", description: from the file}
  elsewhere: {pg_uri_env_var: SHOP}
  lost: {pg_uri_env_var: NOT_SET}
`)
	h.env = []string{"CONTROL=" + control, "SHOP=" + shop}
	p := serve(t, h)
	require.Empty(t, p.out.String(), "there is nothing to try without the demo")
	require.False(t, exists(filepath.Join(h.dir, "postgres")), "no cluster is made")
	file := p.await(t, regexp.MustCompile(`msg="admin key made" file=(\S+)`))
	admin, err := os.ReadFile(file)
	require.NoError(t, err)

	key := result[wire.CreatedAPIKey](t, &h, "key", "create", "--right", "*").APIKey
	for _, client := range []string{"shop", "elsewhere"} {
		r := p.do(t, "POST", "/gateway/fetch", `{"table_name":"thing"}`, "X-Athena-Client: "+client, "apikey: "+key)
		require.Equal(t, 200, r.status, r.body)
		require.Contains(t, r.body, "anvil")
	}
	r := p.do(t, "POST", "/gateway/fetch", `{"table_name":"thing"}`, "X-Athena-Client: lost", "apikey: "+key)
	require.Equal(t, 503, r.status, r.body)
	r = p.do(t, "POST", "/gateway/fetch", `{"table_name":"api_keys","columns":"public_id"}`, "X-Athena-Client: athena_logging", "apikey: "+key)
	require.Equal(t, 200, r.status, r.body)
	r = p.do(t, "GET", "/admin/clients", "", "apikey: "+strings.TrimSpace(string(admin)))
	require.Equal(t, 200, r.status, r.body)
	require.Contains(t, r.body, "from the file")
	require.Equal(t, shop, h.succeed(t, "client", "uri", "shop"))
	require.Equal(t, "anvil", h.succeed(t, "psql", "shop", "--", "-Atc", "select name from thing"))
	require.Zero(t, p.end(t, syscall.SIGTERM))
}
