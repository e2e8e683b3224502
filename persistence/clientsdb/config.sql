-- name: list_configs
SELECT client_name, config, metadata, created_at, updated_at
  FROM athena_client_configs
 ORDER BY client_name
 LIMIT 100000;

-- name: get_config
SELECT client_name, config, metadata, created_at, updated_at
  FROM athena_client_configs
 WHERE client_name = $1;

-- name: save_config
INSERT INTO athena_client_configs (client_name, config, metadata)
VALUES ($1, $2::jsonb, coalesce($3::jsonb, '{}'))
    ON CONFLICT (client_name)
    DO UPDATE SET config = excluded.config, metadata = coalesce($3::jsonb, athena_client_configs.metadata), updated_at = now()
RETURNING client_name, config, metadata, created_at, updated_at;

-- name: delete_config
DELETE FROM athena_client_configs
 WHERE client_name = $1
RETURNING client_name, config, metadata, created_at, updated_at;
