package auth_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"athena/http/auth"
	"athena/http/route"
	"athena/persistence/dbtest"
	"athena/persistence/keysdb"
	"athena/persistence/migrate"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// processorTime is what this process has used so far; unlike the time of day it
// says something on a machine that is shared.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkKey is what finding out who calls costs a request, without a key and
// with one, among few keys and clients and among many.
func BenchmarkKey(b *testing.B) {
	for _, size := range []struct{ keys, clients int }{{1, 1}, {100_000, 1000}} {
		uri := dbtest.New(b)
		require.NoError(b, migrate.Control(context.Background(), uri))
		dbtest.Exec(b, uri, fmt.Sprintf(`INSERT INTO api_keys (public_id, name, key_salt, key_hash)
				SELECT lpad(to_hex(n), 16, '0'), 'k' || n, 's', 'h' FROM generate_series(1, %d) AS n;
			INSERT INTO api_key_client_config (client_name, enforce_api_keys)
				SELECT 'client' || n, n %% 2 = 0 FROM generate_series(1, %d) AS n;
			INSERT INTO api_key_client_config (client_name, enforce_api_keys) VALUES ('open', false)`, size.keys, size.clients))
		store := keysdb.Store{DB: dbtest.Pool(b, uri)}
		made, err := store.Create(context.Background(), &wire.CreateAPIKey{Name: "k", Rights: []string{"gateway.read"}})
		require.NoError(b, err)
		guard := &auth.Guard{AdminKey: adminKey, Keys: auth.NewKeys(store)}
		for _, caller := range []struct{ name, client, key string }{{"no key", "open", ""}, {"key", "demo", made.APIKey}} {
			b.Run(fmt.Sprintf("%s/%d keys", caller.name, size.keys), func(b *testing.B) {
				rc := &fasthttp.RequestCtx{}
				rc.Request.Header.Set("X-Athena-Client", caller.client)
				if caller.key != "" {
					rc.Request.Header.Set("apikey", caller.key)
				}
				r := &route.Route{Path: "/gateway/fetch", Access: route.Gateway}
				before := processorTime(b)
				for b.Loop() {
					if _, err := guard.Check(b.Context(), r, rc); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}
