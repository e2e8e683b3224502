-- Foreign keys, with the numbers of their columns, without the copies that partitions of
-- a referenced table have.
SELECT k.conname::text                                        AS name,
       k.conrelid                                             AS from_relation,
       k.confrelid                                            AS to_relation,
       k.conkey                                               AS columns,
       k.confkey                                              AS to_columns,
       k.conparentid <> 0                                     AS inherited -- by a partition
  FROM pg_catalog.pg_constraint AS k
 WHERE k.contype = 'f'
   AND ($1::oid[] IS NULL OR k.conrelid = ANY ($1))
   AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_constraint AS parent
        WHERE parent.oid = k.conparentid
          AND parent.conrelid = k.conrelid)
 ORDER BY k.conrelid, k.conname, k.oid
