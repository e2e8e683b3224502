-- name: seq_of
SELECT room_seq
  FROM athena.chat_messages
 WHERE id = $1
   AND room_id = $2;

-- name: move_cursor
UPDATE athena.chat_room_members AS member
   SET last_read_seq = $3,
       last_read_message_id = (
           SELECT id
             FROM athena.chat_messages AS message
            WHERE message.room_id = $1
              AND message.room_seq = $3)
 WHERE member.room_id = $1
   AND member.user_id = $2
   AND member.last_read_seq < $3;

-- name: cursor
SELECT room_id, user_id, last_read_seq, last_read_message_id
  FROM athena.chat_room_members
 WHERE room_id = $1
   AND user_id = $2;
