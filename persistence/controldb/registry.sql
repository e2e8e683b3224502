-- name: put_entry
INSERT INTO api_registry AS r (api_registry_id, method, path, summary, tag, access, required_right, version)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    ON CONFLICT (api_registry_id) DO UPDATE
   SET summary = excluded.summary, tag = excluded.tag, access = excluded.access,
       required_right = excluded.required_right, version = excluded.version, updated_at = now()
 WHERE (r.summary, r.tag, r.access, r.required_right, r.version)
       IS DISTINCT FROM (excluded.summary, excluded.tag, excluded.access, excluded.required_right, excluded.version);

-- name: drop_others
DELETE FROM api_registry
 WHERE api_registry_id <> ALL ($1::uuid[]);

-- name: lock_registry
LOCK TABLE api_registry IN SHARE ROW EXCLUSIVE MODE;

-- name: list_entries
SELECT api_registry_id, method, path, summary, tag, access, required_right, version, created_at, updated_at
  FROM api_registry
 ORDER BY path, method
 LIMIT 10000;
