-- name: vacuum
-- What autovacuum itself goes by: dead rows against its threshold, and the age of
-- a table's oldest transaction against the age that forces a vacuum.
WITH settings AS (
    SELECT current_setting('autovacuum_freeze_max_age')::bigint AS freeze_max_age,
           current_setting('autovacuum_vacuum_threshold')::float8 AS threshold,
           current_setting('autovacuum_vacuum_scale_factor')::float8 AS scale
)
SELECT s.schemaname::text, s.relname::text, s.n_dead_tup, s.n_live_tup,
       round(100.0 * s.n_dead_tup / nullif(s.n_dead_tup + s.n_live_tup, 0), 2)::float8 AS dead_pct,
       s.last_vacuum, s.last_autovacuum, age(c.relfrozenxid)::bigint AS xid_age,
       round(100.0 * age(c.relfrozenxid) / freeze_max_age, 2)::float8 AS xid_age_pct_of_freeze_max,
       s.n_dead_tup > threshold + scale * greatest(c.reltuples, 0) AS needs_vacuum,
       freeze_max_age
  FROM settings, pg_stat_user_tables AS s
  JOIN pg_class AS c ON c.oid = s.relid
 WHERE c.relfrozenxid <> '0'
 ORDER BY s.n_dead_tup DESC, age(c.relfrozenxid) DESC, s.schemaname, s.relname
 LIMIT 10000;
