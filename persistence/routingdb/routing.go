// Package routingdb stores under which names clients can be reached without being
// named themselves, and where the services of a tenant are.
package routingdb

import (
	"context"
	"embed"

	"athena/persistence"
	"athena/wire"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Store reads and writes routes in the control database.
type Store struct{ DB persistence.DB }

// Routes gives all public routes by key.
func (s Store) Routes(ctx context.Context) ([]wire.PublicRoute, error) {
	return persistence.All[wire.PublicRoute](ctx, s.DB, sql.Get("list_routes"))
}

// CreateRoute makes a route; a key that is taken is a conflict.
func (s Store) CreateRoute(ctx context.Context, r *wire.SavePublicRoute) (wire.PublicRoute, error) {
	return persistence.One[wire.PublicRoute](ctx, s.DB, "route", sql.Get("create_route"),
		r.RouteKey, r.ClientName, r.AllowedOps, on(r.IsActive), text(r.Metadata))
}

// UpdateRoute changes what the request mentions.
func (s Store) UpdateRoute(ctx context.Context, r *wire.UpdatePublicRoute) (wire.PublicRoute, error) {
	return persistence.One[wire.PublicRoute](ctx, s.DB, "route "+r.RouteKey, sql.Get("update_route"),
		r.RouteKey, r.ClientName, r.AllowedOps, r.IsActive, text(r.Metadata))
}

// DeleteRoute removes a route and the services bound to it.
func (s Store) DeleteRoute(ctx context.Context, key string) (wire.PublicRoute, error) {
	return persistence.One[wire.PublicRoute](ctx, s.DB, "route "+key, sql.Get("delete_route"), key)
}

// PutHostname has a hostname and the public route of its name lead to a client.
func (s Store) PutHostname(ctx context.Context, h *wire.PutTenantHostname) (out wire.TenantHostname, err error) {
	active := on(h.EnableHTTPRoute)
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		out, err = persistence.One[wire.TenantHostname](ctx, tx, "hostname", sql.Get("put_hostname"),
			h.Tenant, h.ClientName, active, h.EnablePostgresBinding, h.PublicHost, h.PublicPort, h.PersistInCatalog)
		if err != nil {
			return err
		}
		out.Route, err = persistence.One[wire.PublicRoute](ctx, tx, "route", sql.Get("put_route"),
			h.Tenant, h.ClientName, h.AllowedOps, active, text(h.RouteMetadata))
		return err
	})
	return out, persistence.Explain(err)
}

// Services gives all bindings of services by route.
func (s Store) Services(ctx context.Context) ([]wire.ServiceRoute, error) {
	return persistence.All[wire.ServiceRoute](ctx, s.DB, sql.Get("list_services"))
}

// CreateService binds a service to a route; a key that is taken is a conflict, and
// a route that is not there a problem.
func (s Store) CreateService(ctx context.Context, r *wire.SaveServiceRoute) (wire.ServiceRoute, error) {
	return persistence.One[wire.ServiceRoute](ctx, s.DB, "route "+r.RouteKey, sql.Get("create_service"),
		r.RouteKey, r.ServiceKey, r.TargetURL, on(r.IsActive), text(r.Metadata))
}

// UpdateService changes what the request mentions.
func (s Store) UpdateService(ctx context.Context, r *wire.UpdateServiceRoute) (wire.ServiceRoute, error) {
	return persistence.One[wire.ServiceRoute](ctx, s.DB, "service "+r.ServiceKey, sql.Get("update_service"),
		r.RouteKey, r.ServiceKey, r.TargetURL, r.IsActive, text(r.Metadata))
}

// DeleteService removes a binding.
func (s Store) DeleteService(ctx context.Context, route, service string) (wire.ServiceRoute, error) {
	return persistence.One[wire.ServiceRoute](ctx, s.DB, "service "+service, sql.Get("delete_service"), route, service)
}

func on(flag *bool) bool { return flag == nil || *flag }

// text is an object for the database, nil for none.
func text(object wire.JSONObject) *string {
	if object == nil {
		return nil
	}
	s := string(object)
	return &s
}
