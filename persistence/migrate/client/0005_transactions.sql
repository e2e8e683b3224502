-- +goose Up

-- What transactions with a key have answered. The row is written by the very
-- transaction that it is about, so that it is there exactly when the work is.
CREATE TABLE athena.gateway_transactions (
	idempotency_key text PRIMARY KEY,
	request_digest  bytea NOT NULL,
	answer          text,
	created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX gateway_transactions_age ON athena.gateway_transactions (created_at);
