-- What rows of a relation depend on beside the relation itself, and what a write to
-- it does beside writing its own rows:
--   r  a view, or a policy on the rows, reads another relation
--   o  a view or a policy uses what may give something else each time
--   c  a child holds rows of the relation, too
--   w  a write goes on to other relations: by a key, or by a default's function
-- Each has an owner, the relation whose change may change it.
-- Expressions are searched for the numbers of what they use, since the system's own
-- objects stand in no table of dependencies.
WITH expressions AS (
    SELECT r.ev_class AS relation, r.ev_action::text AS tree
      FROM pg_catalog.pg_rewrite AS r
      JOIN pg_catalog.pg_class AS c ON c.oid = r.ev_class AND c.relkind = 'v'
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE r.ev_type = '1'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND ($1::oid[] IS NULL OR r.ev_class = ANY ($1))
     UNION ALL
    SELECT p.polrelid, p.polqual::text
      FROM pg_catalog.pg_policy AS p
     WHERE p.polqual IS NOT NULL
       AND ($1::oid[] IS NULL OR p.polrelid = ANY ($1))
), functions AS (
    SELECT e.relation, m[1]::oid AS function
      FROM expressions AS e, regexp_matches(e.tree, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') AS m
     UNION
    SELECT e.relation, o.oprcode::oid
      FROM expressions AS e, regexp_matches(e.tree, ':opno (\d+)', 'g') AS m
      JOIN pg_catalog.pg_operator AS o ON o.oid = m[1]::oid
)
SELECT e.relation, m[1]::oid AS other, 'r' AS kind, e.relation AS owner
  FROM expressions AS e, regexp_matches(e.tree, ':relid (\d+)', 'g') AS m
 WHERE m[1] <> '0'
 UNION
SELECT f.relation, 0::oid, 'o', f.relation
  FROM functions AS f
  JOIN pg_catalog.pg_proc AS p ON p.oid = f.function
 WHERE p.provolatile <> 'i'
 UNION
SELECT e.relation, 0::oid, 'o', e.relation
  FROM expressions AS e
 WHERE e.tree ~ 'SQLVALUEFUNCTION|NEXTVALUEEXPR|TABLESAMPLECLAUSE'
 UNION
SELECT i.inhparent, i.inhrelid, 'c', i.inhrelid
  FROM pg_catalog.pg_inherits AS i
 WHERE $1::oid[] IS NULL OR i.inhrelid = ANY ($1)
 UNION
SELECT k.confrelid, k.conrelid, 'w', k.conrelid
  FROM pg_catalog.pg_constraint AS k
 WHERE k.contype = 'f'
   AND (k.confdeltype NOT IN ('a', 'r') OR k.confupdtype NOT IN ('a', 'r'))
   AND ($1::oid[] IS NULL OR k.conrelid = ANY ($1))
 UNION
SELECT d.adrelid, 0::oid, 'w', d.adrelid
  FROM pg_catalog.pg_attrdef AS d, regexp_matches(d.adbin::text, ':funcid (\d+)', 'g') AS m
  JOIN pg_catalog.pg_proc AS p ON p.oid = m[1]::oid AND p.provolatile = 'v'
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
 WHERE $1::oid[] IS NULL OR d.adrelid = ANY ($1)
 ORDER BY 1, 3, 2, 4
