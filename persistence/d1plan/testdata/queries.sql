CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL, boss int REFERENCES people (id), born date, active boolean NOT NULL DEFAULT true, skills text[] NOT NULL DEFAULT '{}', profile jsonb NOT NULL DEFAULT '{}');
CREATE TABLE sales (id bigint PRIMARY KEY, person int NOT NULL REFERENCES people, region text, amount numeric(12, 2) NOT NULL, units int NOT NULL DEFAULT 1, at timestamptz NOT NULL, UNIQUE (person, at));
INSERT INTO people (name, boss, born, active, skills, profile) VALUES
  ('Ann', NULL, '1980-02-29', true, '{go,sql}', '{"lang": "en", "age": 44, "vip": true, "tags": ["a", "b"], "home": {"city": "Ulm"}}'),
  ('Bob', 1, '1990-12-31', false, '{sql}', '{"lang": "de", "vip": false, "n": 1.5}'),
  ('anna_100%', 1, NULL, true, DEFAULT, DEFAULT),
  ('Zoë', 2, '2001-07-04', true, '{"c++",rust}', '{"lang": null}');
INSERT INTO sales (id, person, region, amount, units, at) VALUES
  (1, 1, 'north', 10.00, 1, '2024-01-31 10:15:30+00'), (2, 1, 'south', 20.50, 2, '2024-02-29 23:59:59+00'), (3, 2, 'north', 5.25, 3, '2024-03-31 00:00:00+00'),
  (4, 2, NULL, 7.75, 4, '2024-12-30 12:00:00+02'), (5, 4, 'south', 20.50, 5, '2025-01-01 00:30:00+01'), (6, 4, 'west', 1.00, 7, '2025-03-09 08:05:07+00');

