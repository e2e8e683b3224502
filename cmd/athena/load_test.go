package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// TestClientThatNeverLoadsIsSwitchedOff has a client's database out of reach on two
// nodes, until both refuse the client without trying, and an operator brings it back.
func TestClientThatNeverLoadsIsSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	h.config = configFile(t, `
control: {uri: "${CONTROL}"}
gateway: {deactivate_after: 2}
`)
	const admin = "apikey: the-admin-key"
	h.env = []string{"CONTROL=" + dbtest.New(t), "ATHENA_KEY_12=the-admin-key"}
	nodes := [2]*process{serve(t, h), serve(t, h)}
	made := nodes[0].do(t, "POST", "/admin/clients", `{"client_name":"shop","pg_uri":"postgres://nobody:secret@127.0.0.1:1/none"}`, admin)
	require.Equal(t, 201, made.status, made.body)
	nodes[1].becomes(t, 503, "POST", "/gateway/fetch", `{"table_name":"thing"}`, admin, "X-Athena-Client: shop")

	record := func() wire.AthenaClient {
		r := nodes[1].do(t, "GET", "/admin/clients", "", admin)
		require.Equal(t, 200, r.status, r.body)
		require.NotContains(t, r.body, "secret")
		var page wire.AthenaClientPage
		require.NoError(t, json.Unmarshal([]byte(r.body), &page))
		require.Len(t, page.Clients, 1)
		return page.Clients[0]
	}
	for _, node := range nodes {
		require.Eventually(t, func() bool {
			r := node.do(t, "POST", "/gateway/fetch", `{"table_name":"thing"}`, admin, "X-Athena-Client: shop")
			require.Equal(t, 503, r.status, r.body)
			return strings.Contains(r.body, "switched off")
		}, patience, pollEvery)
	}
	off := record()
	require.False(t, off.IsActive)
	require.Equal(t, 2, off.LoadFailures)
	require.NotNil(t, off.DeactivatedAt)
	require.NotNil(t, off.LastLoadError)

	back := nodes[0].do(t, "PATCH", "/admin/clients/shop", `{"is_active":true,"pg_uri":"`+dbtest.New(t, "CREATE TABLE thing (id int)")+`"}`, admin)
	require.Equal(t, 200, back.status, back.body)
	for _, node := range nodes {
		node.becomes(t, 200, "POST", "/gateway/fetch", `{"table_name":"thing"}`, admin, "X-Athena-Client: shop")
	}
	require.Eventually(t, func() bool { return record().LastSeenAt != nil }, patience, pollEvery)
	on := record()
	require.True(t, on.IsActive)
	require.Zero(t, on.LoadFailures)
	require.Nil(t, on.DeactivatedAt)
}

// TestDoctorLooksAtServices has one of each working, and one of each broken.
func TestDoctorLooksAtServices(t *testing.T) {
	t.Parallel()
	const keys = `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"one","alg":"EdDSA","use":"sig","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/auth/get-session":
			_, _ = w.Write([]byte("null"))
		case "/jwks":
			_, _ = w.Write([]byte(keys))
		default:
			http.Error(w, "no", http.StatusInternalServerError)
		}
	}))
	t.Cleanup(service.Close)
	bare, whole := dbtest.New(t), dbtest.Client(t)
	control := dbtest.Control(t)
	for _, tc := range []struct {
		name, config string
		good         bool
		checks       []string
	}{
		{"services answer", "auth: {url: " + service.URL + "/api/auth, jwks_url: " + service.URL + "/jwks, jwt_issuer: i, jwt_audience: a}", true, []string{"auth.url", "auth.jwks_url"}},
		{"services are wrong", "auth: {url: " + service.URL + "/other, jwks_url: " + service.URL + "/none, jwt_issuer: i, jwt_audience: a}", false, []string{"auth.url", "auth.jwks_url"}},
		{"session tables", "gateway: {auth_client: whole}", true, []string{"gateway.auth_client"}},
		{"no session tables", "gateway: {auth_client: bare}", false, []string{"gateway.auth_client"}},
		{"no such client", "gateway: {auth_client: nobody}", false, []string{"gateway.auth_client"}},
		{"no cluster", "scylla: {hosts: [127.0.0.1], port: 1}", false, []string{"scylla"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.config = configFile(t, "control: {uri: \""+control+"\"}\npostgres_clients: {bare: {pg_uri: \""+bare+"\"}, whole: {pg_uri: \""+whole+"\"}}\n"+tc.config+"\n")
			out, errs, code := h.run(t, "doctor", "--json")
			var findings []finding
			require.NoError(t, json.Unmarshal([]byte(out), &findings), errs)
			seen := map[string]finding{}
			for _, f := range findings {
				seen[f.Check] = f
			}
			for _, check := range tc.checks {
				require.Contains(t, seen, check)
				require.Equal(t, tc.good, seen[check].OK, "%+v", seen[check])
				require.Equal(t, tc.good, seen[check].Advice == "", "what is wrong comes with advice")
			}
			if tc.good {
				require.Zero(t, code, "%s %s", out, errs)
			} else {
				require.Equal(t, 1, code)
			}
		})
	}
}
