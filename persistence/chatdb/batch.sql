-- name: settings
-- A batch looks rows up by key, however few there are while its statements are
-- first planned. A room that someone else holds locked must not stop the others
-- for long.
SELECT set_config('lock_timeout', '2s', true),
       set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true);

-- name: lock
SELECT id, organization_id, archived_at IS NOT NULL, version, last_message_seq, last_event_seq
  FROM athena.chat_rooms
 WHERE id = ANY ($1::uuid[])
 ORDER BY id
   FOR NO KEY UPDATE;

-- name: clock
-- Read under the lock, so that times follow the numbers.
SELECT clock_timestamp();

-- name: strangers
SELECT batch.n
  FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS batch (room_id, user_id, n)
 WHERE NOT EXISTS (
       SELECT
         FROM athena.chat_room_members AS member
        WHERE member.room_id = batch.room_id
          AND member.user_id = batch.user_id
          AND member.hidden_at IS NULL);

-- name: repeats
SELECT batch.n
  FROM unnest($1::uuid[], $2::text[], $3::text[]) WITH ORDINALITY AS batch (room_id, sender_id, client_message_id, n)
  JOIN athena.chat_messages AS message
    ON message.room_id = batch.room_id
   AND message.sender_id = batch.sender_id
   AND message.client_message_id = batch.client_message_id;

-- name: lost_replies
SELECT batch.n
  FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS batch (room_id, message_id, n)
 WHERE batch.message_id IS NOT NULL
   AND NOT EXISTS (
       SELECT
         FROM athena.chat_messages AS message
        WHERE message.id = batch.message_id
          AND message.room_id = batch.room_id);

-- name: stored
SELECT batch.n
  FROM unnest($1::uuid[]) WITH ORDINALITY AS batch (id, n)
  JOIN athena.chat_messages AS message
    ON message.id = batch.id;

-- name: original
-- The message that a repeated send meant, and whether it says the same. What its
-- sender has edited since cannot be compared and counts as the same.
SELECT message.id,
       message.edited_at IS NOT NULL
       OR (message.body_text IS NOT DISTINCT FROM $4
           AND message.body_json IS NOT DISTINCT FROM $5::jsonb
           AND message.metadata_json IS NOT DISTINCT FROM $6::jsonb
           AND message.reply_to_message_id IS NOT DISTINCT FROM $7
           AND $8::text[] = ARRAY(
               SELECT attachment.file_id
                 FROM athena.chat_message_attachments AS attachment
                WHERE attachment.message_id = message.id
                ORDER BY attachment.ordinal)) AS same
  FROM athena.chat_messages AS message
 WHERE message.room_id = $1
   AND message.sender_id = $2
   AND message.client_message_id = $3;

-- name: append
INSERT INTO athena.chat_messages (
       id, room_id, room_seq, sender_id, client_message_id, body_text, body_json,
       metadata_json, reply_to_message_id, created_at)
SELECT id, room_id, room_seq, sender_id, client_message_id, body_text, body_json::jsonb,
       metadata_json::jsonb, reply_to_message_id, $10
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[])
       AS batch (id, room_id, room_seq, sender_id, client_message_id, body_text, body_json, metadata_json, reply_to_message_id);

-- name: attach
INSERT INTO athena.chat_message_attachments (message_id, file_id, ordinal)
SELECT *
  FROM unnest($1::uuid[], $2::text[], $3::int[]);

-- name: advance
UPDATE athena.chat_rooms AS room
   SET last_message_seq = batch.seq,
       last_message_id = batch.message_id,
       last_message_at = $4,
       last_event_seq = batch.event_seq
  FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $5::bigint[]) AS batch (room_id, seq, message_id, event_seq)
 WHERE room.id = batch.room_id;

-- name: publish
-- Writes events, and with them what the relay is to tell: how far each room has got
-- and where in it somebody may learn of the room.
WITH written AS (
    INSERT INTO athena.chat_outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json, created_at)
    SELECT aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload::json, $8
      FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
           AS event (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload))
INSERT INTO athena.chat_outbox_unpublished (room_ids, event_seqs, arrival_seqs)
SELECT array_agg(room_id), array_agg(last), array_agg(arrival)
  FROM (SELECT room_id,
               max(event_seq) AS last,
               min(event_seq) FILTER (WHERE event_type IN ('chat.room.created', 'chat.members.updated')) AS arrival
          FROM unnest($3::uuid[], $5::bigint[], $6::text[]) AS event (room_id, event_seq, event_type)
         GROUP BY room_id) AS room;

-- name: count_events
UPDATE athena.chat_rooms AS room
   SET last_event_seq = told.last
  FROM (SELECT room_id, max(event_seq) AS last
          FROM unnest($1::uuid[], $2::bigint[]) AS event (room_id, event_seq)
         GROUP BY room_id) AS told
 WHERE room.id = told.room_id;
