-- name: create_room
INSERT INTO bench_chat.rooms (id, organization_id, kind, title, created_by)
VALUES ($1, 'bench', $2, $3, $4)
RETURNING row_to_json(rooms);

-- name: advance
UPDATE bench_chat.rooms
   SET last_message_seq = last_message_seq + 1,
       last_message_id  = $2,
       last_message_at  = now()
 WHERE id = $1
   AND archived_at IS NULL
RETURNING last_message_seq, now();

-- name: append
INSERT INTO bench_chat.messages (id, room_id, room_seq, sender_id, client_message_id, body_text, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: announce
INSERT INTO bench_chat.outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json)
VALUES ('chat_message', $1, $2, $3, $3, 'chat.message.created', $4);

-- name: history
-- With attachments and reactions, as a page of the program has them.
SELECT json_build_object('items', coalesce(json_agg(m), '[]'))
  FROM (SELECT message.*,
               coalesce((SELECT json_agg(json_build_object('file_id', file_id, 'ordinal', ordinal) ORDER BY ordinal)
                           FROM bench_chat.attachments
                          WHERE message_id = message.id), '[]') AS attachments,
               coalesce((SELECT json_agg(json_build_object('emoji', emoji, 'count', count))
                           FROM (SELECT emoji, count(*)
                                   FROM bench_chat.reactions
                                  WHERE message_id = message.id
                                  GROUP BY emoji) AS reaction), '[]') AS reactions
          FROM bench_chat.messages AS message
         WHERE room_id = $1
           AND room_seq > $2
         ORDER BY room_seq
         LIMIT $3) AS m;

-- name: advance_all
UPDATE bench_chat.rooms AS room
   SET last_message_seq = room.last_message_seq + batch.count,
       last_message_id  = batch.message_id,
       last_message_at  = now()
  FROM unnest($1::uuid[], $2::bigint[], $3::uuid[]) AS batch (room_id, count, message_id)
 WHERE room.id = batch.room_id
   AND room.archived_at IS NULL
RETURNING room.id::text, room.last_message_seq - batch.count, now();

-- name: append_all
INSERT INTO bench_chat.messages (id, room_id, room_seq, sender_id, client_message_id, body_text, created_at)
SELECT *, $7::timestamptz
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[]);

-- name: announce_all
INSERT INTO bench_chat.outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json)
SELECT 'chat_message', id::text, room_id, seq, seq, 'chat.message.created', event::json
  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[]) AS batch (id, room_id, seq, event);

-- name: all_messages
SELECT room_seq, client_message_id
  FROM bench_chat.messages
 WHERE room_id = $1
 ORDER BY room_seq;
