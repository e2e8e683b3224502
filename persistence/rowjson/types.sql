-- Every type of the database with what decides its form in JSON. A base type
-- with a cast to json goes through that cast, as it does in row_to_json.
SELECT t.oid,
       t.typtype::text                                                  AS kind,
       t.typbasetype                                                    AS base,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem
            ELSE 0::oid END                                             AS element,
       t.typdelim::text                                                 AS delim,
       coalesce(a.names, '{}')                                          AS names,
       coalesce(a.types, '{}')                                          AS types,
       EXISTS (SELECT FROM pg_catalog.pg_cast AS c
                WHERE c.castsource = t.oid
                  AND c.casttarget = 'pg_catalog.json'::regtype
                  AND c.castmethod = 'f'
                  AND t.oid >= 16384)                                   AS cast_to_json
  FROM pg_catalog.pg_type AS t
 LEFT JOIN (
       SELECT f.attrelid,
              array_agg(f.attname::text ORDER BY f.attnum) AS names,
              array_agg(f.atttypid ORDER BY f.attnum)      AS types
         FROM pg_catalog.pg_attribute AS f
         JOIN pg_catalog.pg_class AS c ON c.oid = f.attrelid
        WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f', 'c')
          AND f.attnum > 0
          AND NOT f.attisdropped
        GROUP BY f.attrelid) AS a
    ON t.typtype = 'c'
   AND a.attrelid = t.typrelid
