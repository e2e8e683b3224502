-- Functions and aggregates that write values and rows in media types of their own.
CREATE DOMAIN "application/vnd.Spots" AS bytea;
CREATE DOMAIN "application/vnd.shape+json" AS json;
CREATE DOMAIN "application/geo+json" AS jsonb;
CREATE DOMAIN "application/json" AS json;
CREATE DOMAIN "text/csv" AS text;
CREATE DOMAIN "text/xml" AS pg_catalog.xml;
CREATE DOMAIN "text/plain" AS text;
CREATE DOMAIN "text/tab-separated-values" AS text;
CREATE DOMAIN "image/png" AS bytea;
CREATE DOMAIN "row/text" AS text;
CREATE DOMAIN "*/*" AS bytea;
CREATE DOMAIN plainly AS text;

CREATE TABLE spots (id int PRIMARY KEY, name text, at point);
INSERT INTO spots VALUES (1, 'one', '(1,1)'), (2, 'two', '(2,5)'), (3, NULL, NULL);
CREATE FUNCTION spots_step(state bytea, next spots) RETURNS "application/vnd.Spots" LANGUAGE sql AS
	$$SELECT state || decode(lpad(to_hex(next.id), 2, '0') || 'ff00', 'hex')$$;
CREATE AGGREGATE spots_pack(spots) (sfunc = spots_step, stype = "application/vnd.Spots", initcond = '');
CREATE FUNCTION spots_geo(state jsonb, next spots) RETURNS "application/geo+json" LANGUAGE sql AS
	$$SELECT state || jsonb_build_object('at', next.at[0])$$;
CREATE AGGREGATE spots_geo(spots) (sfunc = spots_geo, stype = "application/geo+json", initcond = '[]');
CREATE FUNCTION spots_line(state text, next spots) RETURNS "text/csv" LANGUAGE sql AS
	$$SELECT state || next.id || ';' || coalesce(next.name, '-') || E'\n'$$;
CREATE FUNCTION spots_file(lines "text/csv") RETURNS "text/csv" LANGUAGE sql AS
	$$SELECT set_config('response.headers', '[{"Content-Disposition": "attachment; filename=\"spots.csv\""}, {"X-Tag": "a"}, {"x-tag": "b"}]', true);
	SELECT chr(65279) || E'id;name\n' || lines$$;
CREATE AGGREGATE spots_csv(spots) (sfunc = spots_line, stype = "text/csv", initcond = '', finalfunc = spots_file);

CREATE FUNCTION kind_step(state text, next anyelement) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT state || 'x'$$;
CREATE FUNCTION kind_done(state text) RETURNS "application/vnd.shape+json" IMMUTABLE LANGUAGE sql AS
	$$SELECT json_build_object('rows', length(state))::"application/vnd.shape+json"$$;
CREATE AGGREGATE kind(anyelement) (sfunc = kind_step, stype = text, initcond = '', finalfunc = kind_done);
CREATE FUNCTION labels_shape(state json, next labels) RETURNS "application/vnd.shape+json" LANGUAGE sql AS $$SELECT '"of labels"'::json$$;
CREATE AGGREGATE labels_shape(labels) (sfunc = labels_shape, stype = "application/vnd.shape+json");
CREATE FUNCTION text_step(state text, next anyelement) RETURNS "row/text" IMMUTABLE LANGUAGE sql AS $$SELECT state || next::text || E'\n'$$;
CREATE AGGREGATE row_text(anyelement) (sfunc = text_step, stype = "row/text", initcond = '');
CREATE FUNCTION xml_step(state xml, next books) RETURNS "text/xml" LANGUAGE sql AS $$SELECT xmlconcat(state, xmlelement(name book, next.title))$$;
CREATE AGGREGATE books_xml(books) (sfunc = xml_step, stype = "text/xml");
CREATE FUNCTION tsv_step(state text, next labels) RETURNS "text/tab-separated-values" LANGUAGE sql AS $$SELECT state || next.id || E'\t' || next.label || E'\n'$$;
CREATE AGGREGATE labels_tsv(labels) (sfunc = tsv_step, stype = "text/tab-separated-values", initcond = E'id\tlabel\n');

CREATE VIEW boxed AS SELECT id, label FROM labels;
CREATE FUNCTION boxed_step(state json, next boxed) RETURNS "application/json" LANGUAGE sql AS $$SELECT '{"boxed": true}'::json$$;
CREATE AGGREGATE boxed_json(boxed) (sfunc = boxed_step, stype = "application/json");

