package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"athena/http/apitest"
	"athena/http/gateway"
	"athena/http/route"
	"athena/http/server"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

type open struct{}

func (open) Check(_ context.Context, _ *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	return route.Caller{Open: true, Client: apitest.Client}, nil
}

type drop struct{}

func (drop) Record(*wire.RequestLog, *wire.OperationLog) {}

// BenchmarkFetch runs a read from the decoded request to the written answer,
// without a socket, a key or a log.
func BenchmarkFetch(b *testing.B) {
	tenant := apitest.NewTenant(b, gatewaydb.Options{PoolSize: 4, Lanes: 3})
	p, err := tenant.Clients.Get(b.Context(), apitest.Client)
	require.NoError(b, err)
	for _, sql := range []string{
		`CREATE TABLE public.bench_items (id bigint PRIMARY KEY, name text, price numeric(10,2), active boolean, attributes jsonb, created_at timestamptz)`,
		`INSERT INTO public.bench_items SELECT n, 'Item ' || n, n / 100.0, n % 3 = 0, jsonb_build_object('n', n), timestamptz '2024-01-01+00' + n * interval '17 s' FROM generate_series(1, 10000) AS n`,
	} {
		result, err := p.Query(b.Context(), gatewaydb.Raw{SQL: sql})
		require.NoError(b, err)
		result.Release()
	}
	api := gateway.API{Clients: tenant.Clients, MaxRows: 10_000}
	s := server.New(server.Config{}, []route.Table{api.Routes()}, open{}, drop{}, server.NewMetrics(), slog.New(slog.DiscardHandler))
	for _, read := range []struct{ name, body string }{
		{"point", `{"table_name":"bench_items","conditions":[{"eq_column":"id","eq_value":"%d"}],"limit":1}`},
		{"page", `{"table_name":"bench_items","where":{"id":{"gt":%d}},"sort_by":{"field":"id"},"limit":100}`},
	} {
		b.Run(read.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				var rc fasthttp.RequestCtx // the server uses one again for each request, too
				for n := 1; pb.Next(); n++ {
					rc.Request.Reset()
					rc.Response.Reset()
					rc.Request.Header.SetMethod("POST")
					rc.Request.SetRequestURI("/gateway/fetch")
					rc.Request.SetBodyString(fmt.Sprintf(read.body, n%9000))
					s.Handler()(&rc)
					if rc.Response.StatusCode() != 200 {
						b.Error(string(rc.Response.Body()))
						return
					}
				}
			})
		})
	}
}
