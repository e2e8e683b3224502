-- name: keeps_chat
SELECT to_regclass('athena.chat_forgotten_rooms') IS NOT NULL;

-- name: lock_old
-- Rooms without a message, a change or an event for $1 seconds. Those in use are
-- left for the next time. What is not published yet is still on its way to
-- somebody.
SELECT id
  FROM athena.chat_rooms AS room
 WHERE greatest(room.created_at, room.updated_at, room.last_message_at) < now() - make_interval(secs => $1)
   AND id NOT IN (
       SELECT unnest(room_ids)
         FROM athena.chat_outbox_unpublished)
   AND NOT EXISTS (
       SELECT
         FROM athena.chat_outbox AS event
        WHERE event.room_id = room.id
          AND event.created_at >= now() - make_interval(secs => $1))
 LIMIT $2
   FOR UPDATE SKIP LOCKED;

-- name: forget_rooms
-- Takes the locked rooms away with their members. Another look at the events finds
-- those that came before the lock.
WITH gone AS (
    DELETE FROM athena.chat_rooms AS room
     WHERE room.id = ANY ($1::uuid[])
       AND room.id NOT IN (
           SELECT unnest(room_ids)
             FROM athena.chat_outbox_unpublished)
       AND NOT EXISTS (
           SELECT
             FROM athena.chat_outbox AS event
            WHERE event.room_id = room.id
              AND event.created_at >= now() - make_interval(secs => $2))
    RETURNING room.id)
INSERT INTO athena.chat_forgotten_rooms (room_id)
SELECT id
  FROM gone;

-- name: forgotten
SELECT room_id
  FROM athena.chat_forgotten_rooms
 ORDER BY room_id
 LIMIT 1;

-- name: clear_messages
DELETE FROM athena.chat_messages
 WHERE id = ANY (ARRAY(
       SELECT id
         FROM athena.chat_messages
        WHERE room_id = $1
        LIMIT $2));

-- name: clear_events
DELETE FROM athena.chat_outbox
 WHERE id = ANY (ARRAY(
       SELECT id
         FROM athena.chat_outbox
        WHERE room_id = $1
        LIMIT $2));

-- name: cleared
DELETE FROM athena.chat_forgotten_rooms
 WHERE room_id = $1;
