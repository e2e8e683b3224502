-- Every type of the database with what decides its form in JSON. A base type
-- with a cast to json goes through that cast, as it does in row_to_json.
SELECT t.oid,
       t.typtype::text                                                  AS kind,
       t.typbasetype                                                    AS base,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem
            ELSE 0::oid END                                             AS element,
       t.typdelim::text                                                 AS delim,
       a.names,
       a.types,
       EXISTS (SELECT FROM pg_catalog.pg_cast AS c
                WHERE c.castsource = t.oid
                  AND c.casttarget = 'pg_catalog.json'::regtype
                  AND c.castmethod = 'f'
                  AND t.oid >= 16384)                                   AS cast_to_json
  FROM pg_catalog.pg_type AS t
 CROSS JOIN LATERAL (
       SELECT coalesce(array_agg(f.attname::text ORDER BY f.attnum), '{}') AS names,
              coalesce(array_agg(f.atttypid ORDER BY f.attnum), '{}')      AS types
         FROM pg_catalog.pg_attribute AS f
        WHERE t.typtype = 'c'
          AND f.attrelid = t.typrelid
          AND f.attnum > 0
          AND NOT f.attisdropped) AS a
