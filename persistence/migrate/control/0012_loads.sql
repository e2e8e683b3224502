-- +goose Up

-- How often in a row a client's database could not be opened, and since when. The
-- trigger that tells of changes leaves these columns out.
ALTER TABLE athena_clients
    ADD COLUMN load_failures      integer NOT NULL DEFAULT 0,
    ADD COLUMN load_failing_since timestamptz,
    ADD COLUMN last_load_error    text,
    ADD COLUMN deactivated_at     timestamptz;
