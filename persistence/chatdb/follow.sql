-- name: follow
SELECT room.organization_id,
       room.last_event_seq,
       room.last_message_seq,
       EXISTS (
           SELECT
             FROM athena.chat_room_members AS member
            WHERE member.room_id = room.id
              AND member.user_id = $2
              AND member.hidden_at IS NULL) AS is_member
  FROM athena.chat_rooms AS room
 WHERE room.id = $1;

-- name: events
-- What is told of a message that was deleted meanwhile is marked.
SELECT event.event_seq,
       event.room_seq,
       event.event_type AS type,
       event.payload_json::text AS payload,
       EXISTS (
           SELECT
             FROM athena.chat_messages AS message
            WHERE event.event_type IN ('chat.message.created', 'chat.message.updated')
              AND message.id = event.aggregate_id::uuid
              AND message.deleted_at IS NOT NULL) AS emptied
  FROM athena.chat_outbox AS event
 WHERE event.room_id = $1
   AND event.room_seq >= $2
   AND event.event_seq > $3
 ORDER BY event.room_seq, event.event_seq
 LIMIT $4;

-- name: event_seqs
SELECT id AS room, last_event_seq AS event_seq
  FROM athena.chat_rooms
 WHERE id = ANY ($1::uuid[]);

-- name: arrivals
-- The latest events that may tell somebody of a room for the first time, with
-- everybody whom they concern now.
SELECT recent.event_seq, recent.room_seq, recent.event_type AS type, recent.payload_json::text AS payload,
       room.organization_id,
       ARRAY(SELECT member.user_id
               FROM athena.chat_room_members AS member
              WHERE member.room_id = room.id
                AND member.hidden_at IS NULL) AS members
  FROM athena.chat_rooms AS room,
       (SELECT *
          FROM athena.chat_outbox AS event
         WHERE event.room_id = $1
         ORDER BY event.room_seq DESC, event.event_seq DESC
         LIMIT 200) AS recent
 WHERE room.id = $1
   AND recent.event_seq >= $2
   AND recent.event_type IN ('chat.room.created', 'chat.members.updated')
 ORDER BY recent.event_seq;

-- name: recent_arrivals
SELECT room_id AS room, min(event_seq) AS event_seq
  FROM (SELECT room_id, event_seq, event_type, created_at
          FROM athena.chat_outbox
         ORDER BY id DESC
         LIMIT 10000) AS recent
 WHERE event_type IN ('chat.room.created', 'chat.members.updated')
   AND created_at > $1
 GROUP BY room_id;

-- name: relay
-- Marks the oldest unpublished events and tells other nodes, for each room, how far
-- its events go, all in one transaction. Of two relays the second waits for the
-- first and finds the events marked. Nobody waits for the marks to reach the disk:
-- what is lost of them in a crash is told once more.
WITH unsynced AS (
    SELECT set_config('synchronous_commit', 'off', true) AS set),
published AS (
    UPDATE athena.chat_outbox AS event
       SET published_at = clock_timestamp(),
           publish_attempts = publish_attempts + 1
     WHERE event.id = ANY (ARRAY(
               SELECT id
                 FROM athena.chat_outbox
                WHERE published_at IS NULL
                ORDER BY id
                LIMIT $1))
       AND event.published_at IS NULL
    RETURNING event.room_id, event.event_seq,
              CASE WHEN event.event_type IN ('chat.room.created', 'chat.members.updated') THEN event.event_seq END AS arrival),
room AS (
    SELECT room_id, count(*) AS events, max(event_seq) AS last, min(arrival) AS arrival,
           (row_number() OVER () - 1) / 100 AS page -- a notification holds 8,000 bytes
      FROM published
     GROUP BY room_id),
notice AS (
    SELECT sum(events) AS events,
           pg_notify('athena_chat', string_agg(room_id || ':' || last || coalesce(':' || arrival, ''), ' ')) AS sent
      FROM room
     GROUP BY page)
SELECT coalesce(sum(notice.events), 0)::bigint
  FROM notice, unsynced
 WHERE notice.sent IS NOT NULL;

-- name: signal
SELECT pg_notify('athena_chat_signs', sign)::text
  FROM unnest($1::text[]) AS sign;

-- name: prune
DELETE FROM athena.chat_outbox
 WHERE id = ANY (ARRAY(
       SELECT oldest.id
         FROM (SELECT id, created_at, published_at
                 FROM athena.chat_outbox
                ORDER BY id
                LIMIT $2) AS oldest
        WHERE oldest.created_at < now() - make_interval(secs => $1)
          AND oldest.published_at IS NOT NULL));

-- name: log_auth
INSERT INTO athena.chat_session_auth_log (user_id, organization_id, connection_id, outcome, reason, remote_addr)
VALUES (nullif($1, ''), nullif($2, ''), $3, $4, nullif($5, ''), $6);
