-- name: list_admission_events
SELECT id, created_at, event_id, method, route, client_name, request_bytes, defer_requested, is_query_route, decision, reason,
       deferred_request_id, retry_after_seconds, window_seconds, global_limit_per_window, per_client_limit_per_window, meta
  FROM gateway_admission_events
 WHERE (decision = $1 OR $1 IS NULL)
   AND (client_name = $2 OR $2 IS NULL)
 ORDER BY created_at DESC, id DESC
 LIMIT $3
OFFSET $4;

-- name: save_admission_events
INSERT INTO gateway_admission_events (created_at, event_id, method, route, client_name, request_bytes, defer_requested, is_query_route,
       decision, reason, deferred_request_id, retry_after_seconds, window_seconds, global_limit_per_window, per_client_limit_per_window, meta)
SELECT created_at, event_id, method, route, client_name, request_bytes, defer_requested, is_query_route,
       decision, reason, deferred_request_id, retry_after_seconds, window_seconds, global_limit_per_window, per_client_limit_per_window,
       coalesce(meta, '{}')
  FROM jsonb_to_recordset($1::jsonb) AS e (created_at timestamptz, event_id text, method text, route text, client_name text, request_bytes bigint,
       defer_requested boolean, is_query_route boolean, decision text, reason text, deferred_request_id text, retry_after_seconds integer,
       window_seconds integer, global_limit_per_window bigint, per_client_limit_per_window bigint, meta jsonb);
