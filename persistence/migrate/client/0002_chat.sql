-- +goose Up

-- A room hands out the numbers of its messages: whoever inserts messages holds the
-- lock on the room's row. Rows are changed in place with each batch of messages;
-- the free space lets that happen without touching an index.
CREATE TABLE athena.chat_rooms (
    id               uuid        PRIMARY KEY,
    organization_id  text        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('dm', 'group', 'channel')),
    title            text,
    created_by       text        NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    archived_at      timestamptz,
    last_message_id  uuid,
    last_message_seq bigint      NOT NULL DEFAULT 0,
    last_message_at  timestamptz,
    version          bigint      NOT NULL DEFAULT 1
) WITH (fillfactor = 70);

-- The one room of two users. The users stand in byte order, so that either way of
-- naming the pair finds the same row.
CREATE TABLE athena.chat_direct_rooms (
    organization_id text NOT NULL,
    first_user_id   text COLLATE "C" NOT NULL,
    second_user_id  text COLLATE "C" NOT NULL,
    room_id         uuid NOT NULL UNIQUE REFERENCES athena.chat_rooms ON DELETE CASCADE,
    PRIMARY KEY (organization_id, first_user_id, second_user_id),
    CHECK (first_user_id < second_user_id)
);

CREATE TABLE athena.chat_room_members (
    room_id              uuid        NOT NULL REFERENCES athena.chat_rooms ON DELETE CASCADE,
    user_id              text        NOT NULL,
    role                 text        NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    joined_at            timestamptz NOT NULL DEFAULT now(),
    last_read_seq        bigint      NOT NULL DEFAULT 0,
    last_read_message_id uuid,
    muted                boolean     NOT NULL DEFAULT false,
    notification_mode    text,
    hidden_at            timestamptz,
    PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 80);

CREATE INDEX chat_room_members_user ON athena.chat_room_members (user_id, room_id);

-- Rooms are never deleted while they have messages, and their row is locked while
-- messages are inserted: a foreign key would look the room up again for each one.
CREATE TABLE athena.chat_messages (
    id                  uuid        PRIMARY KEY,
    room_id             uuid        NOT NULL,
    room_seq            bigint      NOT NULL,
    sender_id           text        NOT NULL,
    client_message_id   text,
    body_text           text,
    body_json           jsonb,
    reply_to_message_id uuid,
    created_at          timestamptz NOT NULL,
    edited_at           timestamptz,
    deleted_at          timestamptz,
    metadata_json       jsonb
);

CREATE UNIQUE INDEX chat_messages_seq ON athena.chat_messages (room_id, room_seq);
CREATE UNIQUE INDEX chat_messages_client ON athena.chat_messages (room_id, sender_id, client_message_id)
 WHERE client_message_id IS NOT NULL;

CREATE TABLE athena.chat_message_attachments (
    message_id uuid    NOT NULL REFERENCES athena.chat_messages ON DELETE CASCADE,
    file_id    text    NOT NULL,
    ordinal    integer NOT NULL,
    PRIMARY KEY (message_id, ordinal)
);

CREATE TABLE athena.chat_message_reactions (
    message_id uuid        NOT NULL REFERENCES athena.chat_messages ON DELETE CASCADE,
    user_id    text        NOT NULL,
    emoji      text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, emoji, user_id)
);

-- One row for each event, written with the change that it tells of. The payload is
-- kept as text, so that what is published is what was written.
CREATE TABLE athena.chat_outbox (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aggregate_type   text        NOT NULL CHECK (aggregate_type IN ('chat_message', 'chat_room', 'read_cursor')),
    aggregate_id     text        NOT NULL,
    room_id          uuid        NOT NULL,
    room_seq         bigint      NOT NULL,
    event_type       text        NOT NULL,
    payload_json     json        NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    published_at     timestamptz,
    publish_attempts integer     NOT NULL DEFAULT 0
);

CREATE TABLE athena.chat_session_auth_log (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id      text,
    user_id         text,
    organization_id text,
    connection_id   text,
    outcome         text        NOT NULL,
    reason          text,
    remote_addr     text,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX chat_session_auth_log_created ON athena.chat_session_auth_log (created_at);
