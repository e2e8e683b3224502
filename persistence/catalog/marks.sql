-- A mark for each object of the schema: of the rows that tell of it, which transactions
-- wrote them. It is the same for as long as no row is written, added or taken away; it
-- outlives freezing, which keeps the number, and is the same on a standby.
--   r  a relation, with all that hangs on it
--   f  a function
--   t  a type, but for those of rows and of arrays, which follow others
--   s  a name that defaults may spell and that is read with nothing: of a sequence or schema
WITH rows (kind, id, mark) AS (
    SELECT 'r', c.oid, hashtextextended(c.xmin::text, c.oid::bigint)
      FROM pg_catalog.pg_class AS c
     WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
     UNION ALL
    SELECT 't', c.reltype, hashtextextended(c.xmin::text, c.oid::bigint)
      FROM pg_catalog.pg_class AS c
     WHERE c.relkind = 'c'
     UNION ALL
    SELECT 's', c.oid, hashtextextended(c.relname::text, c.relnamespace::bigint)
      FROM pg_catalog.pg_class AS c
     WHERE c.relkind = 'S'
     UNION ALL
    SELECT 's', n.oid, hashtextextended(n.nspname::text, 0)
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname NOT LIKE 'pg\_%'
     UNION ALL
    SELECT 'r', a.attrelid, hashtextextended(a.xmin::text, a.attnum)
      FROM pg_catalog.pg_attribute AS a
     WHERE a.attnum > 0
     UNION ALL
    SELECT 'r', d.adrelid, hashtextextended(d.xmin::text, d.oid::bigint)
      FROM pg_catalog.pg_attrdef AS d
     UNION ALL
    SELECT 'r', i.indrelid, hashtextextended(i.xmin::text || ' ' || x.xmin::text, i.indexrelid::bigint)
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
     UNION ALL
    SELECT CASE WHEN k.conrelid <> 0 THEN 'r' ELSE 't' END, CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END,
           hashtextextended(k.xmin::text, k.oid::bigint)
      FROM pg_catalog.pg_constraint AS k
     UNION ALL
    SELECT 'r', t.tgrelid, hashtextextended(t.xmin::text, t.oid::bigint)
      FROM pg_catalog.pg_trigger AS t
     WHERE NOT t.tgisinternal
     UNION ALL
    SELECT 'r', p.polrelid, hashtextextended(p.xmin::text, p.oid::bigint)
      FROM pg_catalog.pg_policy AS p
     UNION ALL
    SELECT 'r', r.ev_class, hashtextextended(r.xmin::text, r.oid::bigint)
      FROM pg_catalog.pg_rewrite AS r
     UNION ALL
    SELECT 'r', i.inhrelid, hashtextextended(i.xmin::text, i.inhparent::bigint)
      FROM pg_catalog.pg_inherits AS i
     UNION ALL
    SELECT CASE d.classoid WHEN 'pg_catalog.pg_class'::regclass THEN 'r' ELSE 'f' END, d.objoid,
           hashtextextended(d.xmin::text, d.objsubid)
      FROM pg_catalog.pg_description AS d
     WHERE d.classoid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
     UNION ALL
    SELECT 'f', p.oid, hashtextextended(p.xmin::text, p.oid::bigint)
      FROM pg_catalog.pg_proc AS p
     UNION ALL
    SELECT 't', t.oid, hashtextextended(t.xmin::text, t.oid::bigint)
      FROM pg_catalog.pg_type AS t
     WHERE t.typrelid = 0
       AND t.typcategory <> 'A'
     UNION ALL
    SELECT 't', e.enumtypid, hashtextextended(e.xmin::text, e.oid::bigint)
      FROM pg_catalog.pg_enum AS e
     UNION ALL
    SELECT 't', c.castsource, hashtextextended(c.xmin::text, c.oid::bigint)
      FROM pg_catalog.pg_cast AS c
)
SELECT o.kind::text, o.id, o.mark
  FROM (SELECT r.kind, r.id, (sum(r.mark) % 9223372036854775807)::bigint AS mark
          FROM rows AS r
         GROUP BY r.kind, r.id) AS o
 WHERE o.kind <> 'r'
    OR EXISTS (SELECT
                 FROM pg_catalog.pg_class AS c
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE c.oid = o.id
                  AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
                  AND n.nspname NOT LIKE 'pg\_toast%'
                  AND n.nspname NOT LIKE 'pg\_temp\_%')