CREATE TABLE dice (eyes int PRIMARY KEY);
INSERT INTO dice SELECT generate_series(1, 6);
CREATE FUNCTION dice_step(state bytea, next dice) RETURNS "*/*" LANGUAGE sql AS $$SELECT state || convert_to(next.eyes::text, 'UTF8')$$;
CREATE FUNCTION dice_done(eyes bytea) RETURNS "*/*" LANGUAGE plpgsql AS $$
	DECLARE wanted text := current_setting('request.headers', true)::json->>'accept';
	BEGIN
		IF wanted IN ('magic/dice', 'lucky/dice') THEN
			PERFORM set_config('response.headers', json_build_array(json_build_object('content-type', wanted))::text, true);
			RETURN convert_to(split_part(wanted, '/', 1), 'UTF8') || eyes;
		ELSIF wanted = 'no/dice' THEN
			RAISE SQLSTATE 'PT404' USING MESSAGE = 'No such dice';
		ELSIF wanted = 'status/dice' THEN
			PERFORM set_config('response.status', '206', true);
		ELSIF wanted LIKE 'broken/%' THEN
			PERFORM set_config('response.' || split_part(wanted, '/', 2), '7', true);
		ELSIF wanted = 'long/dice' THEN
			PERFORM set_config('response.headers', '[{"Content-Length": "1"}]', true);
		ELSIF wanted = 'lines/dice' THEN
			PERFORM set_config('response.headers', '[{"X-Line": "a\r\nSet-Cookie: b=c"}]', true);
		ELSIF wanted = 'two/dice' THEN
			PERFORM set_config('response.headers', '[{"X-A": "a", "X-B": "b"}]', false);
		ELSIF wanted = 'seen/dice' THEN
			RETURN convert_to(current_setting('request.method') || ' ' || current_setting('request.path') || ' ' || current_setting('request.headers'), 'UTF8');
		END IF;
		RETURN eyes;
	END $$;
CREATE AGGREGATE dice_any(dice) (sfunc = dice_step, stype = "*/*", initcond = '', finalfunc = dice_done);

CREATE FUNCTION all_spots() RETURNS SETOF spots STABLE LANGUAGE sql AS 'SELECT * FROM spots ORDER BY id';
CREATE FUNCTION all_labels() RETURNS SETOF labels STABLE LANGUAGE sql AS 'SELECT * FROM labels ORDER BY id';
CREATE FUNCTION hello() RETURNS "text/plain" STABLE LANGUAGE sql AS $$SELECT 'Hello'$$;
CREATE FUNCTION hellos() RETURNS SETOF "text/plain" STABLE LANGUAGE sql AS $$SELECT 'Hello' UNION ALL SELECT 'you'$$;
CREATE FUNCTION "hello.xml"() RETURNS "text/xml" STABLE LANGUAGE sql AS $$SELECT '<hi/>'::xml$$;
CREATE FUNCTION spot(which int) RETURNS "application/vnd.Spots" STABLE LANGUAGE sql AS $$SELECT decode('00' || lpad(to_hex(id), 2, '0'), 'hex') FROM spots WHERE id = which$$;
CREATE FUNCTION dot() RETURNS "image/png" STABLE LANGUAGE sql AS $$SELECT '\x89504e47'::bytea$$;
CREATE FUNCTION five() RETURNS int STABLE LANGUAGE sql AS 'SELECT 5';
CREATE FUNCTION whatever() RETURNS "*/*" STABLE LANGUAGE sql AS $$SELECT 'any'::bytea$$;
CREATE FUNCTION picky() RETURNS "*/*" STABLE LANGUAGE plpgsql AS $$
	DECLARE wanted text := current_setting('request.headers', true)::json->>'accept';
	BEGIN
		IF wanted = 'app/one' OR wanted = '*/*' THEN
			PERFORM set_config('response.headers', '[{"Content-Type": "app/one"}]', true);
			RETURN 'one'::bytea;
		END IF;
		RAISE SQLSTATE 'PT406' USING MESSAGE = 'Only one';
	END $$;
CREATE FUNCTION of_two(v int) RETURNS "text/plain" STABLE LANGUAGE sql AS $$SELECT 'number'$$;
CREATE FUNCTION of_two(word text) RETURNS text STABLE LANGUAGE sql AS $$SELECT word$$;
CREATE FUNCTION tell(spots) RETURNS text STABLE LANGUAGE sql AS $$SELECT upper($1.name)$$;

CREATE DOMAIN "evil/count" AS text;
CREATE FUNCTION evil_step(state text, next notes) RETURNS "evil/count" LANGUAGE sql AS $$DELETE FROM canary; SELECT 'x'$$;
CREATE AGGREGATE evil(notes) (sfunc = evil_step, stype = "evil/count");
