-- +goose Up

-- Who may act in chat and storage. Ids are text: they come from whatever made the
-- users. In a database where an authentication service keeps these tables already,
-- they are left as they are.
CREATE TABLE IF NOT EXISTS athena.users (
    id          text        PRIMARY KEY,
    email       text        UNIQUE,
    username    text,
    role        text,
    banned      boolean     NOT NULL DEFAULT false,
    ban_expires timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS athena.organization (
    id         text        PRIMARY KEY,
    name       text,
    slug       text        UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS athena.member (
    organization_id text        NOT NULL REFERENCES athena.organization ON DELETE CASCADE,
    user_id         text        NOT NULL REFERENCES athena.users ON DELETE CASCADE,
    role            text        NOT NULL DEFAULT 'member',
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, user_id)
);

CREATE INDEX IF NOT EXISTS member_user ON athena.member (user_id);

CREATE TABLE IF NOT EXISTS athena.sessions (
    id                     text        PRIMARY KEY,
    token                  text        NOT NULL UNIQUE,
    user_id                text        NOT NULL REFERENCES athena.users ON DELETE CASCADE,
    expires_at             timestamptz NOT NULL,
    active                 boolean     NOT NULL DEFAULT true,
    active_organization_id text,
    impersonated_by        text,
    ip_address             text,
    user_agent             text,
    created_at             timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX IF NOT EXISTS sessions_user ON athena.sessions (user_id);
