package routing_test

import (
	"testing"

	"athena/http/apitest"
	"athena/http/gateway"
	"athena/http/routing"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/routingdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

type world struct {
	*apitest.Tenant
	api       *apitest.API
	directory *routing.Directory
}

func newWorld(t *testing.T) *world {
	t.Helper()
	control := dbtest.Control(t)
	store := routingdb.Store{DB: dbtest.Pool(t, control)}
	directory, err := routing.NewDirectory(t.Context(), store)
	require.NoError(t, err)
	tenant := apitest.NewTenant(t, gatewaydb.Options{})
	api := routing.API{
		Routing: store, Clients: tenant.Clients, Directory: directory,
		Gateway: gateway.API{Clients: tenant.Clients, Windows: tenant.Windows, MaxRows: 100}.Routes(),
	}
	return &world{tenant, apitest.New(t, api.Routes()), directory}
}

func do[T any](t *testing.T, w *world, status int, operation, body string) T {
	t.Helper()
	return apitest.Answer[T](t, w.api, status, operation, body)
}

type (
	routeReply   = wire.Success[wire.PublicRoute]
	routePage    = wire.Success[wire.PublicRoutePage]
	serviceReply = wire.Success[wire.ServiceRoute]
)

func TestPublicRouteLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const routes = "/admin/public-routes"
	made := do[routeReply](t, w, 201, "POST "+routes, `{"route_key":"shop","client_name":"acme","allowed_ops":["fetch"],"metadata":{"team":"a"}}`).Data
	require.True(t, made.IsActive)
	client, err := w.directory.ClientFor("shop", "fetch")
	require.NoError(t, err)
	require.Equal(t, "acme", client)
	for _, tc := range []struct {
		key, op string
		status  int
	}{{"shop", "delete", 403}, {"nothing", "fetch", 404}, {"shop", "truncate", 400}} {
		_, err := w.directory.ClientFor(tc.key, tc.op)
		p, ok := wire.AsProblem(err)
		require.True(t, ok)
		require.Equal(t, tc.status, p.Code.Status)
	}
	require.Len(t, do[routePage](t, w, 200, "GET "+routes, "").Data.Routes, 1)

	changed := do[routeReply](t, w, 200, "PATCH "+routes+"/shop", `{"allowed_ops":["fetch","delete"],"is_active":false}`).Data
	require.Equal(t, []string{"fetch", "delete"}, changed.AllowedOps)
	require.JSONEq(t, `{"team":"a"}`, string(changed.Metadata))
	_, err = w.directory.ClientFor("shop", "fetch")
	p, _ := wire.AsProblem(err)
	require.Equal(t, wire.RouteRefused, p.Code)
	_, active := w.directory.Client("shop")
	require.False(t, active)
	do[routeReply](t, w, 200, "DELETE "+routes+"/shop", "")
	_, err = w.directory.ClientFor("shop", "fetch")
	p, _ = wire.AsProblem(err)
	require.Equal(t, 404, p.Code.Status)
}

// TestDispatch: body and answer are those of the gateway's operation.
func TestDispatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(op, body string, headers ...string) apitest.Reply {
		return w.api.Do(t, "POST /public/shop/"+op, body, append(headers, "X-Athena-Client: "+apitest.Client)...)
	}
	for _, tc := range []struct {
		op, body string
		words    string
	}{
		{"fetch", `{"table_name":"labels","where":{"id":1}}`, `"data":[{"id":1,"label":"bug"}]`},
		{"insert", `{"table_name":"labels","insert_body":{"id":9,"label":"x"}}`, `"affected_rows":1`},
		{"update", `{"table_name":"labels","where":{"id":9},"update_body":{"label":"y"}}`, `"affected_rows":1`},
		{"delete", `{"table_name":"labels","where":{"id":9}}`, `"affected_rows":1`},
		{"query", `{"query":"SELECT 1 AS one"}`, `"rows":[{"one":1}]`},
	} {
		reply := ask(tc.op, tc.body)
		require.Equal(t, 200, reply.Status, reply.Body)
		require.Contains(t, reply.Body, tc.words)
	}
	require.Equal(t, 403, ask("query", `{"query":"SELECT 1"}`, apitest.Rights("labels.read")).Status)
	require.Equal(t, 409, ask("insert", `{"table_name":"labels","insert_body":{"id":1,"label":"x"}}`).Status)
	require.Equal(t, 400, ask("fetch", `{"table_name":"nothing"}`).Status)
	require.Equal(t, 400, ask("truncate", `{}`).Status)
}

