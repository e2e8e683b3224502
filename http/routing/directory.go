package routing

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"athena/persistence/routingdb"
	"athena/wire"
)

// Directory is the public routes as this process knows them. A request is routed
// without a query; a change is taken up by reading all routes again.
type Directory struct {
	store   routingdb.Store
	loading sync.Mutex
	routes  atomic.Pointer[map[string]wire.PublicRoute]
}

// NewDirectory reads the routes.
func NewDirectory(ctx context.Context, store routingdb.Store) (*Directory, error) {
	d := &Directory{store: store}
	return d, d.Reload(ctx)
}

// Reload reads the routes again; where that fails, those known before stay.
func (d *Directory) Reload(ctx context.Context) error {
	d.loading.Lock()
	defer d.loading.Unlock()
	list, err := d.store.Routes(ctx)
	if err != nil {
		return err
	}
	fresh := make(map[string]wire.PublicRoute, len(list))
	for _, r := range list {
		fresh[r.RouteKey] = r
	}
	d.routes.Store(&fresh)
	return nil
}

// List are the routes by key.
func (d *Directory) List() []wire.PublicRoute {
	routes := *d.routes.Load()
	list := make([]wire.PublicRoute, 0, len(routes))
	for _, key := range slices.Sorted(maps.Keys(routes)) {
		list = append(list, routes[key])
	}
	return list
}

// Client gives the client of an active route, for callers that name a host.
func (d *Directory) Client(key string) (string, bool) {
	r, ok := (*d.routes.Load())[key]
	return r.ClientName, ok && r.IsActive
}

// ClientFor gives the client that a route leads to for an operation, or says why it
// does not.
func (d *Directory) ClientFor(key, op string) (string, error) {
	if !slices.Contains(wire.PublicOps, op) {
		return "", wire.Fail(wire.InvalidRequest, "op must be query, fetch, insert, update or delete").At("op")
	}
	r, ok := (*d.routes.Load())[key]
	switch {
	case !ok:
		return "", wire.Fail(wire.NotFound, "there is no public route %.63q", key).At("route_key")
	case !r.IsActive:
		return "", wire.Fail(wire.RouteRefused, "the public route %s is switched off", key).At("route_key")
	case !slices.Contains(r.AllowedOps, op):
		return "", wire.Fail(wire.RouteRefused, "the public route %s does not take the operation %s", key, op).At("op")
	}
	return r.ClientName, nil
}
