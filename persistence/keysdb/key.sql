-- name: unknown_rights
SELECT DISTINCT wanted
  FROM unnest($1::text[]) AS wanted
 WHERE NOT EXISTS (SELECT FROM api_key_rights WHERE name = wanted)
 ORDER BY wanted;

-- name: create_key
INSERT INTO api_keys (public_id, name, description, client_name, key_salt, key_hash, expires_at,
                      virgin_mode, virgin_until_n_requests, max_whitelist_ips)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING id;

-- name: grant_rights
INSERT INTO api_key_right_grants (api_key_id, right_id)
SELECT $1, id
  FROM api_key_rights
 WHERE name = ANY ($2::text[])
    ON CONFLICT DO NOTHING;

-- name: withdraw_rights
-- Those that stay are left alone, so that a change of nothing tells nobody.
DELETE FROM api_key_right_grants
 USING api_key_rights
 WHERE api_key_rights.id = right_id
   AND api_key_id = $1
   AND NOT api_key_rights.name = ANY ($2::text[]);

-- name: keys
-- The records of keys; one of the next three says which.
SELECT id, public_id, name, description, client_name, expires_at, is_active, last_used_at, created_at, updated_at,
       ARRAY (SELECT r.name
                FROM api_key_right_grants AS g
                JOIN api_key_rights AS r ON r.id = g.right_id
               WHERE g.api_key_id = api_keys.id
               ORDER BY r.name) AS rights
  FROM api_keys;

-- name: keys_by_id
 WHERE id = $1;

-- name: keys_by_id_locked
 WHERE id = $1
   FOR UPDATE;

-- name: update_key
UPDATE api_keys
   SET name = $2, description = $3, client_name = $4, expires_at = $5, is_active = $6, updated_at = now()
 WHERE id = $1;

-- name: delete_key
DELETE FROM api_keys
 WHERE id = $1
RETURNING id;

-- name: keys_newest_first
 ORDER BY created_at DESC, id
 LIMIT $1
OFFSET $2;

-- name: revoke_key
UPDATE api_keys
   SET is_active = false, updated_at = now()
 WHERE public_id = $1
RETURNING id;

-- name: lookup_key
SELECT public_id, key_salt, key_hash, coalesce(client_name, '') AS client_name, is_active, expires_at,
       ARRAY (SELECT r.name
                FROM api_key_right_grants AS g
                JOIN api_key_rights AS r ON r.id = g.right_id
               WHERE g.api_key_id = api_keys.id) AS rights,
       virgin_mode AND NOT virgin_resolved AS learning,
       ARRAY (SELECT addr FROM api_key_ip_whitelist WHERE api_key_id = api_keys.id) AS whitelist,
       ARRAY (SELECT addr FROM api_key_ip_blacklist WHERE api_key_id = api_keys.id) AS blacklist
  FROM api_keys
 WHERE public_id = $1;

-- name: touch_keys
UPDATE api_keys
   SET last_used_at = greatest(last_used_at, used.at)
  FROM (SELECT public_id, max(at) AS at
          FROM unnest($1::text[], $2::timestamptz[]) AS one (public_id, at)
         GROUP BY public_id) AS used
 WHERE api_keys.public_id = used.public_id;
