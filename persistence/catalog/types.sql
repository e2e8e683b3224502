-- Every type, with the labels of the enums, and what decides its form in JSON: a base
-- type with a cast to json goes through that cast, as it does in row_to_json.
SELECT t.oid,
       format_type(t.oid, NULL)                               AS name,
       t.typtype::text                                        AS kind,
       t.typcategory::text                                    AS category,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1
            THEN t.typelem ELSE 0::oid END                    AS element,
       t.typbasetype                                          AS base,
       t.typrelid                                             AS relation,
       t.typarray                                             AS array,
       t.typdelim::text                                       AS delimiter,
       t.oid >= 16384
           AND EXISTS (
               SELECT FROM pg_catalog.pg_cast AS c
                WHERE c.castsource = t.oid
                  AND c.casttarget = 'pg_catalog.json'::regtype
                  AND c.castmethod = 'f')                     AS cast_to_json,
       e.labels
  FROM pg_catalog.pg_type AS t
  LEFT JOIN (
       SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) AS labels
         FROM pg_catalog.pg_enum
        GROUP BY enumtypid) AS e ON e.enumtypid = t.oid
 WHERE $1::oid[] IS NULL OR t.oid = ANY ($1)
 ORDER BY t.oid
