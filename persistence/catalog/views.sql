-- What each view selects, as the server keeps it.
SELECT c.oid                                                  AS view,
       r.ev_action::text                                      AS action
  FROM pg_catalog.pg_rewrite AS r
  JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('v', 'm')
   AND r.rulename = '_RETURN'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND n.nspname NOT LIKE 'pg\_toast%'
   AND n.nspname NOT LIKE 'pg\_temp\_%'
   AND ($1::oid[] IS NULL OR c.oid = ANY ($1))
 ORDER BY c.oid
