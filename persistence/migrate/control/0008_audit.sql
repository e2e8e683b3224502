-- +goose Up

-- One row for each change of a client's schema that was asked for, written before
-- anything is changed. A row that stays started is one of a process that died: the
-- change may or may not have been made.
CREATE TABLE database_audit_log (
    id                uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    client_name       text        NOT NULL,
    operation         text        NOT NULL,
    object_type       text        NOT NULL,
    schema_name       text        NOT NULL,
    object_name       text        NOT NULL,
    statements        text[]      NOT NULL,
    status            text        NOT NULL DEFAULT 'started' CHECK (status IN ('started', 'succeeded', 'failed', 'refused')),
    error_code        text,
    error             text,
    request_id        text        NOT NULL,
    api_key_public_id text,
    remote_addr       text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz
);

CREATE INDEX database_audit_log_client ON database_audit_log (client_name, created_at DESC);

-- What a change of a function did, beside its row above.
CREATE TABLE function_ddl_audit_log (
    id                  uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    audit_id            uuid        NOT NULL REFERENCES database_audit_log ON DELETE CASCADE,
    client_name         text        NOT NULL,
    schema_name         text        NOT NULL,
    function_name       text        NOT NULL,
    arg_types           text[]      NOT NULL,
    ddl                 text,
    previous_definition text,
    created_at          timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX function_ddl_audit_log_audit ON function_ddl_audit_log (audit_id);
