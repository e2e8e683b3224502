-- +goose Up

-- Every event of a room has a place: 1, 2, 3... without a gap, taken under the
-- lock on the room's row like the numbers of messages. Whoever follows a room can
-- tell from the places alone whether something is missing.
ALTER TABLE athena.chat_rooms ADD COLUMN last_event_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE athena.chat_outbox ADD COLUMN event_seq bigint;

UPDATE athena.chat_outbox AS event
   SET event_seq = placed.seq
  FROM (SELECT id, row_number() OVER (PARTITION BY room_id ORDER BY id) AS seq
          FROM athena.chat_outbox) AS placed
 WHERE placed.id = event.id;

UPDATE athena.chat_rooms AS room
   SET last_event_seq = told.last
  FROM (SELECT room_id, max(event_seq) AS last
          FROM athena.chat_outbox
         GROUP BY room_id) AS told
 WHERE told.room_id = room.id;

ALTER TABLE athena.chat_outbox ALTER COLUMN event_seq SET NOT NULL;

-- Followers read on from a message's number or from an event's place: both grow
-- together.
CREATE INDEX chat_outbox_room ON athena.chat_outbox (room_id, room_seq, event_seq);

-- What the relay has yet to publish.
CREATE INDEX chat_outbox_unpublished ON athena.chat_outbox (id) WHERE published_at IS NULL;
