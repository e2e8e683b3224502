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
-- The events of a room that may tell somebody of it for the first time.
SELECT event_seq, room_seq, event_type AS type, payload_json::text AS payload
  FROM athena.chat_outbox
 WHERE room_id = $1
   AND event_seq >= $2
   AND event_type IN ('chat.room.created', 'chat.members.updated')
 ORDER BY event_seq
 LIMIT $3;

-- name: recent_arrivals
SELECT room_id AS room, min(event_seq) AS event_seq
  FROM athena.chat_outbox
 WHERE event_type IN ('chat.room.created', 'chat.members.updated')
   AND created_at > $1
 GROUP BY room_id;

-- name: relay
-- Tells other nodes, for each room, how far its events go, and removes what says that
-- they are to be told, all in one transaction. Of two relays each takes what the
-- other has not. Nobody waits for the removal to reach the disk: what is lost of it
-- in a crash is told once more. Only the latest $2 transactions are looked at, or all
-- if it is NULL: while somebody holds a snapshot for long, what was removed since
-- lies in the way.
WITH unsynced AS (
    SELECT set_config('synchronous_commit', 'off', true) AS set),
taken AS (
    DELETE FROM athena.chat_outbox_unpublished
     WHERE ctid = ANY (ARRAY(
           SELECT ctid
             FROM athena.chat_outbox_unpublished
            WHERE id > coalesce((SELECT last_value - $2 FROM athena.chat_outbox_unpublished_id_seq), 0)
            ORDER BY id
            LIMIT $1
              FOR UPDATE SKIP LOCKED))
    RETURNING room_ids, event_seqs, arrival_seqs),
room AS (
    SELECT told.room_id, max(told.event_seq) AS last, min(told.arrival_seq) AS arrival,
           (row_number() OVER () - 1) / 100 AS page -- a notification holds 8,000 bytes
      FROM taken,
           unnest(taken.room_ids, taken.event_seqs, taken.arrival_seqs) AS told (room_id, event_seq, arrival_seq)
     GROUP BY told.room_id),
notice AS (
    SELECT pg_notify('athena_chat', string_agg(room_id || ':' || last || coalesce(':' || arrival, ''), ' ')) AS sent
      FROM room
     GROUP BY page)
SELECT (SELECT count(*) FROM taken)
  FROM unsynced
 WHERE (SELECT count(sent) FROM notice) >= 0;

-- name: signal
SELECT pg_notify('athena_chat_signs', sign)::text
  FROM unnest($1::text[]) AS sign;

-- name: prune
-- Leaves the rooms alone that something is to be published of.
DELETE FROM athena.chat_outbox
 WHERE id = ANY (ARRAY(
       SELECT oldest.id
         FROM (SELECT id, created_at, room_id
                 FROM athena.chat_outbox
                ORDER BY id
                LIMIT $2) AS oldest
        WHERE oldest.created_at < now() - make_interval(secs => $1)
          AND oldest.room_id NOT IN (
              SELECT unnest(room_ids)
                FROM athena.chat_outbox_unpublished)));

-- name: log_auth
INSERT INTO athena.chat_session_auth_log (user_id, organization_id, connection_id, outcome, reason, remote_addr)
VALUES (nullif($1, ''), nullif($2, ''), $3, $4, nullif($5, ''), $6);
