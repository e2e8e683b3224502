-- Every type, with the labels of the enums.
SELECT t.oid,
       format_type(t.oid, NULL)                               AS name,
       t.typtype::text                                        AS kind,
       t.typcategory::text                                    AS category,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1
            THEN t.typelem ELSE 0::oid END                    AS element,
       t.typbasetype                                          AS base,
       t.typrelid                                             AS relation,
       e.labels
  FROM pg_catalog.pg_type AS t
  LEFT JOIN (
       SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
         FROM pg_catalog.pg_enum
        GROUP BY enumtypid) AS e ON e.enumtypid = t.oid
 ORDER BY t.oid
