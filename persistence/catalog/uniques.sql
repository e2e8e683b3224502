-- What is unique over all rows: constraints and plain unique indexes.
SELECT i.indrelid                                             AS relation,
       x.relname::text                                        AS name,
       i.indisprimary                                         AS primary,
       (SELECT array_agg(a.attname::text ORDER BY k.position)
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, position)
          JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = i.indrelid AND a.attnum = k.number
         WHERE k.position <= i.indnkeyatts)                   AS columns
  FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
 WHERE i.indisunique
   AND i.indisvalid
   AND i.indpred IS NULL
   AND i.indexprs IS NULL
 ORDER BY i.indrelid, i.indisprimary DESC, x.relname
