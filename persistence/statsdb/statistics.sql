-- name: lock_progress
-- Those who count at the same time wait for each other here.
SELECT last_id
  FROM statistics_progress
 WHERE log_name = $1
   FOR UPDATE;

-- name: save_progress
UPDATE statistics_progress
   SET last_id = $2
 WHERE log_name = $1;

-- name: count_requests
-- Names that callers made up are not counted, or anybody could fill the table.
INSERT INTO client_statistics AS s (client_name, total_requests, successful_requests, failed_requests, last_request_at)
SELECT client_name, count(*), count(*) FILTER (WHERE status_code < 400), count(*) FILTER (WHERE status_code >= 400), max(created_at)
  FROM http_request_log
 WHERE id > $1
   AND id <= $2
   AND client_name IS NOT NULL
   AND error_code IS DISTINCT FROM 'client_unknown'
 GROUP BY client_name
    ON CONFLICT (client_name)
    DO UPDATE SET total_requests = s.total_requests + excluded.total_requests,
                  successful_requests = s.successful_requests + excluded.successful_requests,
                  failed_requests = s.failed_requests + excluded.failed_requests,
                  last_request_at = greatest(s.last_request_at, excluded.last_request_at),
                  updated_at = now();

-- name: count_operations
INSERT INTO client_statistics AS s (client_name, total_operations, total_cached_requests, last_operation_at)
SELECT client_name, count(*), count(*) FILTER (WHERE cached), max(created_at)
  FROM gateway_operation_log
 WHERE id > $1
   AND id <= $2
   AND client_name IS NOT NULL
   AND error_code IS DISTINCT FROM 'client_unknown'
 GROUP BY client_name
    ON CONFLICT (client_name)
    DO UPDATE SET total_operations = s.total_operations + excluded.total_operations,
                  total_cached_requests = s.total_cached_requests + excluded.total_cached_requests,
                  last_operation_at = greatest(s.last_operation_at, excluded.last_operation_at),
                  updated_at = now();

-- name: count_tables
INSERT INTO client_table_statistics AS s (client_name, table_name, operation, total_operations, error_operations, last_operation_at)
SELECT client_name, table_name, operation, count(*), count(*) FILTER (WHERE status_code >= 400), max(created_at)
  FROM gateway_operation_log
 WHERE id > $1
   AND id <= $2
   AND client_name IS NOT NULL
   AND table_name IS NOT NULL
   AND error_code IS DISTINCT FROM 'client_unknown'
   AND error_code IS DISTINCT FROM 'unknown_table'
 GROUP BY client_name, table_name, operation
    ON CONFLICT (client_name, table_name, operation)
    DO UPDATE SET total_operations = s.total_operations + excluded.total_operations,
                  error_operations = s.error_operations + excluded.error_operations,
                  last_operation_at = greatest(s.last_operation_at, excluded.last_operation_at),
                  updated_at = now();

-- name: list_statistics
SELECT client_name, total_requests, successful_requests, failed_requests, total_cached_requests, total_operations,
       last_request_at, last_operation_at, updated_at
  FROM client_statistics
 ORDER BY client_name
 LIMIT 100000;

-- name: get_statistics
SELECT client_name, total_requests, successful_requests, failed_requests, total_cached_requests, total_operations,
       last_request_at, last_operation_at, updated_at
  FROM client_statistics
 WHERE client_name = $1;

-- name: list_table_statistics
SELECT client_name, table_name, operation, total_operations, error_operations, last_operation_at, updated_at
  FROM client_table_statistics
 WHERE client_name = $1
 ORDER BY total_operations DESC, table_name, operation
 LIMIT 10000;

-- name: drill
SELECT created_at, request_id, operation, table_name, client_name, method, path, status_code,
       duration_us / 1000 AS duration_ms, duration_us / 1000.0::float8 AS operation_time_ms,
       json_build_object('schema_name', schema_name, 'rows', rows, 'cached', cached, 'error_code', error_code)::text AS details,
       status_code >= 400 AS error, message
  FROM gateway_operation_log
 WHERE client_name = $1
   AND table_name = $2
   AND operation = $3
   AND ($4 = 'all' OR (status_code >= 400) = ($4 = 'errors'))
 ORDER BY created_at DESC, id DESC
 LIMIT $5
OFFSET $6;
