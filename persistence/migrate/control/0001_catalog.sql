-- +goose Up

-- Who may be asked for: the clients, each with its own database.
CREATE TABLE athena_clients (
    id                         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    client_name                text        NOT NULL,
    description                text,
    pg_uri                     text,
    pg_uri_env_var             text,
    config_uri_template        text,
    source                     text        NOT NULL DEFAULT 'database',
    is_active                  boolean     NOT NULL DEFAULT true,
    is_frozen                  boolean     NOT NULL DEFAULT false,
    last_synced_from_config_at timestamptz,
    last_seen_at               timestamptz,
    metadata                   jsonb       NOT NULL DEFAULT '{}',
    created_at                 timestamptz NOT NULL DEFAULT now(),
    updated_at                 timestamptz NOT NULL DEFAULT now(),
    deleted_at                 timestamptz
);

-- A deleted client gives its name free.
CREATE UNIQUE INDEX athena_clients_name ON athena_clients (client_name) WHERE deleted_at IS NULL;

-- The secret of a key is shown once; what is kept cannot be turned back.
CREATE TABLE api_keys (
    id                      uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    public_id               text        NOT NULL UNIQUE,
    name                    text        NOT NULL,
    description             text,
    client_name             text,
    key_salt                text        NOT NULL,
    key_hash                text        NOT NULL,
    is_active               boolean     NOT NULL DEFAULT true,
    expires_at              timestamptz,
    last_used_at            timestamptz,
    virgin_mode             boolean     NOT NULL DEFAULT false,
    virgin_until_n_requests integer     NOT NULL DEFAULT 0 CHECK (virgin_until_n_requests >= 0),
    max_whitelist_ips       integer     NOT NULL DEFAULT 0 CHECK (max_whitelist_ips >= 0),
    virgin_request_count    integer     NOT NULL DEFAULT 0,
    virgin_resolved         boolean     NOT NULL DEFAULT false,
    locked_in               timestamptz,
    created_at              timestamptz NOT NULL DEFAULT now(),
    updated_at              timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key_rights (
    id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    name        text        NOT NULL UNIQUE,
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_key_right_grants (
    api_key_id uuid        NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    right_id   uuid        NOT NULL REFERENCES api_key_rights ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (api_key_id, right_id)
);

CREATE INDEX api_key_right_grants_right ON api_key_right_grants (right_id);

-- One row: whether keys are asked for where a client says nothing of its own.
CREATE TABLE api_key_config (
    singleton        boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    enforce_api_keys boolean     NOT NULL DEFAULT true,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

INSERT INTO api_key_config DEFAULT VALUES;

CREATE TABLE api_key_client_config (
    client_name      text        PRIMARY KEY,
    enforce_api_keys boolean     NOT NULL,
    updated_at       timestamptz NOT NULL DEFAULT now()
);

-- Tells listeners which table changed. The argument is the channel.
-- +goose StatementBegin
CREATE FUNCTION athena_notify() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(TG_ARGV[0], TG_TABLE_NAME);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- Columns that only record use are left out of the UPDATE lists: they change all
-- the time, and nobody's cache depends on them.
CREATE TRIGGER notify
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF client_name, description, pg_uri, pg_uri_env_var,
        config_uri_template, source, is_active, is_frozen, metadata, deleted_at
    ON athena_clients
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_catalog');

CREATE TRIGGER notify
    AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF public_id, name, description, client_name, key_salt, key_hash,
        is_active, expires_at, virgin_mode, virgin_until_n_requests, max_whitelist_ips, virgin_resolved, locked_in
    ON api_keys
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key_rights
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key_right_grants
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key_config
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');

CREATE TRIGGER notify
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON api_key_client_config
    FOR EACH STATEMENT EXECUTE FUNCTION athena_notify('athena_keys');
