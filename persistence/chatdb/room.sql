-- name: room
SELECT id, organization_id, kind, title, created_by, created_at, updated_at, archived_at,
       last_message_id, last_message_seq, last_message_at, version
  FROM athena.chat_rooms
 WHERE id = $1;

-- name: role
SELECT role
  FROM athena.chat_room_members
 WHERE room_id = $1
   AND user_id = $2
   AND hidden_at IS NULL;

-- name: standing
SELECT room.organization_id,
       room.version,
       ARRAY(SELECT member.user_id
               FROM athena.chat_room_members AS member
              WHERE member.room_id = room.id
                AND member.hidden_at IS NULL
              ORDER BY member.user_id COLLATE "C") AS members
  FROM athena.chat_rooms AS room
 WHERE room.id = $1;

-- name: rooms
SELECT room.id, room.organization_id, room.kind, room.title, room.created_by, room.created_at, room.updated_at,
       room.archived_at, room.last_message_id, room.last_message_seq, room.last_message_at, room.version,
       member.role, member.last_read_seq, member.muted,
       room.last_message_seq - member.last_read_seq AS unread_count
  FROM athena.chat_room_members AS member
  JOIN athena.chat_rooms AS room
    ON room.id = member.room_id
 WHERE member.user_id = $1
   AND member.hidden_at IS NULL
   AND room.organization_id = $2
   AND ($3 OR room.archived_at IS NULL)
 ORDER BY coalesce(room.last_message_at, room.created_at) DESC, room.id
 LIMIT $4
OFFSET $5;

-- name: create_room
INSERT INTO athena.chat_rooms (id, organization_id, kind, title, created_by)
VALUES ($1, $2, $3, $4, $5);

-- name: seed_members
INSERT INTO athena.chat_room_members (room_id, user_id, role)
SELECT $1, member.user_id, CASE WHEN member.user_id = $3 THEN 'owner' ELSE 'member' END
  FROM unnest($2::text[]) AS member (user_id);

-- name: claim_direct
INSERT INTO athena.chat_direct_rooms (organization_id, first_user_id, second_user_id, room_id)
VALUES ($1, $2, $3, $4)
    ON CONFLICT (organization_id, first_user_id, second_user_id) DO NOTHING;

-- name: find_direct
SELECT direct.room_id,
       (SELECT count(*)
          FROM athena.chat_room_members AS member
         WHERE member.room_id = direct.room_id
           AND member.hidden_at IS NULL) = 2 AS complete
  FROM athena.chat_direct_rooms AS direct
 WHERE direct.organization_id = $1
   AND direct.first_user_id = $2
   AND direct.second_user_id = $3;

-- name: lock_room
SELECT version, last_message_seq, last_event_seq, clock_timestamp() AS now
  FROM athena.chat_rooms
 WHERE id = $1
   FOR NO KEY UPDATE;

-- name: revive
UPDATE athena.chat_room_members
   SET hidden_at = NULL,
       joined_at = $2
 WHERE room_id = $1
   AND hidden_at IS NOT NULL;

-- name: touch
UPDATE athena.chat_rooms
   SET version = version + 1,
       updated_at = $2
 WHERE id = $1;

-- name: rename
UPDATE athena.chat_rooms
   SET title = $2
 WHERE id = $1
   AND title IS DISTINCT FROM $2;

-- name: archive
UPDATE athena.chat_rooms
   SET archived_at = $2
 WHERE id = $1
   AND archived_at IS NULL;
