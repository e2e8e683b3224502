-- +goose Up

-- The operations that the server offers, written anew at each start.
CREATE TABLE api_registry (
    api_registry_id uuid        PRIMARY KEY,
    method          text        NOT NULL,
    path            text        NOT NULL,
    summary         text        NOT NULL,
    tag             text        NOT NULL,
    access          text        NOT NULL,
    required_right  text,
    version         text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (path, method)
);
