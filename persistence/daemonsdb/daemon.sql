-- name: beat
INSERT INTO athena_daemons (id, daemon_name, host, pid, version, address, started_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (id) DO UPDATE SET last_heartbeat_at = now();

-- name: stop
UPDATE athena_daemons
   SET last_heartbeat_at = now(), stopped_at = now()
 WHERE id = $1;

-- name: prune
DELETE FROM athena_daemons
 WHERE last_heartbeat_at < now() - $1::interval;

-- name: list
SELECT id, daemon_name, host, pid, version, address, started_at, last_heartbeat_at, stopped_at,
       CASE WHEN stopped_at IS NOT NULL THEN 'stopped'
            WHEN last_heartbeat_at < now() - $1::interval THEN 'lost'
            ELSE 'running' END AS state
  FROM athena_daemons
 ORDER BY last_heartbeat_at DESC, id
 LIMIT 1000;
