-- name: accept
INSERT INTO gateway_deferred_requests (id, client_name, reason, request_id, method, route, schema_name, table_name, request, body, rights, job_id)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12
 WHERE (SELECT count(*)
          FROM (SELECT
                  FROM gateway_deferred_requests
                 WHERE client_name = $2
                   AND status IN ('queued', 'running')
                 LIMIT $13) AS waiting) < $13;

-- name: find
SELECT id, client_name, status, reason, request_id, method, route, schema_name, table_name, request, body, rights, job_id, claim,
       attempts, error, response_status, response_headers, response_body, xact, xact_server, xact_result, xact_rows, xact_tag,
       created_at, updated_at, started_at, next_attempt_at, completed_at
  FROM gateway_deferred_requests
 WHERE id = $1;

-- name: claim
UPDATE gateway_deferred_requests
   SET status = 'running', claim = $2, attempts = attempts + 1, started_at = now(), updated_at = now(), next_attempt_at = NULL
 WHERE id = $1
   AND status IN ('queued', 'running')
RETURNING id, client_name, status, reason, request_id, method, route, schema_name, table_name, request, body, rights, job_id, claim,
       attempts, error, response_status, response_headers, response_body, xact, xact_server, xact_result, xact_rows, xact_tag,
       created_at, updated_at, started_at, next_attempt_at, completed_at;

-- name: note
UPDATE gateway_deferred_requests
   SET xact = $3, xact_server = $4, xact_result = $5, xact_rows = $6, xact_tag = $7
 WHERE id = $1
   AND claim = $2
   AND status = 'running';

-- name: end
UPDATE gateway_deferred_requests
   SET status = $3, response_status = $4, response_headers = $5::jsonb, response_body = $6, error = $7::jsonb,
       xact = CASE WHEN $8 THEN xact END, xact_server = CASE WHEN $8 THEN xact_server END,
       xact_result = CASE WHEN $8 THEN xact_result END, xact_rows = CASE WHEN $8 THEN xact_rows END,
       xact_tag = CASE WHEN $8 THEN xact_tag END,
       claim = NULL, updated_at = now(), completed_at = now()
 WHERE id = $1
   AND claim = $2
   AND status = 'running';

-- name: again
UPDATE gateway_deferred_requests
   SET status = 'queued', error = coalesce($3::jsonb, error), next_attempt_at = now() + $4::interval, claim = NULL, updated_at = now()
 WHERE id = $1
   AND claim = $2
   AND status = 'running';

-- name: requeue
UPDATE gateway_deferred_requests
   SET status = 'queued', job_id = $2, attempts = 0, error = NULL, response_status = NULL, response_headers = NULL,
       response_body = NULL, updated_at = now(), started_at = NULL, next_attempt_at = NULL, completed_at = NULL
 WHERE id = $1
RETURNING id, client_name, status, reason, request_id, method, route, schema_name, table_name, request, body, rights, job_id, claim,
       attempts, error, response_status, response_headers, response_body, xact, xact_server, xact_result, xact_rows, xact_tag,
       created_at, updated_at, started_at, next_attempt_at, completed_at;

-- name: open
SELECT id, client_name, schema_name, table_name, status, attempts, job_id
  FROM gateway_deferred_requests
 WHERE status IN ('queued', 'running')
   AND (client_name = $1 OR $1 = '')
 ORDER BY created_at, id
 LIMIT 10000;

-- name: states
SELECT id, client_name, schema_name, table_name, status, attempts, job_id
  FROM gateway_deferred_requests
 WHERE id = ANY($1::uuid[])
 ORDER BY id
 LIMIT 10000;

-- name: count_open
SELECT count(*)
  FROM gateway_deferred_requests
 WHERE status IN ('queued', 'running');

-- name: prune
DELETE FROM gateway_deferred_requests
 WHERE id IN (
       SELECT id
         FROM gateway_deferred_requests
        WHERE status = $1
          AND status IN ('completed', 'failed')
          AND completed_at < now() - $2::interval
        ORDER BY completed_at
        LIMIT 1000);
