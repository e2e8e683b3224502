-- Every type of the database with what decides its form in JSON. A base type
-- with a cast to json goes through that cast, as it does in row_to_json.
SELECT t.oid,
       t.typtype::text                                                  AS kind,
       t.typbasetype                                                    AS base,
       CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem
            ELSE 0::oid END                                             AS element,
       t.typdelim::text                                                 AS delim,
       CASE WHEN t.typtype = 'c' THEN t.typrelid ELSE 0::oid END        AS relation,
       t.oid >= 16384
           AND EXISTS (
               SELECT FROM pg_catalog.pg_cast AS c
                WHERE c.castsource = t.oid
                  AND c.casttarget = 'pg_catalog.json'::regtype
                  AND c.castmethod = 'f')                               AS cast_to_json
  FROM pg_catalog.pg_type AS t
