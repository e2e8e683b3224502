-- name: begin_audit
INSERT INTO public.database_audit_log (client_name, operation, object_type, schema_name, object_name, statements,
                                       request_id, api_key_public_id, remote_addr)
VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, ''), nullif($9, ''))
RETURNING id;

-- name: begin_function_audit
INSERT INTO public.function_ddl_audit_log (audit_id, client_name, schema_name, function_name, arg_types, ddl)
VALUES ($1, $2, $3, $4, $5, nullif($6, ''));

-- name: keep_definition
UPDATE public.function_ddl_audit_log
   SET previous_definition = $2
 WHERE audit_id = $1;

-- name: finish_audit
UPDATE public.database_audit_log
   SET status = $2, error_code = nullif($3, ''), error = nullif($4, ''), finished_at = now()
 WHERE id = $1;

-- name: announce
SELECT pg_notify('athena_schema', $1);
