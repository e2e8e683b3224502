-- +goose Up

-- How much work vacuum has left in each client's database, as it was looked at.
CREATE TABLE vacuum_health_snapshots (
    id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at           timestamptz NOT NULL DEFAULT now(),
    client_name           text        NOT NULL,
    host                  text,
    instance_id           uuid,
    total_dead_rows       bigint      NOT NULL DEFAULT 0,
    tables_with_bloat     integer     NOT NULL DEFAULT 0,
    xid_freeze_risk       integer     NOT NULL DEFAULT 0,
    tables_needing_vacuum integer     NOT NULL DEFAULT 0,
    freeze_max_age        bigint,
    collection_error      text
);

CREATE INDEX vacuum_health_snapshots_latest ON vacuum_health_snapshots (client_name, id DESC);
CREATE INDEX vacuum_health_snapshots_age ON vacuum_health_snapshots (recorded_at);

CREATE TABLE vacuum_health_table_stats (
    id                        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    snapshot_id               bigint  NOT NULL REFERENCES vacuum_health_snapshots ON DELETE CASCADE,
    schemaname                text    NOT NULL,
    relname                   text    NOT NULL,
    n_dead_tup                bigint  NOT NULL,
    n_live_tup                bigint  NOT NULL,
    dead_pct                  double precision,
    last_vacuum               timestamptz,
    last_autovacuum           timestamptz,
    xid_age                   bigint,
    xid_age_pct_of_freeze_max double precision
);

CREATE INDEX vacuum_health_table_stats_snapshot ON vacuum_health_table_stats (snapshot_id);

-- What would make a client's queries faster, who looked for it and when, and what
-- was done about it.
CREATE TABLE query_optimization_runs (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_name text        NOT NULL,
    status      text        NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'succeeded', 'failed')),
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    found       integer     NOT NULL DEFAULT 0,
    error       text
);

CREATE INDEX query_optimization_runs_client ON query_optimization_runs (client_name, id DESC);

CREATE TABLE query_optimization_recommendations (
    id            bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_name   text             NOT NULL,
    run_id        bigint           REFERENCES query_optimization_runs ON DELETE SET NULL,
    kind          text             NOT NULL,
    fingerprint   text             NOT NULL,
    schema_name   text,
    table_name    text,
    index_name    text,
    reason        text             NOT NULL,
    statement     text,
    mode          text             CHECK (mode IN ('transaction', 'concurrently')),
    impact        double precision NOT NULL DEFAULT 0,
    details       jsonb            NOT NULL DEFAULT '{}',
    status        text             NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'applied', 'dismissed')),
    applied_at    timestamptz,
    applied_by    text,
    created_at    timestamptz      NOT NULL DEFAULT now(),
    updated_at    timestamptz      NOT NULL DEFAULT now(),
    UNIQUE (client_name, fingerprint),
    CHECK ((statement IS NULL) = (mode IS NULL))
);

CREATE TABLE query_optimization_actions (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recommendation_id bigint      NOT NULL,
    client_name       text        NOT NULL,
    actor             text        NOT NULL,
    statement         text        NOT NULL,
    mode              text        NOT NULL,
    status            text        NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'succeeded', 'failed')),
    error             text,
    started_at        timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz
);

-- A statement is under way once at most.
CREATE UNIQUE INDEX query_optimization_actions_started ON query_optimization_actions (recommendation_id) WHERE status = 'started';

-- How hard each client was pressed: as this or that process saw its pool, and as
-- the logs tell of the same time. What is filled in later comes from the logs alone.
CREATE TABLE client_pressure_runs (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text        NOT NULL CHECK (kind IN ('snapshot', 'backfill')),
    status       text        NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    hours_back   integer,
    requested_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    snapshots    integer     NOT NULL DEFAULT 0,
    error        text
);

CREATE INDEX client_pressure_runs_pending ON client_pressure_runs (id) WHERE status = 'pending';

CREATE TABLE client_pressure_snapshots (
    id                 bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_name        text             NOT NULL,
    recorded_at        timestamptz      NOT NULL DEFAULT now(),
    source             text             NOT NULL CHECK (source IN ('live', 'backfill')),
    host               text,
    period_seconds     integer          NOT NULL,
    requests           bigint           NOT NULL DEFAULT 0,
    errors             bigint           NOT NULL DEFAULT 0,
    avg_ms             double precision,
    p95_ms             double precision,
    in_flight          bigint,
    in_flight_limit    bigint,
    connections_active integer,
    connections_max    integer,
    lanes_in_flight    integer,
    refused            bigint,
    circuit            text,
    score              double precision NOT NULL DEFAULT 0
);

CREATE INDEX client_pressure_snapshots_latest ON client_pressure_snapshots (client_name, recorded_at DESC);
CREATE INDEX client_pressure_snapshots_age ON client_pressure_snapshots (recorded_at);

CREATE TABLE client_table_pressure (
    snapshot_id bigint NOT NULL REFERENCES client_pressure_snapshots ON DELETE CASCADE,
    table_name  text   NOT NULL,
    operation   text   NOT NULL,
    operations  bigint NOT NULL,
    errors      bigint NOT NULL,
    avg_ms      double precision,
    p95_ms      double precision,
    PRIMARY KEY (snapshot_id, table_name, operation)
);

-- Whom the limits of admission let in, put off or turned away.
CREATE TABLE gateway_admission_events (
    id                          bigint      GENERATED ALWAYS AS IDENTITY,
    created_at                  timestamptz NOT NULL DEFAULT now(),
    event_id                    text        NOT NULL,
    method                      text        NOT NULL,
    route                       text        NOT NULL,
    client_name                 text,
    request_bytes               bigint,
    defer_requested             boolean     NOT NULL DEFAULT false,
    is_query_route              boolean     NOT NULL DEFAULT false,
    decision                    text        NOT NULL CHECK (decision IN ('allowed', 'deferred', 'rejected')),
    reason                      text,
    deferred_request_id         text,
    retry_after_seconds         integer,
    window_seconds              integer,
    global_limit_per_window     bigint,
    per_client_limit_per_window bigint,
    meta                        jsonb       NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (created_at);

CREATE INDEX gateway_admission_events_created ON gateway_admission_events USING brin (created_at);
CREATE TABLE gateway_admission_events_default PARTITION OF gateway_admission_events DEFAULT;
