-- name: has_catalogs
SELECT to_regclass('athena.s3_catalogs') IS NOT NULL;

-- name: count_catalogs
SELECT count(*) FROM athena.s3_catalogs;
