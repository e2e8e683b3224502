-- +goose Up

-- Names under which a client can be reached without being named itself.
CREATE TABLE public_routes (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    route_key   text        NOT NULL UNIQUE,
    client_name text        NOT NULL,
    allowed_ops text[]      NOT NULL,
    is_active   boolean     NOT NULL DEFAULT true,
    metadata    jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- Where services of a tenant are, by the route that the tenant is reached by.
CREATE TABLE service_routes (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    route_key   text        NOT NULL REFERENCES public_routes (route_key) ON UPDATE CASCADE ON DELETE CASCADE,
    service_key text        NOT NULL,
    target_url  text        NOT NULL,
    is_active   boolean     NOT NULL DEFAULT true,
    metadata    jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (route_key, service_key)
);

-- What a tenant's hostname offers; its route is the one of the same name.
CREATE TABLE tenant_hostnames (
    tenant                  text        PRIMARY KEY,
    client_name             text        NOT NULL,
    enable_http_route       boolean     NOT NULL,
    enable_postgres_binding boolean     NOT NULL,
    public_host             text,
    public_port             integer,
    persist_in_catalog      boolean     NOT NULL,
    created_at              timestamptz NOT NULL DEFAULT now(),
    updated_at              timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public_routes
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_routes');
