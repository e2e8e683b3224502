-- +goose Up

-- The logs are split by day, so that an old day goes at once and leaves no hole
-- that a block range index would suffer from. Days are made ahead of time by the
-- server; what has no day of its own yet waits in the default partition.
ALTER TABLE http_request_log RENAME TO http_request_log_before;
ALTER TABLE gateway_operation_log RENAME TO gateway_operation_log_before;
DROP INDEX http_request_log_created;
DROP INDEX gateway_operation_log_created;

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
) PARTITION BY RANGE (created_at);

CREATE TABLE gateway_operation_log (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    request_id  text        NOT NULL,
    client_name text,
    operation   text        NOT NULL,
    schema_name text,
    table_name  text,
    method      text,
    path        text,
    status_code integer     NOT NULL,
    rows        bigint,
    duration_us bigint      NOT NULL,
    cached      boolean     NOT NULL DEFAULT false,
    error_code  text,
    message     text,
    created_at  timestamptz NOT NULL DEFAULT now()
) PARTITION BY RANGE (created_at);

-- Rows come in the order of their numbers and nearly in that of time.
CREATE INDEX http_request_log_created ON http_request_log USING brin (created_at);
CREATE INDEX http_request_log_number ON http_request_log USING brin (id);
CREATE INDEX gateway_operation_log_created ON gateway_operation_log USING brin (created_at);
CREATE INDEX gateway_operation_log_number ON gateway_operation_log USING brin (id);

CREATE TABLE http_request_log_default PARTITION OF http_request_log DEFAULT;
CREATE TABLE gateway_operation_log_default PARTITION OF gateway_operation_log DEFAULT;

INSERT INTO http_request_log (request_id, method, path, route, status_code, client_name, api_key_public_id, user_id, organization_id,
       company_id, remote_addr, user_agent, sdk, duration_us, request_bytes, response_bytes, error_code, created_at)
SELECT request_id, method, path, route, status_code, client_name, api_key_public_id, user_id, organization_id,
       company_id, remote_addr, user_agent, sdk, duration_us, request_bytes, response_bytes, error_code, created_at
  FROM http_request_log_before
 ORDER BY id;

INSERT INTO gateway_operation_log (request_id, client_name, operation, schema_name, table_name, status_code, rows, duration_us, cached,
       error_code, created_at)
SELECT request_id, client_name, operation, schema_name, table_name, status_code, rows, duration_us, cached, error_code, created_at
  FROM gateway_operation_log_before
 ORDER BY id;

DROP TABLE http_request_log_before;
DROP TABLE gateway_operation_log_before;

-- What the logs add up to. It outlives the rows that it was counted from.
CREATE TABLE client_statistics (
    client_name           text        PRIMARY KEY,
    total_requests        bigint      NOT NULL DEFAULT 0,
    successful_requests   bigint      NOT NULL DEFAULT 0,
    failed_requests       bigint      NOT NULL DEFAULT 0,
    total_cached_requests bigint      NOT NULL DEFAULT 0,
    total_operations      bigint      NOT NULL DEFAULT 0,
    last_request_at       timestamptz,
    last_operation_at     timestamptz,
    updated_at            timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE client_table_statistics (
    client_name       text        NOT NULL,
    table_name        text        NOT NULL,
    operation         text        NOT NULL,
    total_operations  bigint      NOT NULL DEFAULT 0,
    error_operations  bigint      NOT NULL DEFAULT 0,
    last_operation_at timestamptz,
    updated_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_name, table_name, operation)
);

-- Up to which row each log was counted.
CREATE TABLE statistics_progress (
    log_name text   PRIMARY KEY,
    last_id  bigint NOT NULL DEFAULT 0
);

INSERT INTO statistics_progress (log_name) VALUES ('http_request_log'), ('gateway_operation_log');

-- What is done in the background, by whom, and how it went. A lease keeps two
-- processes from doing the same at once.
CREATE TABLE athena_jobs (
    job_name    text        PRIMARY KEY,
    daemon_id   uuid,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL,
    finished_at timestamptz,
    runs        bigint      NOT NULL DEFAULT 0,
    failures    bigint      NOT NULL DEFAULT 0,
    last_error  text
);
