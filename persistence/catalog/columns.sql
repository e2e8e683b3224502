-- The columns of every relation, in the order of the table.
SELECT a.attrelid                                             AS relation,
       a.attname::text                                        AS name,
       a.attnum                                               AS number,
       a.atttypid                                             AS type,
       format_type(a.atttypid, a.atttypmod)                   AS type_name,
       a.attnotnull                                           AS not_null,
       a.atthasdef AND a.attgenerated = ''
           OR a.attidentity <> ''
           OR t.typdefault IS NOT NULL                        AS has_default,
       CASE WHEN a.attgenerated = ''
            THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
            ELSE '' END                                       AS default,
       a.attgenerated <> ''                                   AS generated,
       a.attidentity::text                                    AS identity,
       coalesce(col_description(a.attrelid, a.attnum), '')    AS comment
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND n.nspname NOT LIKE 'pg\_temp\_%'
   AND a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
