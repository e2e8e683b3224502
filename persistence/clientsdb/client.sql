-- name: list_clients
SELECT id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
       last_synced_from_config_at, last_seen_at, metadata, created_at, updated_at, deleted_at
  FROM athena_clients
 WHERE deleted_at IS NULL
 ORDER BY client_name
 LIMIT 100000;

-- name: create_client
INSERT INTO athena_clients (client_name, description, pg_uri, pg_uri_env_var, is_active)
VALUES ($1, $2, $3, $4, $5)
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, created_at, updated_at, deleted_at;

-- name: ensure_client
-- The row is left alone where nothing changes, so that nobody is notified, and
-- where an operator once removed the client.
INSERT INTO athena_clients (client_name, description, pg_uri)
SELECT $1, $2, $3
 WHERE NOT EXISTS (SELECT FROM athena_clients WHERE client_name = $1 AND deleted_at IS NOT NULL)
    ON CONFLICT (client_name) WHERE deleted_at IS NULL
    DO UPDATE SET pg_uri = excluded.pg_uri, updated_at = now()
 WHERE athena_clients.pg_uri IS DISTINCT FROM excluded.pg_uri;

-- name: remove_client
UPDATE athena_clients
   SET deleted_at = now(), is_active = false, updated_at = now()
 WHERE client_name = $1
   AND deleted_at IS NULL
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, created_at, updated_at, deleted_at;
