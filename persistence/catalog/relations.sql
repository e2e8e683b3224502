-- Every relation that a caller can read, with what the planner knows of its size,
-- and the composite types, whose attributes are read like columns.
SELECT c.oid,
       n.nspname::text                                        AS schema,
       c.relname::text                                        AS name,
       c.relkind::text                                        AS kind,
       c.reltype                                              AS row_type,
       c.reltuples::float8                                    AS estimate,
       c.relhasrules OR EXISTS (
           SELECT FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = c.oid
              AND NOT t.tgisinternal)                         AS triggers,
       c.relhasrules OR EXISTS (
           SELECT FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = c.oid
              AND NOT t.tgisinternal
              AND t.tgtype & 7 = 7)                           AS rewrites, -- before each row that is inserted
       coalesce(o.description, '')                            AS comment
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_description AS o
         ON o.objoid = c.oid
        AND o.classoid = 'pg_catalog.pg_class'::regclass
        AND o.objsubid = 0
 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND n.nspname NOT LIKE 'pg\_temp\_%'
   AND ($1::oid[] IS NULL OR c.oid = ANY ($1))
 ORDER BY n.nspname, c.relname
