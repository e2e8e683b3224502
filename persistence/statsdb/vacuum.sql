-- name: save_vacuum
INSERT INTO vacuum_health_snapshots (client_name, host, instance_id, total_dead_rows, tables_with_bloat, xid_freeze_risk,
       tables_needing_vacuum, freeze_max_age, collection_error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING id;

-- name: save_vacuum_tables
INSERT INTO vacuum_health_table_stats (snapshot_id, schemaname, relname, n_dead_tup, n_live_tup, dead_pct, last_vacuum, last_autovacuum,
       xid_age, xid_age_pct_of_freeze_max)
SELECT $1, schemaname, relname, n_dead_tup, n_live_tup, dead_pct, last_vacuum, last_autovacuum, xid_age, xid_age_pct_of_freeze_max
  FROM jsonb_to_recordset($2::jsonb) AS t (schemaname text, relname text, n_dead_tup bigint, n_live_tup bigint, dead_pct float8,
       last_vacuum timestamptz, last_autovacuum timestamptz, xid_age bigint, xid_age_pct_of_freeze_max float8);

-- name: latest_vacuum
SELECT DISTINCT ON (client_name)
       id, recorded_at, client_name, host, instance_id, total_dead_rows, tables_with_bloat, xid_freeze_risk, tables_needing_vacuum,
       freeze_max_age, collection_error
  FROM vacuum_health_snapshots
 WHERE client_name = $1 OR $1 IS NULL
 ORDER BY client_name, id DESC
 LIMIT 100000;

-- name: vacuum_tables
SELECT id, snapshot_id, schemaname, relname, n_dead_tup, n_live_tup, dead_pct, last_vacuum, last_autovacuum, xid_age, xid_age_pct_of_freeze_max
  FROM vacuum_health_table_stats
 WHERE snapshot_id = $1
 ORDER BY n_dead_tup DESC, xid_age DESC, schemaname, relname
 LIMIT 10000;

-- name: prune_vacuum
DELETE FROM vacuum_health_snapshots
 WHERE recorded_at < now() - $1::interval;