-- Windows.
SELECT id, row_number() OVER (ORDER BY amount DESC, id) AS n, rank() OVER (ORDER BY amount), dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w, ntile(2) OVER (ORDER BY id) FROM sales WINDOW w AS (ORDER BY amount) ORDER BY id;
SELECT id, sum(amount) OVER (PARTITION BY person ORDER BY at) AS running, avg(units) OVER (PARTITION BY person) AS mean, lag(units) OVER (ORDER BY id), lead(units, 2, 0) OVER (ORDER BY id), first_value(id) OVER (PARTITION BY region ORDER BY id) FROM sales ORDER BY id;
SELECT id, sum(units) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS a, sum(units) OVER (ORDER BY amount GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) AS b, sum(units) OVER (ORDER BY amount GROUPS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES) AS c, count(*) OVER (ORDER BY units RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS d, sum(units) OVER (ROWS 2 PRECEDING EXCLUDE GROUP) AS e, last_value(id) OVER (PARTITION BY person ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS f FROM sales ORDER BY id;
SELECT region, count(*) FILTER (WHERE amount > 6) AS big, sum(units) FILTER (WHERE person = 1) AS ann, count(*) FILTER (WHERE units > 2) OVER () AS groups FROM sales GROUP BY region, units ORDER BY region NULLS FIRST, units;
SELECT id, sum(units) OVER (w ROWS UNBOUNDED PRECEDING) AS s FROM sales WINDOW p AS (PARTITION BY person), w AS (p ORDER BY id DESC) ORDER BY id;
WITH ranked AS (SELECT *, row_number() OVER (PARTITION BY person ORDER BY at DESC) AS n FROM sales) SELECT id, person, at FROM ranked WHERE n = 1 ORDER BY id;

-- Times.
SELECT id, at + interval '1 month' AS a, at - '1 year 2 days'::interval AS b, at + '36:30:00'::interval AS c, at - interval '1' day AS d, at + 2 * interval '1 week' AS e, at + units * interval '1 month' AS f, at - make_interval(days => units) AS g, at + (units || ' hours')::interval AS h, interval '90 minutes' + at AS i FROM sales ORDER BY id;
SELECT id, born + 1 AS a, born - 30 AS b, born + interval '1 year' AS c, born - date '1970-01-01' AS d, (born + interval '4 years')::date AS e FROM people ORDER BY id;
SELECT id, date_trunc('year', at) AS y, date_trunc('quarter', at) AS q, date_trunc('month', at) AS m, date_trunc('week', at) AS w, date_trunc('day', at) AS d, date_trunc('hour', at) AS h, date_trunc('minute', at) AS i FROM sales ORDER BY id;
SELECT id, extract(year FROM at) AS y, extract(quarter FROM at) AS q, extract(month FROM at) AS m, date_part('week', at) AS w, extract(isoyear FROM at) AS iy, extract(day FROM at) AS d, extract(dow FROM at) AS dow, extract(isodow FROM at) AS isodow, extract(doy FROM at) AS doy, extract(hour FROM at) AS h, extract(minute FROM at) AS i, extract(second FROM at) AS s, extract(epoch FROM at) AS e FROM sales ORDER BY id;
SELECT id, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS') AS a, to_char(at, 'IYYY-IW') AS b, to_char(born, 'DD/MM/YYYY') AS c, at::date AS d, (at AT TIME ZONE 'UTC')::date AS e, at::timestamp::time AS f FROM sales JOIN people USING (id) ORDER BY id;
SELECT a.id, extract(epoch FROM (b.at - a.at)) / 3600 AS hours, extract(day FROM b.at - a.at) AS days FROM sales a JOIN sales b ON b.id = a.id + 1 ORDER BY a.id;
SELECT id FROM sales WHERE at >= '2024-02-01' AND at < '2025-01-01' AND at > now() - interval '100 years' ORDER BY id;
SELECT id FROM sales WHERE at::date BETWEEN '2024-03-31' AND '2025-01-01' AND at > date '2024-03-31' ORDER BY id;
SELECT at FROM sales WHERE at = '2024-12-30T10:00:00Z' OR at IN ('2024-01-31 11:15:30+01', '2024-03-31');
SELECT date_trunc('month', at)::date AS month, sum(amount) AS total, count(*) FROM sales GROUP BY 1 ORDER BY 1;
SELECT d::date AS day, count(s.id) AS n FROM generate_series('2024-12-29'::timestamptz, '2025-01-01', interval '1 day') AS d LEFT JOIN sales s ON s.at::date = d::date GROUP BY d ORDER BY d;
SELECT to_timestamp(1700000000) AS a, make_date(2024, 2, 9) AS b, now() > '2020-01-01' AS c, current_date > date '2020-01-01' AS d, '2024-05-06 07:08:09+02'::timestamptz AS e, extract(epoch FROM interval '1 day 1 hour') AS f;

-- Sets of rows.
SELECT n, n * n AS square FROM generate_series(1, 5) AS n ORDER BY n DESC;
SELECT g.i FROM generate_series(10, 1, -3) AS g(i) ORDER BY i;
SELECT p.name, s AS skill FROM people p, unnest(p.skills) AS s ORDER BY p.id, s;
SELECT p.id, t.tag FROM people p CROSS JOIN jsonb_array_elements_text(p.profile -> 'tags') AS t(tag) ORDER BY 1, 2;
SELECT e.key, e.value FROM people p, jsonb_each_text(p.profile) AS e WHERE p.id = 2 AND e.key <> 'vip' ORDER BY e.key;
SELECT DISTINCT ON (person) person, id, amount AS a FROM sales ORDER BY person, at DESC;
SELECT DISTINCT ON (s.region) s.* FROM sales s WHERE s.region IS NOT NULL ORDER BY s.region DESC, s.amount, s.id LIMIT 2;
SELECT q.x, q.y FROM (VALUES (1, 'a'), (2, 'b')) AS q (x, y) WHERE q.x > 1;
WITH RECURSIVE tree (id, name, depth) AS (SELECT id, name, 0 FROM people WHERE boss IS NULL UNION ALL SELECT p.id, p.name, t.depth + 1 FROM people p JOIN tree t ON p.boss = t.id) SELECT * FROM tree ORDER BY depth, id;
SELECT id, ARRAY(SELECT s.id FROM sales s WHERE s.person = p.id ORDER BY s.id)::text IS NOT NULL AS x, EXISTS (SELECT FROM sales s WHERE s.person = p.id) AS sells FROM people p ORDER BY id;

-- Aggregates.
SELECT person, string_agg(region, ', ' ORDER BY region DESC) AS r, string_agg(DISTINCT region, ',') IS NOT NULL AS has, to_json(array_agg(id ORDER BY id)) AS ids, jsonb_agg(units ORDER BY id DESC) AS u, bool_and(units > 1) AS every, bool_or(units > 4) AS any FROM sales GROUP BY person ORDER BY person;
SELECT jsonb_agg(jsonb_build_object('id', id, 'on', active, 'profile', profile) ORDER BY id) AS doc FROM people WHERE id < 3;
SELECT array_agg(id) IS NULL AS none, json_agg(id) FILTER (WHERE id > 99) AS nothing, sum(units) AS s FROM sales WHERE id > 100;
SELECT sum(amount) / count(*) AS mean, sum(units) / count(*) AS whole, round(avg(amount), 1) AS r, max(at) AS last FROM sales;

-- Expressions.
SELECT id, name LIKE 'A%' AS a, name LIKE 'a%' AS b, name NOT LIKE '%\_100\%' AS c, name ILIKE 'ANN%' AS d, name ~ '^[A-Z]' AS e, name ~* '^ann' AS f, name !~ 'o' AS g, name ~ '^[A-Za-z]+$' AS h, name ~ '^[A-Z][a-z]{2}$' AS i, name ~ 'n.*%$' AS j, name LIKE '___' AS k FROM people ORDER BY id;
SELECT id, profile ->> 'lang' AS lang, profile ->> 'vip' AS vip, (profile ->> 'age')::int + 1 AS age, (profile ->> 'n')::numeric AS n, (profile ->> 'vip')::boolean AS v, profile #>> '{home,city}' AS city, profile -> 'tags' ->> -1 AS tag, profile -> 'home' AS home, profile ? 'vip' AS has FROM people ORDER BY id;
SELECT id FROM people WHERE profile @> '{"vip": true, "lang": "en"}' OR profile ->> 'vip' = 'false' ORDER BY id;
SELECT id, skills @> ARRAY['sql'] AS a, skills && '{go,rust}' AS b, 'sql' = ANY (skills) AS c, cardinality(skills) AS d, array_length(skills, 1) AS e, skills[1] AS f FROM people ORDER BY id;
SELECT id, coalesce(born, '1900-01-01') AS b, CASE WHEN active THEN 'yes' ELSE 'no' END AS c, active::text AS d, 2.5::int AS e, (7.6 / 2)::integer AS f, 7 / 2 AS g, 1234.567::numeric(10, 2) AS h, greatest(id, NULL, 2) IS NULL AS i, least(id, 3) AS j, nullif(name, 'Bob') AS k FROM people ORDER BY id;
SELECT id, position('n' IN name) AS a, left(name, 2) AS b, right(name, 2) AS c, concat(name, '-', boss) AS d, concat_ws('/', name, boss, 'x') AS e, upper(left('abc', 1)) || substring('abc' FROM 2 FOR 1) AS f, floor(-1.5) AS g, ceil(1.2) AS h, power(2, 10) AS i, mod(7, 3) AS j, trim(both 'x' FROM 'xax') AS k, replace(name, 'n', 'm') AS l FROM people ORDER BY id;
SELECT name FROM people WHERE (name, active) IN (('Ann', true), ('Bob', false)) ORDER BY name COLLATE "C";
SELECT row_to_json(s) AS j FROM (SELECT id, units FROM sales WHERE id < 3) s ORDER BY s.id;

-- Writes.
INSERT INTO sales (id, person, region, amount, at) SELECT 100 + n, 1, 'new', n * 1.5, '2025-06-01'::timestamptz + n * interval '1 day' FROM generate_series(1, 3) n RETURNING id, amount, at, units;
INSERT INTO sales AS s (id, person, amount, units, at) VALUES (101, 1, 9, 9, '2025-06-02'), (200, 4, 1, DEFAULT, '2025-07-01') ON CONFLICT (person, at) DO UPDATE SET amount = s.amount + excluded.amount, units = DEFAULT WHERE s.amount < 100 RETURNING id, amount, units;
UPDATE sales SET at = at + interval '1 month', region = lower(p.name) FROM people p WHERE p.id = sales.person AND sales.at < '2024-02-01' RETURNING sales.id, at, region;
UPDATE people SET profile = jsonb_set(profile, '{home,city}', to_jsonb('Bonn'::text)) || '{"seen": 1}', active = NOT active WHERE id = 1 RETURNING profile, active;
UPDATE people SET profile = profile - 'lang' WHERE id = 2 RETURNING profile;
DELETE FROM sales s USING people p WHERE p.id = s.person AND p.name = 'Bob';
DELETE FROM sales WHERE at < now() - interval '1 day' AND region = 'new' RETURNING id;
SELECT id, person, amount, at FROM sales ORDER BY id;
