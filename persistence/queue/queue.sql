-- name: next_node
SELECT nextval('athena_nodes')::integer;

-- name: lock_node
SELECT pg_try_advisory_lock($1::integer, $2::integer);

-- name: hurry
UPDATE river_job
   SET state = 'available', scheduled_at = now()
 WHERE id = ANY($1::bigint[])
   AND state IN ('available', 'scheduled', 'retryable');

-- name: take_back
-- The node of a job is the last that attempted it; it lives while a session holds
-- its lock.
WITH lost AS (
    SELECT id
      FROM river_job
     WHERE state = 'running'
       AND attempted_by[cardinality(attempted_by)] ~ '^[0-9]{1,9}$'
       AND NOT EXISTS (
           SELECT
             FROM pg_locks
            WHERE locktype = 'advisory'
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND classid = $1::integer::bigint::oid
              AND objid = attempted_by[cardinality(attempted_by)]::bigint::oid
              AND objsubid = 2
              AND granted)
     ORDER BY id
     LIMIT 10000
       FOR UPDATE SKIP LOCKED)
UPDATE river_job
   SET state = 'available', scheduled_at = now()
  FROM lost
 WHERE river_job.id = lost.id;
