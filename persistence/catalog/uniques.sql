-- What is unique over all rows: constraints and plain unique indexes, with the numbers
-- of their columns.
SELECT i.indrelid                                             AS relation,
       i.indexrelid                                           AS index,
       x.relname::text                                        AS name,
       i.indisprimary                                         AS primary,
       (i.indkey::int2[])[0:i.indnkeyatts - 1]                AS columns
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
 WHERE i.indisunique
   AND i.indisvalid
   AND i.indpred IS NULL
   AND i.indexprs IS NULL
   AND c.relkind IN ('r', 'm', 'p')
   AND ($1::oid[] IS NULL OR i.indrelid = ANY ($1))
 ORDER BY i.indrelid, i.indisprimary DESC, x.relname
