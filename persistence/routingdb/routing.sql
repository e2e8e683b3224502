-- name: list_routes
SELECT id, route_key, client_name, allowed_ops, is_active, metadata, created_at, updated_at
  FROM public_routes
 ORDER BY route_key
 LIMIT 100000;

-- name: create_route
INSERT INTO public_routes (route_key, client_name, allowed_ops, is_active, metadata)
VALUES ($1, $2, $3, $4, coalesce($5::jsonb, '{}'))
RETURNING id, route_key, client_name, allowed_ops, is_active, metadata, created_at, updated_at;

-- name: update_route
UPDATE public_routes
   SET client_name = coalesce($2, client_name), allowed_ops = coalesce($3::text[], allowed_ops),
       is_active = coalesce($4, is_active), metadata = coalesce($5::jsonb, metadata), updated_at = now()
 WHERE route_key = $1
RETURNING id, route_key, client_name, allowed_ops, is_active, metadata, created_at, updated_at;

-- name: delete_route
DELETE FROM public_routes
 WHERE route_key = $1
RETURNING id, route_key, client_name, allowed_ops, is_active, metadata, created_at, updated_at;

-- name: put_route
INSERT INTO public_routes (route_key, client_name, allowed_ops, is_active, metadata)
VALUES ($1, $2, $3, $4, coalesce($5::jsonb, '{}'))
    ON CONFLICT (route_key)
    DO UPDATE SET client_name = excluded.client_name, allowed_ops = excluded.allowed_ops, is_active = excluded.is_active,
                  metadata = coalesce($5::jsonb, public_routes.metadata), updated_at = now()
RETURNING id, route_key, client_name, allowed_ops, is_active, metadata, created_at, updated_at;

-- name: put_hostname
INSERT INTO tenant_hostnames (tenant, client_name, enable_http_route, enable_postgres_binding, public_host, public_port, persist_in_catalog)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (tenant)
    DO UPDATE SET client_name = excluded.client_name, enable_http_route = excluded.enable_http_route,
                  enable_postgres_binding = excluded.enable_postgres_binding, public_host = excluded.public_host,
                  public_port = excluded.public_port, persist_in_catalog = excluded.persist_in_catalog, updated_at = now()
RETURNING tenant, client_name, enable_http_route, enable_postgres_binding, public_host, public_port, persist_in_catalog,
          created_at, updated_at;

-- name: list_services
SELECT id, route_key, service_key, target_url, is_active, metadata, created_at, updated_at
  FROM service_routes
 ORDER BY route_key, service_key
 LIMIT 100000;

-- name: create_service
INSERT INTO service_routes (route_key, service_key, target_url, is_active, metadata)
SELECT route_key, $2, $3, $4, coalesce($5::jsonb, '{}')
  FROM public_routes
 WHERE route_key = $1
RETURNING id, route_key, service_key, target_url, is_active, metadata, created_at, updated_at;

-- name: update_service
UPDATE service_routes
   SET target_url = coalesce($3, target_url), is_active = coalesce($4, is_active), metadata = coalesce($5::jsonb, metadata), updated_at = now()
 WHERE route_key = $1
   AND service_key = $2
RETURNING id, route_key, service_key, target_url, is_active, metadata, created_at, updated_at;

-- name: delete_service
DELETE FROM service_routes
 WHERE route_key = $1
   AND service_key = $2
RETURNING id, route_key, service_key, target_url, is_active, metadata, created_at, updated_at;
