-- name: functions
SELECT n.nspname::text                                        AS schema_name,
       p.proname::text                                        AS function_name,
       (SELECT coalesce(array_agg(format_type(t.type, NULL) ORDER BY t.position), '{}')
          FROM unnest(p.proargtypes::oid[])
               WITH ORDINALITY AS t (type, position))         AS arg_types,
       pg_get_function_arguments(p.oid)                       AS arguments,
       coalesce(pg_get_function_result(p.oid), '')            AS return_type,
       l.lanname::text                                        AS language,
       CASE p.provolatile WHEN 'i' THEN 'immutable'
                          WHEN 's' THEN 'stable'
                          ELSE 'volatile' END                 AS volatility,
       p.prosecdef                                            AS security_definer,
       pg_get_userbyid(p.proowner)::text                      AS owner,
       CASE WHEN $4 THEN pg_get_functiondef(p.oid) END        AS definition
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
 WHERE p.prokind = 'f'
   AND ($1 = '' OR n.nspname = $1)
   AND ($2 = '' OR p.proname ILIKE '%' || $2 || '%')
   AND ($3 OR n.nspname NOT IN ('pg_catalog', 'information_schema'))
 ORDER BY n.nspname, p.proname, p.oid
 LIMIT 10000;

-- name: definition
SELECT coalesce((SELECT pg_get_functiondef(p.oid)
                   FROM pg_catalog.pg_proc AS p
                  WHERE p.oid = to_regprocedure($1)
                    AND p.prokind = 'f'), '');
