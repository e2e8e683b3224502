-- name: begin_optimization
INSERT INTO query_optimization_runs (client_name)
VALUES ($1)
RETURNING id, client_name, status, started_at, finished_at, found, error;

-- name: save_recommendations
-- What is found again is open again, whatever became of it before.
INSERT INTO query_optimization_recommendations AS r (client_name, run_id, kind, fingerprint, schema_name, table_name, index_name, reason,
       statement, mode, impact, details)
SELECT $1, $2, kind, fingerprint, schema_name, table_name, index_name, reason, statement, mode, impact, details
  FROM jsonb_to_recordset($3::jsonb) AS f (kind text, fingerprint text, schema_name text, table_name text, index_name text, reason text,
       statement text, mode text, impact float8, details jsonb)
    ON CONFLICT (client_name, fingerprint)
    DO UPDATE SET run_id = excluded.run_id, index_name = excluded.index_name, reason = excluded.reason, statement = excluded.statement,
                  mode = excluded.mode, impact = excluded.impact, details = excluded.details, status = 'open', updated_at = now();

-- name: dismiss_recommendations
UPDATE query_optimization_recommendations
   SET status = 'dismissed', updated_at = now()
 WHERE client_name = $1
   AND status = 'open'
   AND run_id IS DISTINCT FROM $2;

-- name: end_optimization
UPDATE query_optimization_runs
   SET status = CASE WHEN $3::text IS NULL THEN 'succeeded' ELSE 'failed' END, found = $2, error = $3, finished_at = now()
 WHERE id = $1
RETURNING id, client_name, status, started_at, finished_at, found, error;

-- name: list_recommendations
SELECT id, client_name, run_id, kind, fingerprint, schema_name, table_name, index_name, reason, statement, mode, impact, details,
       status, applied_at, applied_by, created_at, updated_at
  FROM query_optimization_recommendations
 WHERE client_name = $1
   AND ($2 = 'all' OR status = $2)
 ORDER BY impact DESC, id
 LIMIT $3
OFFSET $4;

-- name: list_optimization_runs
SELECT id, client_name, status, started_at, finished_at, found, error
  FROM query_optimization_runs
 WHERE client_name = $1
 ORDER BY id DESC
 LIMIT $2
OFFSET $3;

-- name: lock_recommendation
SELECT id, client_name, run_id, kind, fingerprint, schema_name, table_name, index_name, reason, statement, mode, impact, details,
       status, applied_at, applied_by, created_at, updated_at
  FROM query_optimization_recommendations
 WHERE client_name = $1
   AND id = $2
   FOR UPDATE;

-- name: forget_lost_actions
-- Whoever was at it must be gone by now.
UPDATE query_optimization_actions
   SET status = 'failed', error = 'its process was lost', finished_at = now()
 WHERE recommendation_id = $1
   AND status = 'started'
   AND started_at < now() - interval '1 hour';

-- name: begin_action
INSERT INTO query_optimization_actions (recommendation_id, client_name, actor, statement, mode)
VALUES ($1, $2, $3, $4, $5)
RETURNING id AS action_id, recommendation_id, actor, statement, mode, status, error, started_at, finished_at;

-- name: end_action
WITH action AS (
    UPDATE query_optimization_actions
       SET status = CASE WHEN $2::text IS NULL THEN 'succeeded' ELSE 'failed' END, error = $2, finished_at = now()
     WHERE id = $1
    RETURNING *
), applied AS (
    UPDATE query_optimization_recommendations AS r
       SET status = 'applied', applied_at = now(), applied_by = action.actor, updated_at = now()
      FROM action
     WHERE r.id = action.recommendation_id
       AND action.status = 'succeeded'
)
SELECT id AS action_id, recommendation_id, actor, statement, mode, status, error, started_at, finished_at
  FROM action;
