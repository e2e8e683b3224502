-- name: ip_policy
SELECT id AS api_key_id, virgin_mode, virgin_resolved, locked_in AS virgin_resolved_at, virgin_until_n_requests,
       virgin_request_count, max_whitelist_ips
  FROM api_keys
 WHERE id = $1;

-- name: lock_ip_policy
SELECT id AS api_key_id, virgin_mode, virgin_resolved, locked_in AS virgin_resolved_at, virgin_until_n_requests,
       virgin_request_count, max_whitelist_ips
  FROM api_keys
 WHERE id = $1
   FOR UPDATE;

-- name: ip_rules
SELECT id, addr::text AS addr, label, created_at
  FROM api_key_ip_LIST
 WHERE api_key_id = $1
 ORDER BY created_at, addr;

-- name: add_ip_rules
INSERT INTO api_key_ip_LIST (api_key_id, addr, label)
SELECT $1, addr, $3
  FROM unnest($2::cidr[]) AS addr
    ON CONFLICT (api_key_id, addr) DO UPDATE SET label = excluded.label;

-- name: remove_ip_rules
DELETE FROM api_key_ip_LIST
 WHERE api_key_id = $1
   AND addr = ANY ($2::cidr[]);

-- name: list_global_ip_rules
SELECT id, addr::text AS addr, client_name, label, created_at, updated_at
  FROM ip_global_LIST
 ORDER BY client_name NULLS FIRST, addr;

-- name: lock_global_ip_rules
-- Two rules that overlap would pass each other's check; readers do not wait.
LOCK TABLE ip_global_LIST IN SHARE ROW EXCLUSIVE MODE;

-- name: overlapping_global_ip_rules
SELECT addr::text
  FROM ip_global_LIST
 WHERE addr && $1::cidr
   AND addr <> $1::cidr
   AND client_name IS NOT DISTINCT FROM $2
 ORDER BY addr;

-- name: save_global_ip_rule
INSERT INTO ip_global_LIST (addr, client_name, label)
VALUES ($1::cidr, $2, $3)
    ON CONFLICT (addr, (coalesce(client_name, ''))) DO UPDATE SET label = excluded.label, updated_at = now()
RETURNING id, addr::text AS addr, client_name, label, created_at, updated_at;

-- name: delete_global_ip_rule
DELETE FROM ip_global_LIST
 WHERE addr = $1::cidr
   AND client_name IS NOT DISTINCT FROM $2;

-- name: global_ip_ranges
SELECT coalesce(client_name, '') AS client_name, addr
  FROM ip_global_LIST
 ORDER BY 1, 2;
