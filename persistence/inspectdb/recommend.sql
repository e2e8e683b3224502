-- name: missing_indexes
-- Foreign keys whose columns no usable index begins with.
SELECT n.nspname::text AS schema_name, c.relname::text AS table_name, con.conname::text AS key_name,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM unnest(con.conkey) WITH ORDINALITY AS k (number, place)
          JOIN pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = k.number) AS columns,
       greatest(c.reltuples, 0)::bigint AS estimated_rows
  FROM pg_constraint AS con
  JOIN pg_class AS c ON c.oid = con.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE con.contype = 'f'
   AND c.relkind = 'r'
   AND n.nspname !~ '^pg_'
   AND NOT EXISTS (
       SELECT FROM pg_index AS i
        WHERE i.indrelid = con.conrelid
          AND i.indisvalid
          AND i.indpred IS NULL
          AND (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey)
 ORDER BY c.reltuples DESC, n.nspname, c.relname, con.conname
 LIMIT 200;

-- name: unused_indexes
-- Indexes that no query has used while their table was in use. Those that hold a
-- constraint, or that a foreign key needs, have another purpose.
SELECT s.schemaname::text AS schema_name, s.relname::text AS table_name, s.indexrelname::text AS index_name,
       pg_relation_size(s.indexrelid) AS bytes, t.n_tup_ins + t.n_tup_upd + t.n_tup_del AS writes
  FROM pg_stat_user_indexes AS s
  JOIN pg_stat_user_tables AS t ON t.relid = s.relid
  JOIN pg_index AS i ON i.indexrelid = s.indexrelid
 WHERE s.idx_scan = 0
   AND t.seq_scan + coalesce(t.idx_scan, 0) >= 100
   AND pg_relation_size(s.indexrelid) >= 65536
   AND i.indisvalid
   AND NOT i.indisunique
   AND NOT i.indisexclusion
   AND NOT i.indisreplident
   AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.indexrelid)
   AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
   AND NOT EXISTS (
       SELECT FROM pg_constraint AS c
        WHERE c.contype = 'f'
          AND c.conrelid = i.indrelid
          AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
 ORDER BY pg_relation_size(s.indexrelid) DESC, s.schemaname, s.indexrelname
 LIMIT 200;

-- name: sequential_scans
SELECT schemaname::text AS schema_name, relname::text AS table_name, seq_scan, seq_tup_read, coalesce(idx_scan, 0) AS idx_scan,
       n_live_tup AS estimated_rows
  FROM pg_stat_user_tables
 WHERE seq_scan >= 50
   AND n_live_tup >= 10000
   AND seq_tup_read / seq_scan >= 5000
   AND seq_scan > coalesce(idx_scan, 0)
 ORDER BY seq_tup_read DESC, schemaname, relname
 LIMIT 50;

-- name: find_statements
-- The schema that pg_stat_statements was installed into, if it was, and this user may
-- read the statements of others.
SELECT n.nspname::text
  FROM pg_extension AS e
  JOIN pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
   AND pg_has_role('pg_read_all_stats', 'USAGE');

-- name: is_invalid
SELECT NOT i.indisvalid
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = $1
   AND c.relname = $2;
