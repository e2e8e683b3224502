-- The columns of every relation, in the order of the table. One without a modifier has
-- the name of its type, but for two types that mean a length of one where SQL's own word
-- for them stands.
SELECT a.attrelid                                             AS relation,
       a.attname::text                                        AS name,
       a.attnum                                               AS number,
       a.atttypid                                             AS type,
       CASE WHEN a.atttypmod <> -1
              OR a.atttypid IN ('bpchar'::regtype, '"bit"'::regtype)
            THEN format_type(a.atttypid, a.atttypmod)
            ELSE '' END                                       AS type_name,
       a.attnotnull                                           AS not_null,
       a.atthasdef AND a.attgenerated = ''
           OR a.attidentity <> ''
           OR t.typdefault IS NOT NULL                        AS has_default,
       CASE WHEN a.attgenerated = ''
            THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '')
            ELSE '' END                                       AS default,
       a.attgenerated <> ''                                   AS generated,
       a.attidentity::text                                    AS identity,
       coalesce(o.description, '')                            AS comment
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_catalog.pg_description AS o
         ON o.objoid = a.attrelid
        AND o.classoid = 'pg_catalog.pg_class'::regclass
        AND o.objsubid = a.attnum
 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND n.nspname NOT LIKE 'pg\_temp\_%'
   AND a.attnum > 0
   AND NOT a.attisdropped
   AND ($1::oid[] IS NULL OR a.attrelid = ANY ($1))
 ORDER BY a.attrelid, a.attnum
