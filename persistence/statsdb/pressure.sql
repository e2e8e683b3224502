-- name: snap_pressure
WITH pools AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS p (client_name text, in_flight bigint, in_flight_limit bigint, active integer, max integer,
           lanes_in_flight integer, refused bigint, circuit text)
), seen AS (
    SELECT client_name, count(*) AS requests, count(*) FILTER (WHERE status_code >= 500 OR status_code = 429) AS errors,
           avg(duration_us) / 1000 AS avg_ms, percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_us) / 1000 AS p95_ms
      FROM http_request_log
     WHERE created_at > now() - make_interval(secs => $3)
       AND client_name IS NOT NULL
     GROUP BY client_name
), snapped AS (
    INSERT INTO client_pressure_snapshots (client_name, source, host, period_seconds, requests, errors, avg_ms, p95_ms, in_flight,
           in_flight_limit, connections_active, connections_max, lanes_in_flight, refused, circuit, score)
    SELECT client_name, 'live', $2, $3, coalesce(requests, 0), coalesce(errors, 0), avg_ms, p95_ms, in_flight,
           in_flight_limit, active, max, lanes_in_flight, refused, circuit,
           greatest(in_flight::float8 / in_flight_limit, active::float8 / max, errors::float8 / requests, (circuit <> 'closed')::int)
      FROM pools
      LEFT JOIN seen USING (client_name)
    RETURNING id, client_name
), run AS (
    INSERT INTO client_pressure_runs (kind, status, finished_at, snapshots)
    SELECT 'snapshot', 'succeeded', now(), count(*) FROM snapped
)
INSERT INTO client_table_pressure (snapshot_id, table_name, operation, operations, errors, avg_ms, p95_ms)
SELECT s.id, o.table_name, o.operation, count(*), count(*) FILTER (WHERE o.status_code >= 400), avg(o.duration_us) / 1000,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY o.duration_us) / 1000
  FROM gateway_operation_log AS o
  JOIN snapped AS s USING (client_name)
 WHERE o.created_at > now() - make_interval(secs => $3)
   AND o.table_name IS NOT NULL
   AND o.error_code IS DISTINCT FROM 'unknown_table'
 GROUP BY s.id, o.table_name, o.operation;

-- name: request_backfill
INSERT INTO client_pressure_runs (kind, status, hours_back)
VALUES ('backfill', 'pending', $1)
RETURNING id, kind, status, hours_back, requested_at, finished_at, snapshots, error;

-- name: next_backfill
SELECT id, kind, status, hours_back, requested_at, finished_at, snapshots, error
  FROM client_pressure_runs
 WHERE status = 'pending'
 ORDER BY id
 LIMIT 1;

-- name: forget_backfill
-- An hour that is filled in again takes the place of what was filled in before.
DELETE FROM client_pressure_snapshots
 WHERE source = 'backfill'
   AND recorded_at > date_trunc('hour', now()) - make_interval(hours => $1);

-- name: backfill
INSERT INTO client_pressure_snapshots (client_name, recorded_at, source, period_seconds, requests, errors, avg_ms, p95_ms, score)
SELECT client_name, date_trunc('hour', created_at) + interval '1 hour', 'backfill', 3600, count(*),
       count(*) FILTER (WHERE status_code >= 500 OR status_code = 429), avg(duration_us) / 1000,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_us) / 1000,
       count(*) FILTER (WHERE status_code >= 500 OR status_code = 429)::float8 / count(*)
  FROM http_request_log
 WHERE created_at >= date_trunc('hour', now()) - make_interval(hours => $1)
   AND created_at < date_trunc('hour', now())
   AND client_name IS NOT NULL
   AND error_code IS DISTINCT FROM 'client_unknown'
 GROUP BY client_name, date_trunc('hour', created_at);

-- name: finish_backfill
UPDATE client_pressure_runs
   SET status = CASE WHEN $3::text IS NULL THEN 'succeeded' ELSE 'failed' END, finished_at = now(), snapshots = $2, error = $3
 WHERE id = $1;

-- name: latest_pressure
SELECT DISTINCT ON (client_name)
       id, client_name, recorded_at, source, host, period_seconds, requests, errors, avg_ms, p95_ms, in_flight, in_flight_limit,
       connections_active, connections_max, lanes_in_flight, refused, circuit, score
  FROM client_pressure_snapshots
 WHERE client_name = $1 OR $1 IS NULL
 ORDER BY client_name, recorded_at DESC, id DESC
 LIMIT 100000;

-- name: pressure_history
SELECT id, client_name, recorded_at, source, host, period_seconds, requests, errors, avg_ms, p95_ms, in_flight, in_flight_limit,
       connections_active, connections_max, lanes_in_flight, refused, circuit, score
  FROM client_pressure_snapshots
 WHERE client_name = $1
 ORDER BY recorded_at DESC, id DESC
 LIMIT 200;

-- name: table_pressure
SELECT table_name, operation, operations, errors, avg_ms, p95_ms
  FROM client_table_pressure
 WHERE snapshot_id = $1
 ORDER BY operations DESC, table_name, operation
 LIMIT 1000;

-- name: last_pressure_run
SELECT id, kind, status, hours_back, requested_at, finished_at, snapshots, error
  FROM client_pressure_runs
 WHERE status <> 'pending'
 ORDER BY id DESC
 LIMIT 1;

-- name: prune_pressure
DELETE FROM client_pressure_snapshots
 WHERE recorded_at < now() - $1::interval;

-- name: prune_pressure_runs
DELETE FROM client_pressure_runs
 WHERE requested_at < now() - $1::interval
   AND status <> 'pending';