func TestTenantHostname(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const at = "PUT /admin/tenant-hostnames/"
	put := do[wire.Success[wire.TenantHostname]](t, w, 200, at+"acme", `{"public_host":"db.example.com","public_port":5432,"enable_postgres_binding":true}`).Data
	require.Equal(t, "acme", put.ClientName)
	require.ElementsMatch(t, wire.PublicOps, put.Route.AllowedOps)
	client, ok := w.directory.Client("acme")
	require.True(t, ok)
	require.Equal(t, "acme", client)
	put = do[wire.Success[wire.TenantHostname]](t, w, 200, at+"acme", `{"enable_http_route":false,"allowed_ops":["fetch"]}`).Data
	require.False(t, put.Route.IsActive)
	require.Nil(t, put.PublicHost)
	_, ok = w.directory.Client("acme")
	require.False(t, ok)
	for _, tc := range []struct {
		tenant, body string
		status       int
	}{
		{"other", `{}`, 404}, {"other", `{"client_name":"nobody"}`, 404}, {"Acme", `{}`, 400}, {"a.b", `{}`, 400},
		{"acme", `{"public_port":0}`, 400}, {"acme", `{"public_host":"a b"}`, 400}, {"acme", `{"allowed_ops":["drop"]}`, 400}, {"acme", `{"allowed_ops":[]}`, 400},
	} {
		require.Equal(t, tc.status, w.api.Do(t, at+tc.tenant, tc.body).Status, tc)
	}
}

func TestServiceRouteLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	do[routeReply](t, w, 201, "POST /admin/public-routes", `{"route_key":"shop","client_name":"acme","allowed_ops":["fetch"]}`)
	const services = "/admin/service-routes"
	body := `{"route_key":"shop","service_key":"mail","target_url":"https://mail.example.com/api"}`
	require.True(t, do[serviceReply](t, w, 200, "POST "+services, body).Data.IsActive)
	require.Equal(t, 409, w.api.Do(t, "POST "+services, body).Status)
	require.Len(t, do[wire.Success[wire.ServiceRoutePage]](t, w, 200, "GET "+services, "").Data.Routes, 1)
	require.False(t, do[serviceReply](t, w, 200, "PATCH "+services+"/shop/mail", `{"is_active":false}`).Data.IsActive)
	do[serviceReply](t, w, 200, "DELETE "+services+"/shop/mail", "")
	for _, tc := range []struct {
		operation, body string
		status          int
	}{
		{"POST " + services, `{"route_key":"nothing","service_key":"mail","target_url":"https://x"}`, 404},
		{"POST " + services, `{"route_key":"shop","service_key":"Mail","target_url":"https://x"}`, 400},
		{"POST " + services, `{"route_key":"shop","service_key":"mail","target_url":"file:///etc/passwd"}`, 400},
		{"POST " + services, `{"route_key":"shop","service_key":"mail","target_url":"https://user:secret@x"}`, 400},
		{"PATCH " + services + "/shop/mail", `{"target_url":"gopher://x"}`, 400},
		{"PATCH " + services + "/shop/mail", `{}`, 404},
		{"DELETE " + services + "/shop/mail", ``, 404},
	} {
		require.Equal(t, tc.status, w.api.Do(t, tc.operation, tc.body).Status, tc)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const routes = "/admin/public-routes"
	do[routeReply](t, w, 201, "POST "+routes, `{"route_key":"shop","client_name":"acme","allowed_ops":["fetch"]}`)
	for _, tc := range []struct {
		name, operation, body string
		status                int
		field                 string
	}{
		{"key is taken", "POST " + routes, `{"route_key":"shop","client_name":"acme","allowed_ops":["fetch"]}`, 409, "route_key"},
		{"no such client", "POST " + routes, `{"route_key":"x","client_name":"nobody","allowed_ops":["fetch"]}`, 400, "client_name"},
		{"no client", "POST " + routes, `{"route_key":"x","allowed_ops":["fetch"]}`, 400, "client_name"},
		{"bad key", "POST " + routes, `{"route_key":"A b","client_name":"acme","allowed_ops":["fetch"]}`, 400, "route_key"},
		{"no operations", "POST " + routes, `{"route_key":"x","client_name":"acme","allowed_ops":[]}`, 400, "allowed_ops"},
		{"operation twice", "POST " + routes, `{"route_key":"x","client_name":"acme","allowed_ops":["fetch","fetch"]}`, 400, "allowed_ops"},
		{"change of nothing", "PATCH " + routes + "/nothing", `{"is_active":false}`, 404, ""},
		{"change to no client", "PATCH " + routes + "/shop", `{"client_name":"nobody"}`, 400, "client_name"},
		{"change to no operations", "PATCH " + routes + "/shop", `{"allowed_ops":[]}`, 400, "allowed_ops"},
		{"delete of nothing", "DELETE " + routes + "/nothing", ``, 404, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.api.Do(t, tc.operation, tc.body)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			var f wire.Failure
			require.NoError(t, json.Unmarshal([]byte(reply.Body), &f))
			if tc.field != "route_key" || tc.status == 400 {
				require.Equal(t, tc.field, f.Field)
			}
		})
	}
}
