-- What changes the schema of a client's database is told to whoever listens. Nothing of
-- it can fail a statement that does: an error is caught; where the queue of notifications
-- is filling up, or a transaction could be prepared, which one that notifies cannot be,
-- nothing is told, for that would fail the commit. Temporary tables are nobody else's.
--
-- What is told are the numbers of the objects: r of relations, f of functions, t of types,
-- i of indexes that are gone, - for a change of none; * stands for what reaches further or
-- is too much.
CREATE OR REPLACE FUNCTION athena.schema_changed() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    told text;
BEGIN
    IF current_setting('max_prepared_transactions')::int > 0 OR pg_notification_queue_usage() > 0.5 THEN
        RETURN;
    ELSIF tg_event = 'sql_drop' THEN
        IF NOT EXISTS (SELECT FROM pg_event_trigger_dropped_objects() AS o WHERE NOT o.is_temporary) THEN
            RETURN;
        END IF;
        SELECT string_agg(DISTINCT CASE
                   WHEN o.object_type IN ('index') THEN 'i' || o.objid
                   WHEN o.classid = 'pg_class'::regclass THEN 'r' || o.objid
                   WHEN o.classid = 'pg_proc'::regclass THEN 'f' || o.objid
                   WHEN o.classid = 'pg_type'::regclass THEN 't' || o.objid
                   WHEN o.object_type IN ('table constraint', 'default value', 'trigger', 'rule', 'policy')
                   THEN 'r' || to_regclass(quote_ident(o.address_names[1]) || '.' || quote_ident(o.address_names[2]))::oid
                   WHEN o.object_type IN ('schema', 'domain constraint') THEN NULL
                   ELSE '*' END, ' ')
          INTO told
          FROM pg_event_trigger_dropped_objects() AS o
         WHERE NOT o.is_temporary;
    ELSIF tg_tag = 'REFRESH MATERIALIZED VIEW'
       OR NOT EXISTS (SELECT FROM pg_event_trigger_ddl_commands() AS c WHERE c.schema_name IS DISTINCT FROM 'pg_temp') THEN
        RETURN;
    ELSE
        SELECT string_agg(DISTINCT CASE
                   WHEN c.classid IS NULL THEN NULL
                   WHEN c.object_type = 'sequence'
                   THEN CASE WHEN tg_tag = 'ALTER SEQUENCE' OR c.command_tag = 'ALTER TABLE' THEN '*' END
                   WHEN c.classid = 'pg_class'::regclass
                   THEN 'r' || coalesce((SELECT i.indrelid FROM pg_index AS i WHERE i.indexrelid = c.objid), c.objid)
                   WHEN c.classid = 'pg_proc'::regclass THEN 'f' || c.objid
                   WHEN c.classid = 'pg_type'::regclass THEN 't' || c.objid
                   WHEN c.classid = 'pg_constraint'::regclass
                   THEN (SELECT CASE WHEN k.conrelid <> 0 THEN 'r' || k.conrelid ELSE 't' || k.contypid END
                           FROM pg_constraint AS k WHERE k.oid = c.objid)
                   WHEN c.classid = 'pg_trigger'::regclass
                   THEN 'r' || (SELECT t.tgrelid FROM pg_trigger AS t WHERE t.oid = c.objid)
                   WHEN c.classid = 'pg_policy'::regclass
                   THEN 'r' || (SELECT p.polrelid FROM pg_policy AS p WHERE p.oid = c.objid)
                   WHEN c.classid = 'pg_rewrite'::regclass
                   THEN 'r' || (SELECT r.ev_class FROM pg_rewrite AS r WHERE r.oid = c.objid)
                   ELSE '*' END, ' ')
          INTO told
          FROM pg_event_trigger_ddl_commands() AS c;
    END IF;
    PERFORM pg_notify('athena_schema_changed',
                      CASE WHEN told LIKE '%*%' OR length(told) > 7000 THEN '*' ELSE coalesce(told, '-') END);
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
