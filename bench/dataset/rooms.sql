-- Rooms of one user, in the program's own tables.
WITH made AS (
     INSERT INTO athena.chat_rooms (id, organization_id, kind, created_by)
     SELECT gen_random_uuid(), 'bench', 'channel', $1
       FROM generate_series(1, $2::int)
     RETURNING id),
     joined AS (
     INSERT INTO athena.chat_room_members (room_id, user_id, role)
     SELECT id, $1, 'owner'
       FROM made)
SELECT id::text
  FROM made
