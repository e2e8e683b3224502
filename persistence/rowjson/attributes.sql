-- What the rows of composite types and of relations are made of.
SELECT f.attrelid         AS relation,
       f.attname::text    AS name,
       f.atttypid         AS type
  FROM pg_catalog.pg_attribute AS f
  JOIN pg_catalog.pg_class AS c ON c.oid = f.attrelid
 WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
   AND f.attnum > 0
   AND NOT f.attisdropped
 ORDER BY f.attrelid, f.attnum
