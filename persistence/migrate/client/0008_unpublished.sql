-- +goose Up

LOCK TABLE athena.chat_outbox IN ACCESS EXCLUSIVE MODE;
DROP INDEX athena.chat_outbox_unpublished;

-- What is not published yet of the outbox: one row for each transaction that wrote
-- events, which the relay removes. It holds, for each room of the transaction, the
-- place of its last event and of the first one that may tell somebody of the room
-- for the first time, NULL for none. The rows come and go at the pace of commits:
-- what is dead is removed often, and long rows stay in the table.
CREATE TABLE athena.chat_outbox_unpublished (
    id           bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room_ids     uuid[]   NOT NULL,
    event_seqs   bigint[] NOT NULL,
    arrival_seqs bigint[] NOT NULL
) WITH (
    toast_tuple_target = 8160,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_insert_threshold = -1,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 10000
);

ALTER TABLE athena.chat_outbox_unpublished
      ALTER COLUMN room_ids SET STORAGE MAIN,
      ALTER COLUMN event_seqs SET STORAGE MAIN,
      ALTER COLUMN arrival_seqs SET STORAGE MAIN;

INSERT INTO athena.chat_outbox_unpublished (room_ids, event_seqs, arrival_seqs)
SELECT ARRAY[room_id], ARRAY[max(event_seq)],
       ARRAY[min(event_seq) FILTER (WHERE event_type IN ('chat.room.created', 'chat.members.updated'))]
  FROM athena.chat_outbox
 WHERE published_at IS NULL
 GROUP BY room_id
 ORDER BY min(id);

ALTER TABLE athena.chat_outbox
      DROP COLUMN published_at,
      DROP COLUMN publish_attempts;

-- Events that may tell somebody of a room for the first time, for who was not
-- listening when they were published: in all rooms since a time, and in one room.
CREATE INDEX chat_outbox_arrival ON athena.chat_outbox (created_at)
 WHERE event_type IN ('chat.room.created', 'chat.members.updated');
CREATE INDEX chat_outbox_room_arrival ON athena.chat_outbox (room_id, event_seq)
 WHERE event_type IN ('chat.room.created', 'chat.members.updated');
