-- $1 is the database of every client, $2 the number of clients, $3 that of keys.
WITH clients AS (
    INSERT INTO athena_clients (client_name, pg_uri)
    SELECT 'bench_' || n, $1::text
      FROM generate_series(1, $2::int) AS n)
INSERT INTO api_keys (public_id, name, client_name, key_salt, key_hash)
SELECT 'bench' || n, 'bench ' || n, 'bench_' || n % $2::int + 1, md5(n::text), repeat(md5(n::text), 2)
  FROM generate_series(1, $3::int) AS n;
