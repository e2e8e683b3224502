package system_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"athena/http/apitest"
	"athena/http/route"
	"athena/http/system"
	"athena/persistence/controldb"
	"athena/persistence/daemonsdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestMirrors(t *testing.T) {
	t.Parallel()
	uri := dbtest.Control(t)
	store := daemonsdb.Store{DB: dbtest.Pool(t, uri)}
	serve := func(status int, body string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	add := func(address, host string) string {
		id := uuid.New()
		require.NoError(t, store.Beat(t.Context(), &wire.Daemon{ID: id, DaemonName: "athena", Host: host, Version: "9", Address: &address, StartedAt: time.Now()}))
		return id.String()
	}
	good := serve(200, `{"version":"7"}`)
	add(strings.Replace(strings.TrimPrefix(good, "http://"), "127.0.0.1", "0.0.0.0", 1), "127.0.0.1")
	add(serve(200, "<html>"), "x")
	add(serve(500, `{"version":"7"}`), "x")
	add("127.0.0.1:1", "x")
	add("http://bad host", "x")
	dbtest.Exec(t, uri,
		"UPDATE athena_daemons SET last_heartbeat_at = now() - interval '10 minutes' WHERE id = '"+add("lost.example:1", "x")+"'",
		"UPDATE athena_daemons SET last_heartbeat_at = now() - interval '2 hours' WHERE id = '"+add("long.example:1", "x")+"'",
		"UPDATE athena_daemons SET stopped_at = now() WHERE id = '"+add("stopped.example:1", "x")+"'")

	api := apitest.New(t, system.API{Version: "1", Cluster: system.NewCluster(store)}.Routes())
	health := apitest.Answer[wire.ClusterHealth](t, api, 200, "GET /health/cluster", "")
	require.Equal(t, "1 of 6 servers are online", health.Message)
	says := map[string]string{}
	for _, m := range health.Mirrors {
		if m.Status == wire.MirrorOnline {
			require.Equal(t, good, m.URL, "the machine's name stands for all its addresses")
			require.Equal(t, "7", *m.CargoTomlVersion)
			require.Nil(t, m.Message)
			continue
		}
		require.Nil(t, m.LatencyMS)
		says[m.URL] = *m.Message
	}
	require.Contains(t, says["http://127.0.0.1:1"], "does not answer")
	require.Contains(t, says["http://bad host"], "cannot be read")
	require.Contains(t, says["http://lost.example:1"], "has not told since")
	require.Len(t, says, 5)
}

func TestRegistryIsRememberedForAMoment(t *testing.T) {
	t.Parallel()
	uri := dbtest.Control(t)
	store := controldb.Store{DB: dbtest.Pool(t, uri)}
	var tables []route.Table
	made := system.API{Registry: system.NewRegistry(store), Tables: func() []route.Table { return tables }}
	tables = []route.Table{made.Routes()}
	require.NoError(t, store.Register(t.Context(), system.Entries("1", tables)))
	api := apitest.New(t, tables...)

	rows := apitest.Answer[[]wire.RegistryEntry](t, api, 200, "GET /registry", "")
	routes := apitest.Answer[[]wire.RouterEntry](t, api, 200, "GET /router/registry", "")
	require.Len(t, rows, len(tables[0]))
	require.Len(t, routes, len(tables[0]))
	access := map[string]string{}
	for _, r := range rows {
		access[r.Method+" "+r.Path] = r.Access
	}
	require.Equal(t, "admin", access["GET /debug/schema"])
	require.Equal(t, "public", access["GET /registry"])

	id := rows[0].ID.String()
	one := apitest.Answer[[]wire.RegistryEntry](t, api, 200, "GET /registry/"+id, "")
	require.Equal(t, rows[:1], one)
	dbtest.Exec(t, uri, "DELETE FROM api_registry WHERE api_registry_id = '"+id+"'")
	apitest.Answer[[]wire.RegistryEntry](t, api, 200, "GET /registry/"+id, "")
	gone := apitest.Answer[wire.Failure](t, api, 404, "GET /registry/"+id, "", "Cache-Control: no-cache")
	require.Equal(t, "api_registry_id", gone.Field)
	bad := apitest.Answer[wire.Failure](t, api, 400, "GET /registry/7", "")
	require.Equal(t, "api_registry_id", bad.Field)
}
