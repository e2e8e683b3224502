package main

import (
	"testing"

	"athena/persistence/dbtest"

	"github.com/stretchr/testify/require"
)

// TestPublicRouteRefusals asks a running server by public routes and by hostnames for
// what it has to refuse, and what it lets through beside it.
func TestPublicRouteRefusals(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.config = configFile(t, `
control: {uri: "${CONTROL}"}
gateway: {base_domain: db.example.com}
postgres_clients: {filed: {pg_uri: "${SHOP}"}}
`)
	const admin = "apikey: the-admin-key"
	shop := dbtest.New(t, "CREATE TABLE thing (id int PRIMARY KEY); INSERT INTO thing VALUES (1)")
	h.env = []string{"CONTROL=" + dbtest.New(t), "ATHENA_KEY_12=the-admin-key", "SHOP=" + shop}
	p := serve(t, h)
	change := func(status int, method, path, body string) {
		t.Helper()
		r := p.do(t, method, path, body, admin)
		require.Equal(t, status, r.status, r.body)
	}
	change(201, "POST", "/admin/clients", `{"client_name":"shop","pg_uri":"`+shop+`"}`)
	change(201, "POST", "/admin/public-routes", `{"route_key":"store","client_name":"shop","allowed_ops":["fetch"]}`)
	own := h.succeed(t, "key", "create", "--client", "shop", "--right", "*")
	other := h.succeed(t, "key", "create", "--client", "filed", "--right", "*")
	ask := func(status int, code, path string, headers ...string) {
		t.Helper()
		r := p.do(t, "POST", path, `{"table_name":"thing","insert_body":{"id":2}}`, headers...)
		require.Equal(t, status, r.status, r.body)
		require.Contains(t, r.body, code)
	}
	const fetch = "/public/store/fetch"
	ask(200, `"id":1`, fetch, "apikey: "+own)
	ask(403, "route", "/public/store/insert", "apikey: "+own)
	ask(400, "op", "/public/store/truncate", "apikey: "+own)
	ask(404, "not_found", "/public/nothing/fetch", "apikey: "+own)
	ask(401, "apikey", fetch)
	ask(401, "api_key_invalid", fetch, "apikey: "+own[:len(own)-1])
	ask(401, "api_key_invalid", fetch, "apikey: ath_unknown.secret")
	ask(403, "client", fetch, "apikey: "+other, "X-Athena-Client: filed")

	ask(200, `"id":1`, "/gateway/fetch", "Host: store.db.example.com", "apikey: "+own)
	for _, host := range []string{"shop.db.example.com", "other.db.example.com", "a.store.db.example.com", "db.example.com", "store.example.com"} {
		ask(400, "client_missing", "/gateway/fetch", "Host: "+host, "apikey: "+own)
	}

	change(200, "PUT", "/admin/clients/shop/freeze", `{"is_frozen":true}`)
	ask(503, "client_frozen", fetch, "apikey: "+own)
	change(200, "PUT", "/admin/clients/shop/freeze", `{"is_frozen":false}`)
	change(200, "PATCH", "/admin/public-routes/store", `{"is_active":false}`)
	ask(403, "route", fetch, "apikey: "+own)
	ask(400, "client_missing", "/gateway/fetch", "Host: store.db.example.com", "apikey: "+own)
	change(200, "PATCH", "/admin/public-routes/store", `{"is_active":true}`)
	ask(200, `"data":[{"id":1}]`, fetch, "apikey: "+own)
}
