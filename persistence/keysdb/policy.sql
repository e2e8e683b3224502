-- name: global_policy
SELECT coalesce((SELECT enforce_api_keys FROM api_key_config LIMIT 1), true);

-- name: client_policies
-- A rule made for keys counts before the one in the client's configuration.
SELECT client_name, enforce_api_keys
  FROM api_key_client_config
 UNION ALL
SELECT client_name, (config -> 'keys' ->> 'enforced')::boolean
  FROM athena_client_configs
 WHERE config -> 'keys' ->> 'enforced' IS NOT NULL
   AND NOT EXISTS (SELECT FROM api_key_client_config AS c WHERE c.client_name = athena_client_configs.client_name)
 ORDER BY client_name;
