-- name: list_rights
SELECT id, name, description, created_at, updated_at
  FROM api_key_rights
 ORDER BY name;

-- name: create_right
INSERT INTO api_key_rights (name, description)
VALUES ($1, $2)
RETURNING id, name, description, created_at, updated_at;

-- name: update_right
UPDATE api_key_rights
   SET name = $2, description = CASE WHEN $3 THEN $4 ELSE description END, updated_at = now()
 WHERE id = $1
RETURNING id, name, description, created_at, updated_at;

-- name: delete_right
DELETE FROM api_key_rights
 WHERE id = $1
RETURNING id;
