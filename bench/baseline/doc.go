// Package baseline is what the program is measured against: a bare fasthttp
// handler over a pool of 16 pgx connections, which lets Postgres build the JSON
// with json_agg and sends a chat message in a transaction of its own. It is the
// usual way to write such a server, written with care: statements are prepared
// once for each connection, bodies are decoded with a fast library, and nothing
// is asked of the database twice. It checks no keys and no membership and keeps
// no logs; it knows the requests of the scenarios and no others.
package baseline
