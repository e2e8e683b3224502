// Package server is the front end: it turns the route tables into a fasthttp
// server, asks the guard who calls, and writes one log line, one metric and one
// log row for each request. Handlers see none of this.
package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"athena/http/route"
	"athena/wire"

	"github.com/fasthttp/router"
	"github.com/valyala/fasthttp"
)

// Guard finds out who calls. A caller who may not is a wire.Problem.
type Guard interface {
	Check(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error)
}

// Recorder keeps the log rows of requests. It must not block.
type Recorder interface {
	Record(*wire.RequestLog, *wire.OperationLog)
}

// Config bounds what the server accepts. Zero values take the defaults.
type Config struct {
	// BodyLimit is the largest request body in bytes; default 10 MiB.
	BodyLimit int
	// HeaderLimit is the largest request line with headers in bytes; default 16 KiB.
	HeaderLimit int
	// ReadTimeout bounds reading one request; default 30 s.
	ReadTimeout time.Duration
	// WriteTimeout bounds writing one answer; default 60 s.
	WriteTimeout time.Duration
	// IdleTimeout closes kept-alive connections; default 120 s.
	IdleTimeout time.Duration
	// RequestTimeout is the deadline of each request; default 30 s.
	RequestTimeout time.Duration
	// Origins are those that browsers may call from; "*" allows any, none none.
	Origins []string
	// Keeper keeps writes that are to be done later; nil has everything done at once.
	Keeper Keeper
	// DocsURL is the base address of the pages that explain errors.
	DocsURL string
}

func (c Config) withDefaults() Config {
	c.BodyLimit = cmp.Or(c.BodyLimit, 10<<20)
	c.HeaderLimit = cmp.Or(c.HeaderLimit, 16<<10)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 30*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 60*time.Second)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 120*time.Second)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 30*time.Second)
	return c
}

// Server serves a set of route tables.
type Server struct {
	config   Config
	guard    Guard
	recorder Recorder
	log      *slog.Logger
	metrics  *metrics
	http     *fasthttp.Server
	base     context.Context
	end      context.CancelCauseFunc
	inflight atomic.Int64
	left     departures
	// routed are the routes by name.
	routed map[string]*route.Route
	// dialects are routes by the beginning of their paths, whose callers may want failures
	// written in another shape than the envelope.
	dialects map[string]*route.Route
}

// New makes a server of the tables. It panics when two routes collide: that is a
// mistake of ours.
func New(config Config, tables []route.Table, guard Guard, recorder Recorder, m *Metrics, log *slog.Logger) *Server {
	s := &Server{config: config.withDefaults(), guard: guard, recorder: recorder, log: log, metrics: newMetrics(m.Registry)}
	m.Gauge("athena_http_requests_in_flight", "Requests being served.", func() float64 { return float64(s.inflight.Load()) })
	s.base, s.end = context.WithCancelCause(context.Background())
	handler := s.cors(compress(s.routes(tables)))
	s.http = &fasthttp.Server{
		Handler:               handler,
		ErrorHandler:          s.refuse,
		MaxRequestBodySize:    s.config.BodyLimit,
		ReadBufferSize:        s.config.HeaderLimit,
		ReadTimeout:           s.config.ReadTimeout,
		WriteTimeout:          s.config.WriteTimeout,
		IdleTimeout:           s.config.IdleTimeout,
		NoDefaultServerHeader: true,
		NoDefaultContentType:  true,
		CloseOnShutdown:       true,
		Logger:                quiet{},
	}
	return s
}

func (s *Server) routes(tables []route.Table) fasthttp.RequestHandler {
	r := router.New()
	r.RedirectTrailingSlash = false
	r.RedirectFixedPath = false
	r.HandleOPTIONS = false
	r.NotFound = s.miss(wire.RouteNotFound, "there is no such path; GET / lists all")
	r.MethodNotAllowed = s.miss(wire.MethodNotAllowed, "this path does not take this method; GET / lists all")
	s.routed, s.dialects = map[string]*route.Route{}, map[string]*route.Route{}
	for _, table := range tables {
		for i := range table {
			s.routed[table[i].Name()] = &table[i]
			if table[i].Dialect != nil {
				below, _, _ := strings.Cut(table[i].Path, "{")
				s.dialects[below] = &table[i]
			}
			r.Handle(table[i].Method, table[i].Path, s.handle(&table[i]))
		}
	}
	return r.Handler
}

// compress packs large answers for clients that accept it. The levels trade a
// few percent of size for several times the speed.
func compress(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return fasthttp.CompressHandlerBrotliLevel(next, fasthttp.CompressBrotliBestSpeed, fasthttp.CompressBestSpeed)
}

// Serve answers on a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	watching, stop := context.WithCancel(s.base)
	defer stop()
	go s.left.watch(watching)
	return s.http.Serve(listener{Listener: l, owner: &s.left})
}

// Shutdown stops accepting, lets requests in flight finish until ctx ends, then
// cancels what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.ShutdownWithContext(ctx)
	s.end(errors.New("server is shutting down"))
	if err != nil {
		return fmt.Errorf("drain requests: %w", err)
	}
	return nil
}

// Handler is the whole front end as a function, for tests.
func (s *Server) Handler() fasthttp.RequestHandler { return s.http.Handler }

// Later is the whole front end as a function, for a route of its own tables: the
// server is looked up when it is called.
func Later(server func() *Server) fasthttp.RequestHandler {
	return func(rc *fasthttp.RequestCtx) { server().http.Handler(rc) }
}

// quiet drops fasthttp's own lines: what matters reaches our log by the error
// handler and the access log.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
