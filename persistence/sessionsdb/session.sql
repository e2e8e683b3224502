-- name: resolve_session
SELECT s.user_id, coalesce(m.organization_id, '') AS organization_id, s.expires_at
  FROM athena.sessions AS s
  JOIN athena.users AS u ON u.id = s.user_id
  LEFT JOIN athena.member AS m
    ON m.organization_id = s.active_organization_id
   AND m.user_id = s.user_id
 WHERE s.token = $1
   AND s.active
   AND s.expires_at > now()
   AND NOT (u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()));

-- name: ensure_user
INSERT INTO athena.users (id, username)
VALUES ($1, $1)
    ON CONFLICT (id) DO NOTHING;

-- name: ensure_organization
INSERT INTO athena.organization (id)
VALUES ($1)
    ON CONFLICT (id) DO NOTHING;

-- name: ensure_member
INSERT INTO athena.member (organization_id, user_id, role)
VALUES ($1, $2, 'member')
    ON CONFLICT (organization_id, user_id) DO NOTHING;

-- name: create_session
INSERT INTO athena.sessions (id, token, user_id, expires_at, active, active_organization_id)
VALUES (gen_random_uuid()::text, $1, $2, $4, true, $3);
