package main

import (
	"strconv"
	"strings"
	"testing"

	"athena/persistence/dbtest"

	"github.com/stretchr/testify/require"
)

// TestNoSecretIsEverRepeated sends every kind of credential, good and bad, where
// clients put them, and looks for them in all that the server says and keeps.
func TestNoSecretIsEverRepeated(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	good := credentialsOf(t)
	uri := s.home.succeed(t, "client", "uri", "demo")
	password := passwordOf(t, uri)
	direct := "postgres://athena:" + password + "@" + tcpAddress(t, uri) + "/demo"
	const (
		badKey     = "ath_0123456789abcdef.badkeysecretbadkeysecretbadkeysecretbadkeysecretbadkeysecret"
		badToken   = "badtokenbadtokenbadtoken"
		badAdmin   = "badadminbadadminbadadmin"
		badAddress = "postgres://athena:badpasswordbadpassword@127.0.0.1:1/demo"
	)
	secrets := []string{good.admin, secretOf(good.key), good.alice, password, secretOf(badKey), badToken, badAdmin, "badpasswordbadpassword", "hiddenhidden"}

	var bodies strings.Builder
	batch := 0
	send := func(method, path, body string, headers ...string) {
		batch++
		r := s.do(t, method, path, body, append(headers, "X-Request-Id: secret-batch")...)
		bodies.WriteString(r.body + "\n")
		for name, values := range r.header {
			bodies.WriteString(name + ": " + strings.Join(values, " ") + "\n")
		}
	}
	const table = "/rest/v1/products"
	fetch := `{"table_name":"products","limit":1}`
	for _, key := range []string{good.key, good.admin, badKey, badAdmin, badToken} {
		for _, header := range []string{"apikey: ", "X-Api-Key: ", "X-Athena-Key: ", "X-Athena-Admin-Key: ", "Authorization: Bearer ", "X-Athena-Auth-Session-Token: "} {
			send("GET", table+"?limit=1", "", "X-Athena-Client: demo", header+key)
			send("GET", "/admin/clients", "", header+key)
			send("GET", "/chat/rooms", "", "X-Athena-Client: demo", header+key)
		}
		send("GET", table+"?limit=1&api_key="+key, "", "X-Athena-Client: demo")
		send("GET", "/nowhere?api_key="+key, "")
		send("GET", table+"?nothing=eq.1&api_key="+key, "", "X-Athena-Client: demo")
	}
	for _, cookie := range []string{good.alice, badToken} {
		send("GET", "/chat/rooms", "", "X-Athena-Client: demo", "Cookie: athena-auth.session-token="+cookie)
	}
	for _, address := range []string{direct, badAddress, strings.Replace(direct, password, "badpasswordbadpassword", 1), "mysql://u:hiddenhidden@h/d", "postgres://u:hidden\nhidden@h/d"} {
		for _, header := range []string{"x-pg-uri: ", "x-athena-jdbc-url: jdbc:", "x-jdbc-url: "} {
			if !strings.Contains(address, "\n") {
				send("POST", "/gateway/fetch", fetch, header+address)
				send("POST", "/gateway/query", `{"query":"select nothing"}`, header+address)
			}
		}
	}
	send("POST", "/admin/clients", `{"client_name":"leaky","pg_uri":"postgres://u:hiddenhidden@127.0.0.1:1/d"}`, "apikey: "+good.admin)
	send("GET", table, "", "X-Athena-Client: leaky", "apikey: "+good.admin)
	send("GET", "/admin/clients", "", "apikey: "+good.admin)
	send("GET", "/admin/pools", "", "apikey: "+good.admin)
	send("GET", "/admin/api-keys", "", "apikey: "+good.admin)
	send("GET", "/metrics", "")
	s.home.succeed(t, "client", "remove", "leaky")

	kept := loggedRequests(t, &s.home, batch)
	for _, secret := range secrets {
		for place, text := range map[string]string{"an answer": bodies.String(), "stdout": s.out.String(), "stderr": s.errs.String(), "http_request_log": kept} {
			require.Falsef(t, strings.Contains(text, secret), "%s has the secret %.12s…", place, secret)
		}
	}
}

func secretOf(key string) string { return strings.Split(key, ".")[1] }

// tcpAddress is where the database of an address is reached by host and port.
func tcpAddress(t *testing.T, uri string) string {
	t.Helper()
	port := dbtest.Pool(t, uri).Config().ConnConfig.Port
	return "127.0.0.1:" + strconv.Itoa(int(port))
}

// loggedRequests waits for the rows of the batch and gives them all as text.
func loggedRequests(t *testing.T, h *home, batch int) (text string) {
	t.Helper()
	pool := dbtest.Pool(t, h.succeed(t, "client", "uri", "athena_logging"))
	require.Eventually(t, func() bool {
		var n int
		require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM http_request_log WHERE request_id = 'secret-batch'").Scan(&n))
		return n == batch
	}, patience, 10*pollEvery)
	err := pool.QueryRow(t.Context(), "SELECT string_agg(l::text, E'\\n') || (SELECT coalesce(string_agg(o::text, E'\\n'), '') FROM gateway_operation_log AS o) FROM http_request_log AS l").Scan(&text)
	require.NoError(t, err)
	return text
}
