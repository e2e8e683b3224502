-- What else is to be read where relations ($1) or types ($2) have changed:
--   r  the relations below a changed one, whose columns, keys and triggers follow it, and
--      those of composite types
--   a  the tables above a partition, whose keys from elsewhere lead to it
--   t  the types of rows, and of arrays
WITH RECURSIVE below AS (
    (SELECT unnest($1::oid[]) AS relation
      UNION
     SELECT t.typrelid
       FROM pg_catalog.pg_type AS t
      WHERE t.oid = ANY ($2::oid[])
        AND t.typrelid <> 0)
     UNION
    SELECT i.inhrelid
      FROM below AS b
      JOIN pg_catalog.pg_inherits AS i ON i.inhparent = b.relation
), above AS (
    SELECT i.inhparent AS relation
      FROM below AS b
      JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = b.relation
     UNION
    SELECT i.inhparent
      FROM above AS a
      JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = a.relation
), changed AS (
    SELECT unnest($2::oid[]) AS type
     UNION
    SELECT c.reltype
      FROM pg_catalog.pg_class AS c
     WHERE c.oid IN (SELECT b.relation FROM below AS b)
       AND c.reltype <> 0
)
SELECT 'r' AS kind, b.relation AS id FROM below AS b
 UNION ALL
SELECT 'a', a.relation FROM above AS a
 UNION ALL
SELECT 't', c.type FROM changed AS c
 UNION ALL
SELECT 't', t.typarray
  FROM pg_catalog.pg_type AS t
 WHERE t.oid IN (SELECT c.type FROM changed AS c)
   AND t.typarray <> 0
