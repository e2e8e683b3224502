-- name: identify
-- The cluster's own number, and that of the database in it.
SELECT (SELECT system_identifier::text FROM pg_control_system()) || '/' || oid
  FROM pg_database
 WHERE datname = current_database();
