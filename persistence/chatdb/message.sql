-- name: messages
-- Messages in the order of the ids $2, for as_seen.
WITH page AS MATERIALIZED (
    SELECT message.*, wanted.n AS place, true AS is_member
      FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, n)
      JOIN athena.chat_messages AS message
        ON message.id = wanted.id)

-- name: page
-- A part of a room's history, for as_seen: what follows the number $6, or where there
-- is none the newest. There is no row where there is no such room, and one without
-- a message where there are no messages for the caller.
WITH page AS MATERIALIZED (
    SELECT message.*, message.room_seq AS place, member.user_id IS NOT NULL AS is_member
      FROM athena.chat_rooms AS room
      LEFT JOIN athena.chat_room_members AS member
        ON member.room_id = room.id
       AND member.user_id = $1
       AND member.hidden_at IS NULL
      LEFT JOIN LATERAL (
           (SELECT *
              FROM athena.chat_messages
             WHERE $6::bigint IS NOT NULL
               AND member.user_id IS NOT NULL
               AND room_id = room.id
               AND room_seq > $6
               AND room_seq < $4
             ORDER BY room_seq
             LIMIT $5)
           UNION ALL
           (SELECT *
              FROM athena.chat_messages
             WHERE $6::bigint IS NULL
               AND member.user_id IS NOT NULL
               AND room_id = room.id
               AND room_seq < $4
             ORDER BY room_seq DESC
             LIMIT $5)) AS message
        ON true
     WHERE room.id = $2
       AND room.organization_id = $3)

-- name: as_seen
-- Ends statements that begin with a page of messages: as the user $1 sees them, with
-- their attachments and reactions, which are looked for once for the whole page. A
-- deleted message has lost its content.
, wanted AS MATERIALIZED (
    SELECT ARRAY(SELECT id FROM page WHERE deleted_at IS NULL) AS ids),
attachment AS (
    SELECT message_id, json_agg(json_build_object('file_id', file_id, 'ordinal', ordinal) ORDER BY ordinal) AS list
      FROM athena.chat_message_attachments
     WHERE message_id = ANY ((SELECT ids FROM wanted)::uuid[])
     GROUP BY message_id),
reaction AS (
    SELECT message_id, json_agg(json_build_object('emoji', emoji, 'count', count, 'reacted', reacted) ORDER BY first, emoji) AS list
      FROM (SELECT message_id, emoji, count(*) AS count, bool_or(user_id = $1) AS reacted, min(created_at) AS first
              FROM athena.chat_message_reactions
             WHERE message_id = ANY ((SELECT ids FROM wanted)::uuid[])
             GROUP BY message_id, emoji) AS counted
     GROUP BY message_id)
SELECT page.id, page.room_id, page.room_seq, page.sender_id, page.client_message_id,
       CASE WHEN page.deleted_at IS NULL THEN page.body_text END AS body_text,
       CASE WHEN page.deleted_at IS NULL THEN page.body_json::text END AS body_json,
       page.reply_to_message_id, page.created_at, page.edited_at, page.deleted_at,
       CASE WHEN page.deleted_at IS NULL THEN page.metadata_json::text END AS metadata_json,
       coalesce(reaction.list::text, '[]') AS reactions, attachment.list::text AS attachments, page.is_member
  FROM page
  LEFT JOIN attachment
    ON attachment.message_id = page.id
  LEFT JOIN reaction
    ON reaction.message_id = page.id
 ORDER BY page.place;

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
