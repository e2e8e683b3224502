-- name: claim_transaction
-- Waits for another transaction of the same key to end. None comes back where the
-- key was used before. What is a week old makes room, a few rows at a time.
WITH old AS (
    DELETE FROM athena.gateway_transactions
     WHERE idempotency_key IN (SELECT idempotency_key
                                 FROM athena.gateway_transactions
                                WHERE created_at < now() - interval '7 days'
                                  AND idempotency_key <> $1
                                ORDER BY created_at
                                LIMIT 10
                                  FOR UPDATE SKIP LOCKED))
INSERT INTO athena.gateway_transactions (idempotency_key, request_digest)
VALUES ($1, $2)
ON CONFLICT DO NOTHING;

-- name: keep_transaction
UPDATE athena.gateway_transactions
   SET answer = $2
 WHERE idempotency_key = $1;

-- name: find_transaction
SELECT request_digest, answer
  FROM athena.gateway_transactions
 WHERE idempotency_key = $1;
