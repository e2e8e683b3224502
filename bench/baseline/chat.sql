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
SELECT json_build_object('items', coalesce(json_agg(m), '[]'))
  FROM (SELECT *
          FROM bench_chat.messages
         WHERE room_id = $1
           AND room_seq > $2
         ORDER BY room_seq
         LIMIT $3) AS m;
