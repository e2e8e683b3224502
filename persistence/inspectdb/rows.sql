-- name: row_estimates
-- A partitioned table has no rows of its own: its partitions count.
SELECT n.nspname::text AS schema_name, c.relname::text AS table_name, greatest(c.reltuples, 0)::bigint AS estimated_rows,
       c.reltuples < 0 AS never_analyzed
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm')
   AND c.relpersistence <> 't'
   AND ($1::text IS NULL OR n.nspname = $1)
   AND ($2 OR (n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'))
 ORDER BY c.reltuples DESC, n.nspname, c.relname
 LIMIT 100000;
