-- +goose Up

-- The processes that work on this database. Each tells every few seconds that it
-- is alive; one that is silent for long was killed.
CREATE TABLE athena_daemons (
    id                uuid        PRIMARY KEY,
    daemon_name       text        NOT NULL,
    host              text        NOT NULL,
    pid               integer     NOT NULL,
    version           text        NOT NULL,
    address           text,
    started_at        timestamptz NOT NULL,
    last_heartbeat_at timestamptz NOT NULL DEFAULT now(),
    stopped_at        timestamptz
);

CREATE INDEX athena_daemons_heartbeat ON athena_daemons (last_heartbeat_at);
