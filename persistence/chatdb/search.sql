-- name: search_words
-- Messages with all of the words and phrases $4, the last of which goes on if $5
-- says so, and all of the parts $6. PostgreSQL itself writes each of them as a
-- query, which is why they can be put together as text.
WITH wanted AS MATERIALIZED (
    SELECT string_agg('(' || words || CASE WHEN $5 AND n = cardinality($4::text[]) THEN ':*' ELSE '' END || ')', ' & ')::tsquery AS query
      FROM (SELECT nullif(phraseto_tsquery('pg_catalog.simple', term)::text, '') AS words, n
              FROM unnest($4::text[]) WITH ORDINALITY AS asked (term, n)) AS term),
found AS (
    SELECT message.id, message.created_at, ts_rank(athena.chat_words(message.body_text), (SELECT query FROM wanted)) AS rank
      FROM athena.chat_messages AS message
      JOIN athena.chat_rooms AS room
        ON room.id = message.room_id
      JOIN athena.chat_room_members AS member
        ON member.room_id = room.id
     WHERE member.user_id = $1
       AND member.hidden_at IS NULL
       AND room.organization_id = $2
       AND ($3::uuid IS NULL OR room.id = $3)
       AND message.deleted_at IS NULL
       AND message.body_text IS NOT NULL
       AND athena.chat_words(message.body_text) @@ (SELECT query FROM wanted)
       AND message.body_text ILIKE ALL ($6::text[]))
SELECT id, created_at, rank
  FROM found
 WHERE $7::float4 IS NULL
    OR (rank, created_at, id) < ($7, $8::timestamptz, $9::uuid)
 ORDER BY rank DESC, created_at DESC, id DESC
 LIMIT $10;

-- name: search_parts
-- Messages with all of the parts $4, for which no index helps: the caller's rooms
-- are read.
SELECT message.id, message.created_at, 0::float4 AS rank
  FROM athena.chat_room_members AS member
  JOIN athena.chat_rooms AS room
    ON room.id = member.room_id
  JOIN athena.chat_messages AS message
    ON message.room_id = room.id
 WHERE member.user_id = $1
   AND member.hidden_at IS NULL
   AND room.organization_id = $2
   AND ($3::uuid IS NULL OR room.id = $3)
   AND message.deleted_at IS NULL
   AND message.body_text ILIKE ALL ($4::text[])
   AND ($5::timestamptz IS NULL OR (message.created_at, message.id) < ($5, $6::uuid))
 ORDER BY message.created_at DESC, message.id DESC
 LIMIT $7;
