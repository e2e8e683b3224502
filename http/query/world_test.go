package query_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"athena/actors"
	"athena/actors/pool"
	"athena/http/apitest"
	"athena/http/query"
	"athena/persistence/cache"
	"athena/persistence/cloudflare"
	"athena/persistence/gatewaydb"
	"athena/persistence/remote"
	"athena/persistence/scylla"
	"athena/persistence/supabase"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// world is the domain over a tenant, and over stand-ins for the services outside.
type world struct {
	*apitest.Tenant
	t   testing.TB
	api *apitest.API
	// supabase and d1 are what the stand-ins were asked.
	supabase *supabaseStandIn
	d1       *d1StandIn
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Tenant: apitest.NewTenant(t, gatewaydb.Options{}), t: t, supabase: &supabaseStandIn{}, d1: newD1StandIn(t)}
	supabaseURL, d1URL := serve(t, w.supabase), serve(t, w.d1)
	records := map[string]wire.Backends{
		"supa":   {Supabase: &wire.SupabaseBackend{URL: supabaseURL, Key: projectKey}},
		"wrong":  {Supabase: &wire.SupabaseBackend{URL: supabaseURL, Key: "other"}, D1: &wire.D1Backend{AccountID: "acc", DatabaseID: "db", Token: "other"}},
		"person": {Supabase: &wire.SupabaseBackend{URL: "https://projectref.supabase.co", Key: personalToken}},
		"edge":   {D1: &wire.D1Backend{AccountID: "acc", DatabaseID: "db", Token: d1Token}},
		"gone":   {Supabase: &wire.SupabaseBackend{URL: "http://127.0.0.1:1", Key: projectKey}, D1: &wire.D1Backend{AccountID: "nobody", DatabaseID: "db", Token: d1Token}},
	}
	w.api = apitest.New(t, w.domain(t, records, supabaseURL, d1URL).Routes())
	return w
}

func (w *world) domain(t *testing.T, records map[string]wire.Backends, supabaseURL, d1URL string) query.API {
	t.Helper()
	trusted := remote.New(true)
	return query.API{
		Clients: clients(t, w.URI, records), Scylla: scylla.New(scylla.Config{}),
		Supabase: supabase.Supabase{Remote: trusted, API: supabaseURL}, CustomSupabase: supabase.Supabase{Remote: remote.New(false)},
		D1: cloudflare.D1{Remote: trusted, API: d1URL}, SupabaseProject: "projectref", SupabaseToken: personalToken,
	}
}

// newLameWorld has services outside that do not answer within the time of a request.
func newLameWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Tenant: apitest.NewTenant(t, gatewaydb.Options{}), t: t}
	hangs := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	edge := map[string]wire.Backends{"edge": {D1: &wire.D1Backend{AccountID: "acc", DatabaseID: "db", Token: d1Token}}}
	w.api = apitest.Hurried(t, w.domain(t, edge, hangs, hangs).Routes())
	return w
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// clients are the tenant's own and those that have a backend elsewhere.
func clients(t *testing.T, uri string, records map[string]wire.Backends) *pool.Clients {
	t.Helper()
	targets := []pool.Target{
		{Name: apitest.Client, URI: uri},
		{Name: "off", URI: uri, Inactive: true}, {Name: "frozen", URI: uri, Frozen: true},
		{Name: "odd", URI: uri, Record: wire.AthenaClient{ClientName: "odd", Metadata: json.RawMessage(`{"d1":"x"}`)}},
	}
	for name, backends := range records {
		metadata, err := json.Marshal(backends)
		require.NoError(t, err)
		targets = append(targets, pool.Target{Name: name, URI: uri, Record: wire.AthenaClient{ClientName: name, Metadata: metadata}})
	}
	kept, err := cache.New(cache.Options{})
	require.NoError(t, err)
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	list, err := pool.NewClients(t.Context(), system, pool.Config{
		Options: gatewaydb.Options{PoolSize: 4, Lanes: 1}, Cache: kept,
		Load: func(context.Context) ([]pool.Target, error) { return targets, nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, list.Close(context.Background())) })
	return list
}

func (w *world) with(t testing.TB) *world {
	other := *w
	other.t = t
	return &other
}

func (w *world) do(client, operation, body string, headers ...string) apitest.Reply {
	w.t.Helper()
	return w.api.Do(w.t, operation, body, append([]string{"X-Athena-Client: " + client}, headers...)...)
}

func (w *world) refused(status int, client, operation, body string, headers ...string) wire.Failure {
	w.t.Helper()
	reply := w.do(client, operation, body, headers...)
	require.Equal(w.t, status, reply.Status, reply.Body)
	return read[wire.Failure](w.t, reply.Body)
}

func read[T any](t testing.TB, text string) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &out), text)
	return out
}

// supabaseStandIn answers as a Supabase project and the management API do.
type supabaseStandIn struct {
	ssl bool
	// run, where it is set, runs what the project is asked.
	run func(sql string) (rows string, err error)
}

const (
	projectKey    = "sb_secret_right"
	personalToken = "sbp_right"
)

func (s *supabaseStandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bearer := r.Header.Get("Authorization")
	var body struct {
		Query           string
		RequestedConfig struct{ Database bool }
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	reply := func(status int, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /pg/query":
		if r.Header.Get("apikey") != projectKey || bearer != "Bearer "+projectKey {
			reply(401, `{"message":"Invalid authentication credentials"}`)
			return
		}
	case "POST /v1/projects/projectref/database/query":
		if bearer != "Bearer "+personalToken || r.Header.Get("apikey") != "" {
			reply(401, `{"message":"Unauthorized"}`)
			return
		}
	case "PUT /v1/projects/projectref/ssl-enforcement":
		if bearer != "Bearer "+personalToken {
			reply(401, `{"message":"Unauthorized"}`)
			return
		}
		s.ssl = body.RequestedConfig.Database
		text, _ := json.Marshal(map[string]any{"currentConfig": map[string]bool{"database": s.ssl}, "appliedSuccessfully": true})
		reply(200, string(text))
		return
	default:
		reply(404, `{"message":"Not Found"}`)
		return
	}
	if s.run != nil {
		rows, err := s.run(body.Query)
		if err != nil {
			text, _ := json.Marshal(map[string]string{"error": err.Error()})
			reply(400, string(text))
			return
		}
		reply(200, rows)
		return
	}
	switch body.Query {
	case "SELECT 1 AS one":
		reply(200, `[{"one":1}]`)
	case `SELECT count(*) AS count FROM "public"."people"`, "SELECT count(*) FROM people":
		reply(200, `[{"count":4}]`)
	case "BROKEN":
		reply(502, `bad gateway`)
	default:
		reply(400, `{"error":"syntax error at or near \"SELEC\"","code":"42601"}`)
	}
}
