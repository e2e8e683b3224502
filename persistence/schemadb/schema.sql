-- name: tables
-- The owners' own view of the standard leaves materialized views out.
SELECT n.nspname::text                                        AS table_schema,
       c.relname::text                                        AS table_name,
       CASE c.relkind WHEN 'v' THEN 'VIEW'
                      WHEN 'm' THEN 'MATERIALIZED VIEW'
                      WHEN 'f' THEN 'FOREIGN'
                      ELSE 'BASE TABLE' END                   AS table_type
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f')
   AND n.nspname NOT LIKE 'pg\_%'
   AND n.nspname <> 'information_schema'
   AND ($1 = '' OR n.nspname = $1)
 ORDER BY n.nspname, c.relname
 LIMIT 100000;

-- name: columns
SELECT n.nspname::text                                        AS table_schema,
       a.attname::text                                        AS column_name,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN 'ARRAY'
            WHEN b.typnamespace <> 'pg_catalog'::regnamespace THEN 'USER-DEFINED'
            ELSE format_type(b.oid, NULL) END                 AS data_type,
       format_type(a.atttypid, a.atttypmod)                   AS full_type,
       CASE WHEN a.attgenerated = ''
            THEN pg_get_expr(d.adbin, d.adrelid) END          AS column_default,
       CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END        AS is_nullable,
       a.attnum::int                                          AS ordinal_position
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relname = $1
   AND ($2 = '' OR n.nspname = $2)
   AND c.relkind IN ('r', 'v', 'm', 'p', 'f')
   AND n.nspname NOT LIKE 'pg\_%'
   AND n.nspname <> 'information_schema'
   AND a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY n.nspname = 'public' DESC, n.nspname, a.attnum
 LIMIT 20000;

-- name: constraints
SELECT k.conname::text                                        AS constraint_name,
       CASE k.contype WHEN 'p' THEN 'PRIMARY KEY'
                      ELSE 'UNIQUE' END                       AS constraint_type,
       (SELECT array_agg(a.attname::text ORDER BY p.position)
          FROM unnest(k.conkey) WITH ORDINALITY AS p (number, position)
          JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = k.conrelid AND a.attnum = p.number) AS columns
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relname = $1
   AND n.nspname = $2
   AND k.contype IN ('p', 'u')
 ORDER BY k.contype, k.conname
 LIMIT 1000;

-- name: is_table
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relname = $1
       AND n.nspname = $2
       AND c.relkind IN ('r', 'v', 'm', 'p', 'f'));

-- name: migrations
-- Older lists have no names.
SELECT to_jsonb(m) ->> 'version' AS version,
       to_jsonb(m) ->> 'name'    AS name
  FROM supabase_migrations.schema_migrations AS m
 ORDER BY 1
 LIMIT 10000;
