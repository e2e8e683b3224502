-- name: tells
-- Whether the database tells of changes of its schema. Nobody can listen to a standby.
SELECT NOT pg_is_in_recovery() AND EXISTS (
       SELECT FROM pg_event_trigger
        WHERE evtname = 'athena_schema_changed'
          AND evtenabled <> 'D');
-- name: mark
-- Tells something on a channel.
SELECT pg_notify($1, $2);
