-- +goose Up

-- The words of a message, as search finds them: runs of letters and digits, in
-- lower case and otherwise as they are written. PostgreSQL would take addresses,
-- numbers with signs and words with hyphens for one word each, would drop what
-- looks like a tag, and in the locale C it knows no signs but those of ASCII: hence
-- the spaces. (translate would make them too, in six times the time.) The limit
-- keeps a text that came from elsewhere below what a tsvector can hold.
-- +goose StatementBegin
CREATE FUNCTION athena.chat_words(body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT pg_catalog.to_tsvector('pg_catalog.simple',
       pg_catalog.regexp_replace(pg_catalog.left(body, 100000), '[-_./@:+&=?#%~<>\\“”„‘’«»…–—]', ' ', 'g'))
$$;
-- +goose StatementEnd

-- An index on the expression instead of a column: rows stay as small as they were,
-- and nothing that reads or writes them has to know.
CREATE INDEX chat_messages_words ON athena.chat_messages USING gin (athena.chat_words(body_text))
 WHERE deleted_at IS NULL AND body_text IS NOT NULL;
