-- +goose Up

-- Rooms that were removed for their age and whose messages and events are still
-- being removed, a part at a time. Nobody sees those: what reads them asks for the
-- room first.
CREATE TABLE athena.chat_forgotten_rooms (
    room_id      uuid        PRIMARY KEY,
    forgotten_at timestamptz NOT NULL DEFAULT now()
);
