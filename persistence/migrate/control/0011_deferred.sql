-- +goose Up

-- Numbers of processes, none of which is given twice.
CREATE SEQUENCE athena_nodes AS integer MAXVALUE 999999999 CYCLE;

-- Writes that were accepted to be done later. What a write is about to commit is
-- noted before the commit, so that it is known afterwards whether it was done:
-- the transaction (xact), the server and its history (xact_server), and what it
-- gives (xact_result).
CREATE TABLE gateway_deferred_requests (
    id               uuid        PRIMARY KEY,
    client_name      text        NOT NULL,
    status           text        NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed')),
    reason           text        NOT NULL,
    request_id       text        NOT NULL,
    method           text        NOT NULL,
    route            text        NOT NULL,
    schema_name      text        NOT NULL DEFAULT '',
    table_name       text        NOT NULL DEFAULT '',
    request          jsonb       NOT NULL,
    body             bytea,
    rights           text[]      NOT NULL DEFAULT '{}',
    job_id           bigint,
    claim            uuid,
    attempts         integer     NOT NULL DEFAULT 0,
    error            jsonb,
    response_status  integer,
    response_headers jsonb,
    response_body    bytea,
    xact             text,
    xact_server      text,
    xact_result      bytea,
    xact_rows        bigint,
    xact_tag         text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    started_at       timestamptz,
    next_attempt_at  timestamptz,
    completed_at     timestamptz
);

CREATE INDEX gateway_deferred_requests_open ON gateway_deferred_requests (client_name, created_at) WHERE status IN ('queued', 'running');
CREATE INDEX gateway_deferred_requests_ended ON gateway_deferred_requests (completed_at) WHERE status IN ('completed', 'failed');
