-- +goose Up

-- One row for each answered request. Rows are written in batches and never changed.
CREATE TABLE http_request_log (
    id                bigint      GENERATED ALWAYS AS IDENTITY,
    request_id        text        NOT NULL,
    method            text        NOT NULL,
    path              text        NOT NULL,
    route             text,
    status_code       integer     NOT NULL,
    client_name       text,
    api_key_public_id text,
    user_id           text,
    organization_id   text,
    company_id        text,
    remote_addr       text,
    user_agent        text,
    sdk               text,
    duration_us       bigint      NOT NULL,
    request_bytes     bigint      NOT NULL DEFAULT 0,
    response_bytes    bigint      NOT NULL DEFAULT 0,
    error_code        text,
    created_at        timestamptz NOT NULL DEFAULT now()
);

-- Rows arrive in the order of time, so a block range index finds a period and
-- costs a writer next to nothing, which a B-tree would not.
CREATE INDEX http_request_log_created ON http_request_log USING brin (created_at);

-- One row for each operation on a client's data; a request may hold several.
CREATE TABLE gateway_operation_log (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    request_id  text        NOT NULL,
    client_name text,
    operation   text        NOT NULL,
    schema_name text,
    table_name  text,
    status_code integer     NOT NULL,
    rows        bigint,
    duration_us bigint      NOT NULL,
    cached      boolean     NOT NULL DEFAULT false,
    error_code  text,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX gateway_operation_log_created ON gateway_operation_log USING brin (created_at);
