-- name: probe
-- What the server counts of changes to its own tables, which is the same for as long as
-- the schema is: a few numbers, however many tables there are. Null where it does not
-- count, or where the changes come from another server.
SELECT CASE WHEN current_setting('track_counts')::boolean AND NOT pg_is_in_recovery()
            THEN (SELECT string_agg(concat_ws(',', pg_stat_get_tuples_inserted(c.id),
                                                   pg_stat_get_tuples_updated(c.id),
                                                   pg_stat_get_tuples_deleted(c.id)), ' ')
                         || ' ' || pg_postmaster_start_time()
                         || ' ' || coalesce((SELECT stats_reset::text FROM pg_stat_database
                                              WHERE datname = current_database()), '')
                    FROM unnest('{pg_attrdef, pg_attribute, pg_class, pg_constraint, pg_description, pg_enum, pg_index,
                                  pg_namespace, pg_proc, pg_rewrite, pg_trigger, pg_type}'::regclass[]) AS c (id))
       END;
