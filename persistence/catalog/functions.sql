-- Functions and procedures outside of the system's own schemas, and the aggregates that
-- write rows in a media type: of one argument, with a value of a domain that is named like
-- one.
SELECT p.oid,
       n.nspname::text                                        AS schema,
       p.proname::text                                        AS name,
       p.prokind = 'p'                                        AS procedure,
       p.prokind = 'a'                                        AS aggregate,
       p.provolatile::text                                    AS volatility,
       l.lanname IN ('internal', 'c')                         AS native,
       p.proretset                                            AS set,
       p.prorows = 1                                          AS single,
       p.provariadic <> 0                                     AS variadic,
       p.pronargdefaults                                      AS defaults,
       p.prorettype                                           AS returns,
       format_type(p.prorettype, -1)                          AS returns_name,
       coalesce(p.proargnames, '{}')                          AS arg_names,
       coalesce(p.proargmodes::text[], '{}')                  AS arg_modes,
       coalesce(p.proallargtypes, p.proargtypes::oid[])       AS arg_types,
       (SELECT coalesce(array_agg(format_type(t.type, -1) ORDER BY t.position), '{}')
          FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
               WITH ORDINALITY AS t (type, position))         AS arg_type_names,
       coalesce(obj_description(p.oid, 'pg_proc'), '')        AS comment
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
 WHERE (p.prokind IN ('f', 'p')
        OR p.prokind = 'a'
           AND p.pronargs = 1
           AND EXISTS (
               SELECT FROM pg_catalog.pg_type AS t
                WHERE t.oid = p.prorettype
                  AND t.typtype = 'd'
                  AND strpos(t.typname::text, '/') > 0))
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND n.nspname NOT LIKE 'pg\_temp\_%'
   AND ($1::oid[] IS NULL OR p.oid = ANY ($1))
 ORDER BY n.nspname, p.proname, p.oid
