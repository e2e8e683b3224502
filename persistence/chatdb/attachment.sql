-- name: has_files
SELECT to_regclass('athena.files') IS NOT NULL;

-- name: files
SELECT file.id::text AS id, to_jsonb(file)::text AS record
  FROM athena.files AS file
 WHERE file.id::text = ANY ($1::text[]);
