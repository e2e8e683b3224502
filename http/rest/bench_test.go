package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/http/rest"
	"athena/http/route"
	"athena/http/server"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

type openGuard struct{}

func (openGuard) Check(context.Context, *route.Route, *fasthttp.RequestCtx) (route.Caller, error) {
	return route.Caller{Open: true, Client: apitest.Client}, nil
}

type noRecord struct{}

func (noRecord) Record(*wire.RequestLog, *wire.OperationLog) {}

// BenchmarkRead runs a read from the request to the written answer, without a
// socket, a key or a log.
func BenchmarkRead(b *testing.B) {
	tenant := apitest.NewTenant(b, gatewaydb.Options{PoolSize: 4, Lanes: 3})
	tenant.Exec(b, `CREATE TABLE public.bench_items (id bigint PRIMARY KEY, name text, price numeric(10,2), active boolean, attributes jsonb, created_at timestamptz);
		INSERT INTO public.bench_items SELECT n, 'Item ' || n, n / 100.0, n % 3 = 0, jsonb_build_object('n', n), timestamptz '2024-01-01+00' + n * interval '17 s' FROM generate_series(1, 10000) AS n;
		ANALYZE public.bench_items`)
	api := rest.API{Clients: tenant.Clients, MaxRows: 10_000}
	s := server.New(server.Config{}, []route.Table{api.Routes()}, openGuard{}, noRecord{}, server.NewMetrics(), slog.New(slog.DiscardHandler))
	for _, read := range []struct{ name, query string }{
		{"point", "id=eq.%d&limit=1"},
		{"page", "id=gt.%d&order=id&limit=100"},
	} {
		b.Run(read.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				var rc fasthttp.RequestCtx // the server uses one again for each request, too
				for n := 1; pb.Next(); n++ {
					rc.Request.Reset()
					rc.Response.Reset()
					rc.Request.Header.SetMethod("GET")
					rc.Request.SetRequestURI("/rest/v1/bench_items?" + fmt.Sprintf(read.query, n%9000))
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

// BenchmarkNestedInsert adds 50 parents with 10 children each in one request.
func BenchmarkNestedInsert(b *testing.B) {
	tenant := apitest.NewTenant(b, gatewaydb.Options{PoolSize: 4, Lanes: 1})
	tenant.Exec(b, `CREATE TABLE public.bench_orders (id bigserial PRIMARY KEY, note text);
		CREATE TABLE public.bench_lines (id bigserial PRIMARY KEY, bench_order bigint NOT NULL REFERENCES public.bench_orders, n int, price numeric);
		CREATE INDEX ON public.bench_lines (bench_order)`)
	api := rest.API{Clients: tenant.Clients, MaxRows: 10_000}
	s := server.New(server.Config{}, []route.Table{api.Routes()}, openGuard{}, noRecord{}, server.NewMetrics(), slog.New(slog.DiscardHandler))
	lines := strings.TrimSuffix(strings.Repeat(`{"n":1,"price":2.50},`, 10), ",")
	body := "[" + strings.TrimSuffix(strings.Repeat(`{"note":"new","bench_lines":[`+lines+`]},`, 50), ",") + "]"
	for b.Loop() {
		var rc fasthttp.RequestCtx
		rc.Request.Header.SetMethod("POST")
		rc.Request.Header.SetContentType("application/json")
		rc.Request.SetRequestURI("/rest/v1/bench_orders?select=id,bench_lines(n)")
		rc.Request.SetBodyString(body)
		s.Handler()(&rc)
		if rc.Response.StatusCode() != 200 {
			b.Fatal(string(rc.Response.Body()))
		}
	}
}
