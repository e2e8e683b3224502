-- name: lock_virgin
SELECT id, virgin_until_n_requests, max_whitelist_ips
  FROM api_keys
 WHERE public_id = $1
   AND virgin_mode
   AND NOT virgin_resolved
   FOR UPDATE;

-- name: see_ip
INSERT INTO api_key_ip_seen (api_key_id, addr)
VALUES ($1, $2::cidr)
    ON CONFLICT (api_key_id, addr)
    DO UPDATE SET last_seen_at = clock_timestamp(), hit_count = api_key_ip_seen.hit_count + 1;

-- name: count_virgin
UPDATE api_keys
   SET virgin_request_count = virgin_request_count + 1
 WHERE id = $1
RETURNING virgin_request_count AS requests,
          (SELECT count(*) FROM api_key_ip_seen WHERE api_key_id = $1) AS addresses;

-- name: promote_seen
-- An address that an entry covers already is locked in without one of its own.
WITH picked AS (
    SELECT id, addr
      FROM api_key_ip_seen
     WHERE api_key_id = $1
     ORDER BY first_seen_at, addr
     LIMIT nullif($2::integer, 0)
), marked AS (
    UPDATE api_key_ip_seen
       SET locked_in = true
     WHERE id IN (SELECT id FROM picked)
)
INSERT INTO api_key_ip_whitelist (api_key_id, addr, label)
SELECT $1, addr, 'learnt'
  FROM picked
 WHERE NOT EXISTS (SELECT FROM api_key_ip_whitelist AS w WHERE w.api_key_id = $1 AND w.addr >>= picked.addr);

-- name: resolve_virgin
UPDATE api_keys
   SET virgin_resolved = true, locked_in = now(), updated_at = now()
 WHERE id = $1;

-- name: reset_virgin
UPDATE api_keys
   SET virgin_resolved = false, locked_in = NULL, virgin_request_count = 0, updated_at = now()
 WHERE id = $1;

-- name: unlock_seen
UPDATE api_key_ip_seen
   SET locked_in = false
 WHERE api_key_id = $1
   AND locked_in;

-- name: clear_seen
DELETE FROM api_key_ip_seen
 WHERE api_key_id = $1;

-- name: list_seen
SELECT id, addr::text AS addr, first_seen_at, last_seen_at, hit_count, locked_in
  FROM api_key_ip_seen
 WHERE api_key_id = $1
 ORDER BY last_seen_at DESC, id
 LIMIT $2
OFFSET $3;
