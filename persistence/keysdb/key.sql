-- name: unknown_rights
SELECT DISTINCT wanted
  FROM unnest($1::text[]) AS wanted
 WHERE NOT EXISTS (SELECT FROM api_key_rights WHERE name = wanted)
 ORDER BY wanted;

-- name: create_key
INSERT INTO api_keys (public_id, name, description, client_name, key_salt, key_hash, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: grant_rights
INSERT INTO api_key_right_grants (api_key_id, right_id)
SELECT api_keys.id, api_key_rights.id
  FROM api_keys
  JOIN api_key_rights ON api_key_rights.name = ANY ($2::text[])
 WHERE api_keys.public_id = $1
    ON CONFLICT DO NOTHING;

-- name: get_key
SELECT id, public_id, name, description, client_name, expires_at, is_active, last_used_at, created_at, updated_at,
       ARRAY (SELECT r.name
                FROM api_key_right_grants AS g
                JOIN api_key_rights AS r ON r.id = g.right_id
               WHERE g.api_key_id = api_keys.id
               ORDER BY r.name) AS rights
  FROM api_keys
 WHERE public_id = $1;

-- name: list_keys
SELECT id, public_id, name, description, client_name, expires_at, is_active, last_used_at, created_at, updated_at,
       ARRAY (SELECT r.name
                FROM api_key_right_grants AS g
                JOIN api_key_rights AS r ON r.id = g.right_id
               WHERE g.api_key_id = api_keys.id
               ORDER BY r.name) AS rights
  FROM api_keys
 ORDER BY created_at DESC, id
 LIMIT 10000;

-- name: revoke_key
UPDATE api_keys
   SET is_active = false, updated_at = now()
 WHERE public_id = $1;

-- name: lookup_key
SELECT public_id, key_salt, key_hash, coalesce(client_name, '') AS client_name, is_active, expires_at,
       ARRAY (SELECT r.name
                FROM api_key_right_grants AS g
                JOIN api_key_rights AS r ON r.id = g.right_id
               WHERE g.api_key_id = api_keys.id) AS rights
  FROM api_keys
 WHERE public_id = $1;

-- name: touch_keys
UPDATE api_keys
   SET last_used_at = greatest(last_used_at, used.at)
  FROM unnest($1::text[], $2::timestamptz[]) AS used (public_id, at)
 WHERE api_keys.public_id = used.public_id;
