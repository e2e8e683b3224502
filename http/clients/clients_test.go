package clients_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/collector"
	"athena/actors/jobs"
	"athena/actors/pool"
	"athena/http/apitest"
	"athena/http/clients"
	"athena/http/gateway"
	"athena/persistence/clientsdb"
	"athena/persistence/daemonsdb"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/keysdb"
	"athena/persistence/logsdb"
	"athena/persistence/statsdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// world is the administration of clients over a control database of its own, and
// the gateway to the clients.
type world struct {
	t   *testing.T
	api *apitest.API
	db  *pgxpool.Pool
	// jobs are those of the server that are asked for here.
	jobs *jobs.Jobs
	// pools and collector are what the operations work on.
	pools     *pool.Clients
	collector *collector.Collector
}

func newWorld(t *testing.T) *world {
	t.Helper()
	uri := dbtest.Control(t)
	w := &world{t: t, db: dbtest.Pool(t, uri)}
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	catalog := clientsdb.Store{DB: w.db}
	pools, err := pool.NewClients(t.Context(), system, pool.Config{
		Options: gatewaydb.Options{PoolSize: 2, Lanes: 1}, Load: targets(catalog),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pools.Close(context.Background())) })
	off := false
	api := clients.API{
		Catalog: catalog, Clients: pools, Daemons: daemonsdb.Store{DB: w.db},
		Configured: map[string]wire.ClientConfig{"filed": {Keys: &wire.KeysConfig{Enforced: &off}}},
		Statistics: statsdb.Store{DB: w.db},
	}
	api.Collector = &collector.Collector{Clients: pools, Store: api.Statistics, Seen: api.Catalog.Seen, Host: "here", Instance: uuid.New()}
	w.pools, w.collector = pools, api.Collector
	api.Estimates = clients.NewEstimates()
	w.jobs = w.background(system, &api)
	api.Jobs = w.jobs
	w.api = apitest.New(t, api.Routes(), gateway.API{Clients: pools, MaxRows: 100}.Routes())
	return w
}

// background does on demand what the server does in the background.
func (w *world) background(system *actors.System, api *clients.API) *jobs.Jobs {
	member := daemonsdb.Member{Store: api.Daemons, ID: uuid.New()}
	logs := logsdb.Store{Pool: w.db}
	j := jobs.New(system, member, jobs.Job{Name: clients.CountJob, Every: time.Hour, Together: true, Do: func(ctx context.Context) error {
		requests, operations, err := logs.Written(ctx)
		if err != nil {
			return err
		}
		return api.Statistics.Count(ctx, requests, operations)
	}},
		jobs.Job{Name: "vacuum health", Every: time.Hour, Together: true, Do: func(ctx context.Context) error { return api.Collector.Vacuum(ctx) }},
		jobs.Job{Name: "pressure", Every: time.Hour, Do: func(ctx context.Context) error { return api.Collector.Pressure(ctx, time.Minute) }},
		jobs.Job{Name: "pressure backfill", Every: time.Hour, Together: true, Do: api.Statistics.Backfill},
	)
	w.t.Cleanup(func() { require.NoError(w.t, j.Drain(context.Background())) })
	return j
}

// targets loads the catalog, and beside it one client as the configuration file
// would have it.
func targets(catalog clientsdb.Store) func(context.Context) ([]pool.Target, error) {
	return func(ctx context.Context) ([]pool.Target, error) {
		filed := "FILED_URI"
		list := []pool.Target{{Name: "filed", Broken: errors.New("not set"), Record: wire.AthenaClient{
			ClientName: "filed", Source: "config", PgURIEnvVar: &filed, IsActive: true,
		}}}
		stored, err := catalog.List(ctx)
		for _, record := range stored {
			target := pool.Target{Name: record.ClientName, Frozen: record.IsFrozen, Inactive: !record.IsActive, Record: record}
			if record.PgURI != nil {
				target.URI = *record.PgURI
			} else {
				target.Broken = errors.New("not set")
			}
			list = append(list, target)
		}
		return list, err
	}
}

func do[T any](w *world, operation, body string, status int) T {
	w.t.Helper()
	return apitest.Answer[T](w.t, w.api, status, operation, body)
}

// refusal is a call that must fail.
type refusal struct {
	name, operation, body string
	status                int
	field, words          string
}

