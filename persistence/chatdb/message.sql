-- name: messages
-- Messages in the order of the ids given, with their reactions as $2 sees them.
SELECT message.id, message.room_id, message.room_seq, message.sender_id, message.client_message_id,
       message.body_text, message.body_json::text, message.reply_to_message_id,
       message.created_at, message.edited_at, message.deleted_at, message.metadata_json::text,
       (SELECT json_agg(json_build_object('file_id', file_id, 'ordinal', ordinal) ORDER BY ordinal)::text
          FROM athena.chat_message_attachments
         WHERE message_id = message.id) AS attachments,
       (SELECT json_agg(json_build_object('emoji', emoji, 'count', count, 'reacted', reacted) ORDER BY first, emoji)::text
          FROM (SELECT emoji, count(*) AS count, bool_or(user_id = $2) AS reacted, min(created_at) AS first
                  FROM athena.chat_message_reactions
                 WHERE message_id = message.id
                 GROUP BY emoji) AS reaction) AS reactions
  FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, n)
  JOIN athena.chat_messages AS message
    ON message.id = wanted.id
 ORDER BY wanted.n;

-- name: page_newest
SELECT member.user_id IS NOT NULL AS is_member,
       ARRAY(SELECT message.id
               FROM athena.chat_messages AS message
              WHERE message.room_id = room.id
                AND member.user_id IS NOT NULL
                AND message.room_seq < $4
              ORDER BY message.room_seq DESC
              LIMIT $5) AS ids
  FROM athena.chat_rooms AS room
  LEFT JOIN athena.chat_room_members AS member
    ON member.room_id = room.id
   AND member.user_id = $3
   AND member.hidden_at IS NULL
 WHERE room.id = $1
   AND room.organization_id = $2;

-- name: page_after
SELECT member.user_id IS NOT NULL AS is_member,
       ARRAY(SELECT message.id
               FROM athena.chat_messages AS message
              WHERE message.room_id = room.id
                AND member.user_id IS NOT NULL
                AND message.room_seq < $4
                AND message.room_seq > $6
              ORDER BY message.room_seq
              LIMIT $5) AS ids
  FROM athena.chat_rooms AS room
  LEFT JOIN athena.chat_room_members AS member
    ON member.room_id = room.id
   AND member.user_id = $3
   AND member.hidden_at IS NULL
 WHERE room.id = $1
   AND room.organization_id = $2;

-- name: room_of_message
SELECT room.id
  FROM athena.chat_messages AS message
  JOIN athena.chat_rooms AS room
    ON room.id = message.room_id
 WHERE message.id = $1
   AND room.organization_id = $2;

-- name: edit
UPDATE athena.chat_messages
   SET body_text = $2,
       body_json = $3::jsonb,
       metadata_json = $4::jsonb,
       edited_at = $5
 WHERE id = $1
   AND (body_text, body_json, metadata_json) IS DISTINCT FROM ($2, $3::jsonb, $4::jsonb);

-- name: delete
UPDATE athena.chat_messages
   SET deleted_at = $2
 WHERE id = $1
   AND deleted_at IS NULL;
