-- What changes the schema of a client's database is told to whoever listens. Nothing of
-- it can fail a statement that does: an error is caught; where the queue of notifications
-- is filling up, or a transaction could be prepared, which one that notifies cannot be,
-- nothing is told, for that would fail the commit. Temporary tables are nobody else's.
CREATE OR REPLACE FUNCTION athena.schema_changed() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('max_prepared_transactions')::int > 0 OR pg_notification_queue_usage() > 0.5 THEN
        RETURN;
    ELSIF tg_event = 'sql_drop' THEN
        IF NOT EXISTS (SELECT FROM pg_event_trigger_dropped_objects() AS o WHERE NOT o.is_temporary) THEN
            RETURN;
        END IF;
    ELSIF tg_tag = 'REFRESH MATERIALIZED VIEW'
       OR NOT EXISTS (SELECT FROM pg_event_trigger_ddl_commands() AS c WHERE c.schema_name IS DISTINCT FROM 'pg_temp') THEN
        RETURN;
    END IF;
    PERFORM pg_notify('athena_schema_changed', '');
EXCEPTION WHEN OTHERS THEN
    NULL;
END $$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'athena_schema_changed') THEN
        CREATE EVENT TRIGGER athena_schema_changed ON ddl_command_end EXECUTE FUNCTION athena.schema_changed();
    END IF;
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'athena_schema_dropped') THEN
        CREATE EVENT TRIGGER athena_schema_dropped ON sql_drop EXECUTE FUNCTION athena.schema_changed();
    END IF;
END $$;
