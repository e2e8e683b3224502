package main

import (
	"fmt"
	"testing"
	"time"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

// keyNodes are two servers on one control database with one admin key.
func keyNodes(t *testing.T) (h home, nodes [2]*process) {
	t.Helper()
	h = installed(t)
	h.env = append(h.env, "ATHENA_KEY_12=the-admin-key")
	nodes[0] = serve(t, h)
	other := newHome(t)
	other.env = h.env
	other.config = configFile(t, fmt.Sprintf("control: {uri: %q}\npostgres_clients: {demo: {pg_uri: %q}}\n",
		h.succeed(t, "client", "uri", "athena_logging"), h.succeed(t, "client", "uri", "demo")))
	nodes[1] = serve(t, other)
	return h, nodes
}

func TestNodesAgreeOnKeys(t *testing.T) {
	t.Parallel()
	h, nodes := keyNodes(t)
	const admin, read, write = "apikey: the-admin-key", "/rest/v1/products?limit=1&select=id", "/rest/v1/products?id=eq.0"
	for i, here := range nodes {
		there := nodes[1-i]
		t.Run(fmt.Sprintf("changed on node %d", i), func(t *testing.T) {
			key := result[wire.CreatedAPIKey](t, &h, "key", "create", "--client", "demo", "--right", "gateway.read")
			headers := []string{"X-Athena-Client: demo", "apikey: " + key.APIKey}
			path := "/admin/api-keys/" + key.Record.ID.String()
			for _, node := range nodes {
				require.Equal(t, 200, node.do(t, "GET", read, "", headers...).status)
				require.Equal(t, 403, node.do(t, "DELETE", write, "", headers...).status)
			}
			change := func(status int, method, path, body string) {
				r := here.do(t, method, path, body, admin)
				require.Equal(t, status, r.status, r.body)
			}
			began := time.Now()
			heard := func(status int, method, path string, headers ...string) {
				there.becomes(t, status, method, path, "", headers...)
				t.Logf("heard after %v", time.Since(began))
				began = time.Now()
			}
			change(200, "PATCH", path, `{"rights":["gateway.read","gateway.delete"]}`)
			heard(200, "DELETE", write, headers...)
			change(200, "PATCH", path, `{"is_active":false}`)
			heard(401, "GET", read, headers...)
			change(200, "PATCH", path, `{"is_active":true}`)
			heard(200, "GET", read, headers...)
			change(200, "POST", "/admin/ip-global-blacklist", `{"addr":"127.0.0.0/8"}`)
			heard(403, "GET", read, headers...)
			change(200, "DELETE", "/admin/ip-global-blacklist?addr=127.0.0.0/8", "")
			heard(200, "GET", read, headers...)
			change(200, "DELETE", path, "")
			heard(401, "GET", read, headers...)
			change(200, "PUT", "/admin/api-key-clients/demo", `{"enforce_api_keys":false}`)
			heard(200, "GET", read, "X-Athena-Client: demo")
			change(200, "DELETE", "/admin/api-key-clients/demo", "")
			heard(401, "GET", read, "X-Athena-Client: demo")
		})
	}
}