func (w *world) refuse(calls []refusal) {
	for _, tc := range calls {
		w.t.Run(tc.name, func(t *testing.T) {
			reply := w.api.Do(t, tc.operation, tc.body)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			var f wire.Failure
			require.NoError(t, json.Unmarshal([]byte(reply.Body), &f), reply.Body)
			require.Equal(t, tc.field, f.Field, reply.Body)
			require.Contains(t, f.Error, tc.words)
		})
	}
}

// tenant makes a database that holds its own name.
func tenant(t *testing.T, name string) string {
	t.Helper()
	return dbtest.New(t, fmt.Sprintf("CREATE TABLE whoami (id int PRIMARY KEY, name text); INSERT INTO whoami VALUES (1, '%s')", name))
}

func (w *world) add(name, uri string) wire.AthenaClient {
	w.t.Helper()
	return do[wire.AthenaClientReply](w, "POST /admin/clients", fmt.Sprintf(`{"client_name":%q,"pg_uri":%q}`, name, uri), 201).Client
}

func (w *world) update(name, body string) wire.AthenaClient {
	w.t.Helper()
	return do[wire.AthenaClientReply](w, "PATCH /admin/clients/"+name, body, 200).Client
}

// fetch reads the name that a client's database holds.
func (w *world) fetch(client string) apitest.Reply {
	return w.api.Do(w.t, "POST /gateway/fetch", `{"table_name":"whoami","columns":["name"]}`, "X-Athena-Client: "+client, "Cache-Control: no-cache")
}

// answers waits until requests to a client are answered so: pools take up changes
// beside the requests that they serve.
func (w *world) answers(client string, status int, words string) {
	w.t.Helper()
	var last apitest.Reply
	require.Eventually(w.t, func() bool {
		last = w.fetch(client)
		return last.Status == status && strings.Contains(last.Body, words)
	}, 20*time.Second, time.Millisecond, "%d %s", status, words)
}

func TestClientServesFromItsAnswerOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	uri := tenant(t, "one")
	made := w.add("acme", uri)
	require.Equal(t, "database", made.Source)
	require.True(t, made.IsActive)
	reply := w.fetch("acme")
	require.Equal(t, 200, reply.Status, reply.Body)
	require.Contains(t, reply.Body, `"one"`)

	page := do[wire.AthenaClientPage](w, "GET /admin/clients", "", 200)
	require.Len(t, page.Clients, 1)
	runtime := map[string]wire.RuntimeAthenaClient{}
	for _, r := range page.Runtime {
		runtime[r.ClientName] = r
	}
	require.True(t, runtime["acme"].PoolConnected)
	require.Equal(t, "config", runtime["filed"].Source)
	for _, path := range []string{"/clients", "/schema/clients"} {
		require.Equal(t, []string{"acme", "filed"}, do[wire.AthenaClientNames](w, "GET "+path, "", 200).Clients)
	}
	pools := do[wire.PoolPage](w, "GET /admin/pools", "", 200).Pools
	require.Equal(t, "acme", pools[0].ClientName)
}

func TestPasswordIsNeverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const uri = "postgres://app:hunter2@127.0.0.1:1/db?sslmode=disable"
	for _, call := range [][2]string{
		{"POST /admin/clients", `{"client_name":"acme","pg_uri":"` + uri + `"}`},
		{"PATCH /admin/clients/acme", `{"pg_uri":"jdbc:postgresql://127.0.0.1:1/db?user=app&password=hunter2"}`},
		{"PUT /admin/clients/acme/freeze", `{"is_frozen":true}`},
		{"GET /admin/clients", ""},
		{"POST /admin/clients", `{"client_name":"b","pg_uri":"mysql://app:hunter2@h/db"}`},
		{"PATCH /admin/clients/acme", `{"pg_uri":"hunter2"}`},
		{"DELETE /admin/clients/acme", ""},
	} {
		reply := w.api.Do(t, call[0], call[1])
		require.NotContains(t, reply.Body, "hunter2", call[0])
	}
}

func TestChangeOfClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("acme", tenant(t, "one"))
	described := w.update("acme", `{"description":"shop"}`)
	require.Equal(t, "shop", *described.Description)
	require.NotNil(t, described.PgURI, "what is left out stays")
	require.Nil(t, w.update("acme", `{"description":null}`).Description)

	byVariable := w.update("acme", `{"pg_uri_env_var":"ACME_URI"}`)
	require.Nil(t, byVariable.PgURI, "a client has one source of its address")
	require.Equal(t, "ACME_URI", *byVariable.PgURIEnvVar)
	byAddress := w.update("acme", fmt.Sprintf(`{"pg_uri":%q}`, tenant(t, "two")))
	require.Nil(t, byAddress.PgURIEnvVar)
	w.answers("acme", 200, `"two"`)

	require.False(t, w.update("acme", `{"is_active":false}`).IsActive)
	w.answers("acme", 503, "switched off")
	require.True(t, w.update("acme", `{"is_active":true}`).IsActive)
	w.answers("acme", 200, `"two"`)
}

func TestRenamedClientKeepsItsKeysAndRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("acme", tenant(t, "one"))
	keys, acme := keysdb.Store{DB: w.db}, "acme"
	made, err := keys.Create(t.Context(), &wire.CreateAPIKey{Name: "k", ClientName: &acme})
	require.NoError(t, err)
	for client, enforce := range map[string]bool{"acme": true, "shop": false} {
		_, err = keys.SetClientConfig(t.Context(), client, enforce)
		require.NoError(t, err)
	}
	do[wire.Success[wire.ClientConfigReply]](w, "PUT /admin/client-configs/acme", `{"config":{"cache":{"enabled":true}}}`, 200)

	require.Equal(t, "shop", w.update("acme", `{"client_name":"shop"}`).ClientName)
	w.answers("acme", 400, "no Athena client")
	w.answers("shop", 200, `"one"`)
	record, err := keys.Get(t.Context(), made.Record.ID)
	require.NoError(t, err)
	require.Equal(t, "shop", *record.ClientName)
	rules, err := keys.ClientConfigs(t.Context())
	require.NoError(t, err)
	require.Len(t, rules, 1)
	require.Equal(t, "shop", rules[0].ClientName)
	require.True(t, rules[0].EnforceAPIKeys, "the rule of the renamed client counts")
	config := do[wire.Success[wire.ClientConfigReply]](w, "GET /admin/client-configs/shop", "", 200).Data.Config
	require.True(t, *config.Config.Cache.Enabled)
}

func TestFrozenClientRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("acme", tenant(t, "one"))
	freeze := func(frozen bool) {
		client := do[wire.AthenaClientReply](w, "PUT /admin/clients/acme/freeze", fmt.Sprintf(`{"is_frozen":%v}`, frozen), 200).Client
		require.Equal(t, frozen, client.IsFrozen)
	}
	require.Equal(t, 200, w.fetch("acme").Status)
	freeze(true)
	w.answers("acme", 503, "client_frozen")
	reply := w.fetch("acme")
	require.NotEmpty(t, reply.Header.Peek("Retry-After"))
	freeze(false)
	w.answers("acme", 200, `"one"`)
}

func TestDeletedClientGivesItsNameFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add("acme", tenant(t, "one"))
	require.Equal(t, 200, w.fetch("acme").Status)
	gone := do[wire.AthenaClientReply](w, "DELETE /admin/clients/acme", "", 200).Client
	require.NotNil(t, gone.DeletedAt)
	w.answers("acme", 400, "no Athena client")
	w.refuse([]refusal{
		{"again", "DELETE /admin/clients/acme", "", 404, "", "not found"},
		{"change", "PATCH /admin/clients/acme", `{"description":"x"}`, 404, "", "not found"},
		{"freeze", "PUT /admin/clients/acme/freeze", `{"is_frozen":true}`, 404, "", "not found"},
	})
	w.add("acme", tenant(t, "two"))
	w.answers("acme", 200, `"two"`)
}

func TestBadClientsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	uri := tenant(t, "one")
	w.add("acme", uri)
	w.add("other", uri)
	body := func(name string) string { return fmt.Sprintf(`{"client_name":%q,"pg_uri":%q}`, name, uri) }
	before := do[wire.AthenaClientPage](w, "GET /admin/clients", "", 200).Clients
	w.refuse([]refusal{
		{"no name", "POST /admin/clients", `{}`, 400, "client_name", "letters"},
		{"bad name", "POST /admin/clients", body("a b"), 400, "client_name", "letters"},
		{"taken name", "POST /admin/clients", body("acme"), 409, "", "duplicate"},
		{"name in the file", "POST /admin/clients", body("filed"), 409, "client_name", "configuration"},
		{"no address", "POST /admin/clients", `{"client_name":"b"}`, 400, "pg_uri", "either"},
		{"two addresses", "POST /admin/clients", `{"client_name":"b","pg_uri":"postgres://h/d","pg_uri_env_var":"B"}`, 400, "pg_uri", "either"},
		{"not Postgres", "POST /admin/clients", `{"client_name":"b","pg_uri":"mysql://h/d"}`, 400, "pg_uri", "must look like"},
		{"not Postgres by change", "PATCH /admin/clients/acme", `{"pg_uri":"mysql://h/d"}`, 400, "pg_uri", "must look like"},
		{"two addresses by change", "PATCH /admin/clients/acme", `{"pg_uri":"postgres://h/d","pg_uri_env_var":"B"}`, 400, "pg_uri", "either"},
		{"no address left", "PATCH /admin/clients/acme", `{"pg_uri":null}`, 400, "pg_uri", "needs"},
		{"empty variable", "PATCH /admin/clients/acme", `{"pg_uri_env_var":""}`, 400, "pg_uri_env_var", "empty"},
		{"bad new name", "PATCH /admin/clients/acme", `{"client_name":""}`, 400, "client_name", "letters"},
		{"taken new name", "PATCH /admin/clients/acme", `{"client_name":"other"}`, 409, "", "duplicate"},
		{"new name in the file", "PATCH /admin/clients/acme", `{"client_name":"filed"}`, 409, "client_name", "configuration"},
		{"change in the file", "PATCH /admin/clients/filed", `{"description":"x"}`, 409, "client_name", "configuration"},
		{"freeze in the file", "PUT /admin/clients/filed/freeze", `{"is_frozen":true}`, 409, "client_name", "configuration"},
		{"delete in the file", "DELETE /admin/clients/filed", "", 409, "client_name", "configuration"},
		{"freeze says nothing", "PUT /admin/clients/acme/freeze", `{}`, 400, "is_frozen", "true or false"},
	})
	require.Equal(t, before, do[wire.AthenaClientPage](w, "GET /admin/clients", "", 200).Clients)
}

// TestNoRequestFailsWhileAddressChanges moves a client to and fro between two
// databases under load: each request is answered by one or the other.
func TestNoRequestFailsWhileAddressChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	uris := [2]string{tenant(t, "one"), tenant(t, "two")}
	w.add("acme", uris[0])
	var answered atomic.Int64
	ended := make(chan struct{})
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				reply := w.fetch("acme")
				if reply.Status != 200 {
					t.Errorf("a request failed while the address changed: %d %s", reply.Status, reply.Body)
					return
				}
				answered.Add(1)
			}
		})
	}
	for i := range 6 {
		w.update("acme", fmt.Sprintf(`{"pg_uri":%q,"description":"move %d"}`, uris[(i+1)%2], i))
		want := []string{`"two"`, `"one"`}[i%2]
		seen := answered.Load()
		require.Eventually(t, func() bool { return answered.Load() > seen+20 || t.Failed() }, 20*time.Second, time.Millisecond)
		require.Eventually(t, func() bool { return t.Failed() || strings.Contains(w.fetch("acme").Body, want) }, 20*time.Second, time.Millisecond)
	}
	close(ended)
	load.Wait()
}

func TestDaemons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := daemonsdb.Store{DB: w.db}
	require.Empty(t, do[wire.Success[wire.DaemonPage]](w, "GET /admin/daemons", "", 200).Data.Daemons)
	ids := map[string]uuid.UUID{}
	for _, host := range []string{"stopped", "running", "lost", "ancient"} {
		d := wire.Daemon{ID: uuid.New(), DaemonName: "athena", Host: host, PID: 7, Version: "1", StartedAt: time.Now()}
		require.NoError(t, store.Beat(t.Context(), &d))
		require.NoError(t, store.Beat(t.Context(), &d))
		ids[host] = d.ID
	}
	require.NoError(t, store.Stop(t.Context(), ids["stopped"]))
	for host, silence := range map[string]string{"lost": "1 minute", "ancient": "8 days"} {
		_, err := w.db.Exec(t.Context(), "UPDATE athena_daemons SET last_heartbeat_at = now() - $2::interval WHERE id = $1", ids[host], silence)
		require.NoError(t, err)
	}
	require.NoError(t, store.Prune(t.Context()))
	states := map[string]string{}
	for _, d := range do[wire.Success[wire.DaemonPage]](w, "GET /admin/daemons", "", 200).Data.Daemons {
		states[d.Host] = d.State
	}
	require.Equal(t, map[string]string{"stopped": "stopped", "running": "running", "lost": "lost"}, states)
}
