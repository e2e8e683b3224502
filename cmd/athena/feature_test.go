package main

import (
	"net/http"
	"testing"
	"time"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// featured are requests that need a feature of the client, by the feature.
var featured = map[wire.Feature][]struct{ method, path, body string }{
	wire.FeatureREST: {{"GET", "/rest/v1/thing?limit=1", ""}},
	wire.FeatureSQL: {
		{"POST", "/gateway/query", `{"query":"SELECT 1"}`},
		{"POST", "/query/sql", `{"query":"SELECT 1","driver":"postgresql","db_name":"demo"}`},
		{"POST", "/query/count", `{"query":"SELECT count(*) FROM public.thing","driver":"postgresql","db_name":"demo"}`},
	},
	wire.FeatureRPC:          {{"POST", "/gateway/rpc", `{"function":"one"}`}, {"POST", "/rpc/one", `{}`}, {"GET", "/rest/v1/rpc/one", ""}},
	wire.FeaturePublicRoutes: {{"POST", "/public/shop/fetch", `{"table_name":"thing"}`}},
	wire.FeatureManagement:   {{"GET", "/management/capabilities", ""}},
}

func makeThing(t *testing.T, n *twoNodes, admin []string) {
	t.Helper()
	for _, sql := range []string{"CREATE TABLE public.thing (id int PRIMARY KEY)", "CREATE FUNCTION public.one() RETURNS int STABLE AS 'SELECT 1' LANGUAGE sql"} {
		r := n.there.do(t, "POST", "/gateway/query", `{"query":"`+sql+`"}`, admin...)
		require.Equal(t, 200, r.status, r.body)
	}
}

// TestFeaturesAreSwitchedOffOnEveryNode switches features off on one node and finds
// them gone on the other, for the admin key too.
func TestFeaturesAreSwitchedOffOnEveryNode(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t, "ATHENA_KEY_12=the-admin-key")
	admin := []string{"apikey: the-admin-key", "X-Athena-Client: demo"}
	set := func(config string) {
		r := n.here.do(t, "PUT", "/admin/client-configs/demo", `{"config":`+config+`}`, admin...)
		require.Equal(t, 200, r.status, r.body)
	}
	made := n.here.do(t, "POST", "/admin/public-routes", `{"route_key":"shop","client_name":"demo","allowed_ops":["fetch"]}`, admin...)
	require.Equal(t, 201, made.status, made.body)
	makeThing(t, n, admin)
	n.there.becomes(t, 200, "POST", "/public/shop/fetch", `{"table_name":"thing"}`, admin...)

	for feature, requests := range featured {
		set(`{}`)
		for _, r := range requests {
			n.there.becomes(t, 200, r.method, r.path, r.body, admin...)
		}
		set(`{"features":{"` + string(feature) + `":false}}`)
		for _, r := range requests {
			n.there.becomes(t, 403, r.method, r.path, r.body, admin...)
			answer := n.there.do(t, r.method, r.path, r.body, admin...)
			require.Contains(t, answer.body, string(feature)+" is switched off for the client demo")
		}
		answer := n.there.do(t, "POST", "/gateway/fetch", `{"table_name":"thing"}`, admin...)
		require.Equal(t, 200, answer.status, answer.body)
	}
}

func TestDeferringIsSwitchedOff(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t, "ATHENA_KEY_12=the-admin-key")
	admin := []string{"apikey: the-admin-key", "X-Athena-Client: demo"}
	makeThing(t, n, admin)
	later := append(admin, "X-Athena-Defer: true")
	const body = `{"table_name":"thing","conditions":[{"eq_column":"id","eq_value":1}]}`
	n.there.becomes(t, 202, "DELETE", "/gateway/delete", body, later...)
	r := n.here.do(t, "PUT", "/admin/client-configs/demo", `{"config":{"features":{"deferred":false}}}`, admin...)
	require.Equal(t, 200, r.status, r.body)
	n.there.becomes(t, 200, "DELETE", "/gateway/delete", body, later...)
}

func TestChatIsSwitchedOff(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t, "ATHENA_KEY_12=the-admin-key")
	require.Equal(t, 201, n.send(t, n.here, "ann", "one").status)
	await(t, n.follow(t, n.there, "bob"), "one")
	r := n.here.do(t, "PUT", "/admin/client-configs/demo", `{"config":{"features":{"chat":false}}}`, "apikey: the-admin-key")
	require.Equal(t, 200, r.status, r.body)
	n.there.becomes(t, 403, "GET", "/chat/rooms", "", n.headers("ann")...)
	require.Contains(t, n.there.do(t, "GET", "/chat/rooms", "", n.headers("ann")...).body, "chat is switched off for the client demo")

	ws := n.follow(t, n.there, "bob")
	require.NoError(t, ws.SetReadDeadline(time.Now().Add(patience)))
	_, text, err := ws.ReadMessage()
	require.NoError(t, err)
	var told wire.ChatEvent
	require.NoError(t, json.Unmarshal(text, &told))
	require.Equal(t, wire.EventError, told.Type)
	require.Contains(t, string(text), "switched off")
	require.Equal(t, http.StatusForbidden, n.there.do(t, "GET", "/chat/events?room_id="+n.room, "", n.headers("ann")...).status)
}
