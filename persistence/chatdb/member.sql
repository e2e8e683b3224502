-- name: members
SELECT room_id, user_id, role, joined_at, last_read_seq, last_read_message_id, muted, notification_mode, hidden_at
  FROM athena.chat_room_members
 WHERE room_id = $1
   AND hidden_at IS NULL
 ORDER BY joined_at, user_id
 LIMIT $2;

-- name: members_named
SELECT room_id, user_id, role, joined_at, last_read_seq, last_read_message_id, muted, notification_mode, hidden_at
  FROM athena.chat_room_members
 WHERE room_id = $1
   AND user_id = ANY ($2::text[])
   AND hidden_at IS NULL
 ORDER BY array_position($2::text[], user_id);

-- name: owners_beside
SELECT count(*)
  FROM athena.chat_room_members
 WHERE room_id = $1
   AND role = 'owner'
   AND hidden_at IS NULL
   AND user_id <> ALL ($2::text[]);

-- name: add_members
INSERT INTO athena.chat_room_members AS member (room_id, user_id, role, joined_at)
SELECT $1, newcomer.user_id, coalesce($3, 'member'), $4
  FROM unnest($2::text[]) AS newcomer (user_id)
    ON CONFLICT (room_id, user_id) DO UPDATE
   SET role = CASE WHEN member.hidden_at IS NULL THEN coalesce($3, member.role) ELSE excluded.role END,
       joined_at = CASE WHEN member.hidden_at IS NULL THEN member.joined_at ELSE excluded.joined_at END,
       hidden_at = NULL
 WHERE member.hidden_at IS NOT NULL
    OR member.role <> $3;

-- name: remove_member
UPDATE athena.chat_room_members
   SET hidden_at = $3
 WHERE room_id = $1
   AND user_id = $2;
