-- name: claim_job
INSERT INTO athena_jobs AS job (job_name, daemon_id, claim, lease_until)
VALUES ($1, $2, $3, now() + $5::interval)
    ON CONFLICT (job_name)
    DO UPDATE SET daemon_id = excluded.daemon_id, claim = excluded.claim, claimed_at = now(), lease_until = excluded.lease_until
 WHERE job.lease_until <= now()
   AND job.claimed_at <= now() - $4::interval;

-- name: finish_job
UPDATE athena_jobs
   SET lease_until = now(), finished_at = now(), runs = runs + 1,
       failures = failures + ($4::text IS NOT NULL)::int, last_error = $4, claim = NULL
 WHERE job_name = $1
   AND daemon_id = $2
   AND claim = $3;

-- name: list_jobs
SELECT job_name, daemon_id, claimed_at, lease_until > now() AS running, finished_at, runs, failures, last_error
  FROM athena_jobs
 ORDER BY job_name
 LIMIT 1000;
