-- name: list_clients
SELECT id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
       last_synced_from_config_at, last_seen_at, metadata, load_failures, last_load_error, deactivated_at,
       created_at, updated_at, deleted_at
  FROM athena_clients
 WHERE deleted_at IS NULL
 ORDER BY client_name
 LIMIT 100000;

-- name: create_client
INSERT INTO athena_clients (client_name, description, pg_uri, pg_uri_env_var, is_active)
VALUES ($1, $2, $3, $4, $5)
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, load_failures, last_load_error, deactivated_at,
          created_at, updated_at, deleted_at;

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
          last_synced_from_config_at, last_seen_at, metadata, load_failures, last_load_error, deactivated_at,
          created_at, updated_at, deleted_at;

-- name: lock_client
SELECT id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
       last_synced_from_config_at, last_seen_at, metadata, load_failures, last_load_error, deactivated_at,
       created_at, updated_at, deleted_at
  FROM athena_clients
 WHERE client_name = $1
   AND deleted_at IS NULL
   FOR UPDATE;

-- name: update_client
-- An operator's change begins a new count of failed loads.
UPDATE athena_clients
   SET client_name = $2, description = $3, pg_uri = $4, pg_uri_env_var = $5, is_active = $6,
       load_failures = 0, load_failing_since = NULL, last_load_error = NULL, deactivated_at = NULL, updated_at = now()
 WHERE id = $1
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, load_failures, last_load_error, deactivated_at,
          created_at, updated_at, deleted_at;

-- name: freeze_client
UPDATE athena_clients
   SET is_frozen = $2, updated_at = now()
 WHERE client_name = $1
   AND deleted_at IS NULL
RETURNING id, client_name, description, pg_uri, pg_uri_env_var, config_uri_template, source, is_active, is_frozen,
          last_synced_from_config_at, last_seen_at, metadata, load_failures, last_load_error, deactivated_at,
          created_at, updated_at, deleted_at;

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

-- name: load_succeeded
UPDATE athena_clients
   SET load_failures = 0, load_failing_since = NULL, last_load_error = NULL, last_seen_at = clock_timestamp()
 WHERE id = $1;

-- name: load_failed
-- A count that began before the window begins again. What failed at an address that
-- the client does not have any more does not count.
UPDATE athena_clients
   SET load_failures = CASE WHEN load_failing_since > clock_timestamp() - make_interval(secs => $3) THEN load_failures + 1 ELSE 1 END,
       load_failing_since = CASE WHEN load_failing_since > clock_timestamp() - make_interval(secs => $3) THEN load_failing_since
                                 ELSE clock_timestamp() END,
       last_load_error = $4
 WHERE id = $1
   AND pg_uri IS NOT DISTINCT FROM $2
   AND is_active
   AND deleted_at IS NULL;

-- name: deactivate_client
-- Noted beside the changes that operators make.
WITH off AS (
    UPDATE athena_clients
       SET is_active = false, deactivated_at = clock_timestamp(), updated_at = now()
     WHERE id = $1
       AND is_active
       AND load_failures >= $2
       AND deleted_at IS NULL
    RETURNING client_name, load_failures, last_load_error
)
INSERT INTO database_audit_log (client_name, operation, object_type, schema_name, object_name, statements, status, error, request_id, finished_at)
SELECT client_name, 'deactivate_client', 'client', '', client_name, '{}', 'succeeded',
       load_failures || ' loads in a row have failed: ' || coalesce(last_load_error, 'no reason is known'), '', now()
  FROM off;

-- name: clients_seen
-- Names that the catalog does not have, such as those of the file, are passed over.
UPDATE athena_clients
   SET last_seen_at = clock_timestamp()
 WHERE client_name = ANY ($1::text[])
   AND deleted_at IS NULL;
