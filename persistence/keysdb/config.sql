-- name: get_config
SELECT enforce_api_keys, updated_at
  FROM api_key_config;

-- name: set_config
INSERT INTO api_key_config (enforce_api_keys)
VALUES ($1)
    ON CONFLICT (singleton) DO UPDATE SET enforce_api_keys = excluded.enforce_api_keys, updated_at = now();

-- name: list_client_configs
SELECT client_name, enforce_api_keys, created_at, updated_at
  FROM api_key_client_config
 ORDER BY client_name;

-- name: set_client_config
INSERT INTO api_key_client_config (client_name, enforce_api_keys)
VALUES ($1, $2)
    ON CONFLICT (client_name) DO UPDATE SET enforce_api_keys = excluded.enforce_api_keys, updated_at = now()
RETURNING client_name, enforce_api_keys, created_at, updated_at;

-- name: delete_client_config
DELETE FROM api_key_client_config
 WHERE client_name = $1
RETURNING client_name;
