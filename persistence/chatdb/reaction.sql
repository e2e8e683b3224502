-- name: react
INSERT INTO athena.chat_message_reactions (message_id, user_id, emoji, created_at)
VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING;

-- name: unreact
DELETE FROM athena.chat_message_reactions
 WHERE message_id = $1
   AND user_id = $2
   AND emoji = $3;
