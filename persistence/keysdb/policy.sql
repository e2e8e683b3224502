-- name: global_policy
SELECT coalesce((SELECT enforce_api_keys FROM api_key_config LIMIT 1), true);

-- name: client_policies
SELECT client_name, enforce_api_keys
  FROM api_key_client_config
 ORDER BY client_name;
