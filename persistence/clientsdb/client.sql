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

-- name: lock_client
SELECT id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
       last_synced_from_config_at, last_seen_at, metadata, created_at, updated_at, deleted_at
  FROM athena_clients
 WHERE client_name = $1
   AND deleted_at IS NULL
   FOR UPDATE;

-- name: update_client
UPDATE athena_clients
   SET client_name = $2, description = $3, pg_uri = $4, pg_uri_env_var = $5, is_active = $6, updated_at = now()
 WHERE id = $1
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, created_at, updated_at, deleted_at;

-- name: freeze_client
UPDATE athena_clients
   SET is_frozen = $2, updated_at = now()
 WHERE client_name = $1
   AND deleted_at IS NULL
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, created_at, updated_at, deleted_at;

-- name: rename_client
-- What refers to a client by its name follows it. A rule that the new name has
-- already, from an earlier client, gives way.
WITH keys AS (
    UPDATE api_keys SET client_name = $2 WHERE client_name = $1
), white AS (
    UPDATE ip_global_whitelist SET client_name = $2 WHERE client_name = $1
), black AS (
    UPDATE ip_global_blacklist SET client_name = $2 WHERE client_name = $1
), rules AS (
    UPDATE api_key_client_config SET client_name = $2 WHERE client_name = $1
)
UPDATE athena_client_configs SET client_name = $2 WHERE client_name = $1;

-- name: free_client_name
WITH white AS (
    DELETE FROM ip_global_whitelist WHERE client_name = $1
), black AS (
    DELETE FROM ip_global_blacklist WHERE client_name = $1
), rules AS (
    DELETE FROM api_key_client_config WHERE client_name = $1
)
DELETE FROM athena_client_configs WHERE client_name = $1;
