// Package routing serves the names under which clients can be reached: public
// routes, the hostnames of tenants, and the services bound to them.
package routing

import (
	"context"
	"slices"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/routingdb"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// API is the routing domain.
type API struct {
	Routing routingdb.Store
	Clients *pool.Clients
	// Directory is what requests are routed by.
	Directory *Directory
	// Gateway are the operations that public routes lead to.
	Gateway route.Table
}

const (
	tag      = "Routing"
	adminTag = "Admin"
)

// Routes are the routing operations.
func (a API) Routes() route.Table {
	return slices.Concat(a.publicRoutes(), a.serviceRoutes())
}

func (a API) publicRoutes() route.Table {
	return route.Table{
		{Method: "POST", Path: "/public/{route_key}/{op}", Access: route.Alias, Tag: tag, Do: route.Forward[wire.CallPublicRoute, wire.Success[any]](a.operation), Fails: []int{404, 409},
			Summary: "Ask a client, by the name of a route, for an operation of the gateway",
			Notes:   "The key has to be one of the route's client. Body and answer are those of the operation."},
		{Method: "GET", Path: "/admin/public-routes", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.list),
			Summary: "List the public routes"},
		{Method: "POST", Path: "/admin/public-routes", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.create), Status: 201, Fails: []int{409},
			Summary: "Make a public route to a client"},
		{Method: "PATCH", Path: "/admin/public-routes/{route_key}", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.update), Fails: []int{404},
			Summary: "Change a public route"},
		{Method: "DELETE", Path: "/admin/public-routes/{route_key}", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.delete), Fails: []int{404},
			Summary: "Remove a public route and the services bound to it"},
		{Method: "PUT", Path: "/admin/tenant-hostnames/{tenant}", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.putHostname), Fails: []int{404},
			Summary: "Have a tenant's hostname lead to a client",
			Notes:   "The hostname is the tenant before the server's base domain; requests to it need no X-Athena-Client."},
	}
}

func (a API) serviceRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/service-routes", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.listServices),
			Summary: "List the services bound to routes"},
		{Method: "POST", Path: "/admin/service-routes", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.createService), Fails: []int{404, 409},
			Summary: "Bind a service to a route"},
		{Method: "PATCH", Path: "/admin/service-routes/{route_key}/{service_key}", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.updateService), Fails: []int{404},
			Summary: "Change a service's binding"},
		{Method: "DELETE", Path: "/admin/service-routes/{route_key}/{service_key}", Access: route.Admin, Tag: adminTag, Do: route.JSON(a.deleteService), Fails: []int{404},
			Summary: "Remove a service's binding"},
	}
}

// targets are the paths that the operations of a public route lead to.
var targets = map[string]string{
	"query": "/gateway/query", "fetch": "/gateway/fetch", "insert": "/gateway/insert", "update": "/gateway/update", "delete": "/gateway/delete",
}

// operation finds what a public route leads to; the guard has let the caller pass.
func (a API) operation(_ context.Context, rc *fasthttp.RequestCtx) (*route.Route, error) {
	op, _ := rc.UserValue("op").(string)
	for i := range a.Gateway {
		if a.Gateway[i].Path == targets[op] {
			return &a.Gateway[i], nil
		}
	}
	return nil, wire.Fail(wire.InvalidRequest, "op must be query, fetch, insert, update or delete").At("op")
}

func (a API) list(ctx context.Context, _ *wire.ListPublicRoutes) (wire.Success[wire.PublicRoutePage], error) {
	list, err := a.Routing.Routes(ctx)
	return wire.OK("Public routes", wire.PublicRoutePage{Routes: list}), err
}

func (a API) create(ctx context.Context, in *wire.SavePublicRoute) (wire.Success[wire.PublicRoute], error) {
	if !a.known(in.ClientName) {
		return wire.Success[wire.PublicRoute]{}, unknownClient(wire.ClientUnknown, in.ClientName)
	}
	made, err := a.Routing.CreateRoute(ctx, in)
	return takeUp(ctx, a, "Public route created", made, err)
}

func (a API) update(ctx context.Context, in *wire.UpdatePublicRoute) (wire.Success[wire.PublicRoute], error) {
	if in.ClientName != nil && !a.known(*in.ClientName) {
		return wire.Success[wire.PublicRoute]{}, unknownClient(wire.ClientUnknown, *in.ClientName)
	}
	changed, err := a.Routing.UpdateRoute(ctx, in)
	return takeUp(ctx, a, "Public route updated", changed, err)
}

func (a API) delete(ctx context.Context, in *wire.PublicRouteByKey) (wire.Success[wire.PublicRoute], error) {
	gone, err := a.Routing.DeleteRoute(ctx, in.RouteKey)
	return takeUp(ctx, a, "Public route deleted", gone, err)
}

func (a API) putHostname(ctx context.Context, in *wire.PutTenantHostname) (wire.Success[wire.TenantHostname], error) {
	if !a.known(in.ClientName) {
		return wire.Success[wire.TenantHostname]{}, unknownClient(wire.NotFound, in.ClientName)
	}
	put, err := a.Routing.PutHostname(ctx, in)
	return takeUp(ctx, a, "Tenant hostname saved", put, err)
}

// known reports whether the catalog has a client.
func (a API) known(client string) bool {
	return slices.ContainsFunc(a.Clients.Targets(), func(t pool.Target) bool { return t.Name == client })
}

func unknownClient(code wire.Code, client string) error {
	return wire.Fail(code, "there is no Athena client %.63q", client).At("client_name")
}

// takeUp has this process route by a change before it answers; others do within a
// moment.
func takeUp[T any](ctx context.Context, a API, message string, value T, err error) (wire.Success[T], error) {
	if err == nil {
		err = a.Directory.Reload(ctx)
	}
	return wire.OK(message, value), err
}

func (a API) listServices(ctx context.Context, _ *wire.ListPublicRoutes) (wire.Success[wire.ServiceRoutePage], error) {
	list, err := a.Routing.Services(ctx)
	return wire.OK("Service routes", wire.ServiceRoutePage{Routes: list}), err
}

func (a API) createService(ctx context.Context, in *wire.SaveServiceRoute) (wire.Success[wire.ServiceRoute], error) {
	made, err := a.Routing.CreateService(ctx, in)
	return wire.OK("Service route created", made), err
}

func (a API) updateService(ctx context.Context, in *wire.UpdateServiceRoute) (wire.Success[wire.ServiceRoute], error) {
	changed, err := a.Routing.UpdateService(ctx, in)
	return wire.OK("Service route updated", changed), err
}

func (a API) deleteService(ctx context.Context, in *wire.ServiceRouteByKey) (wire.Success[wire.ServiceRoute], error) {
	gone, err := a.Routing.DeleteService(ctx, in.RouteKey, in.ServiceKey)
	return wire.OK("Service route deleted", gone), err
}
