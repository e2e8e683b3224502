-- Foreign keys, without the copies that partitions of a referenced table have.
SELECT k.conname::text                                        AS name,
       k.conrelid                                             AS from_relation,
       k.confrelid                                            AS to_relation,
       (SELECT array_agg(a.attname::text ORDER BY p.position)
          FROM unnest(k.conkey) WITH ORDINALITY AS p (number, position)
          JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = k.conrelid AND a.attnum = p.number) AS columns,
       (SELECT array_agg(a.attname::text ORDER BY p.position)
          FROM unnest(k.confkey) WITH ORDINALITY AS p (number, position)
          JOIN pg_catalog.pg_attribute AS a
            ON a.attrelid = k.confrelid AND a.attnum = p.number) AS to_columns
  FROM pg_catalog.pg_constraint AS k
 WHERE k.contype = 'f'
   AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_constraint AS parent
        WHERE parent.oid = k.conparentid
          AND parent.conrelid = k.conrelid)
 ORDER BY k.conrelid, k.conname, k.oid
