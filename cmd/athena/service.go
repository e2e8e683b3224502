package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"athena/actors"
	"athena/actors/admission"
	"athena/actors/jobs"
	"athena/actors/live"
	"athena/actors/pool"
	"athena/actors/room"
	"athena/actors/telemetry"
	"athena/actors/window"
	"athena/http/auth"
	"athena/http/chat"
	"athena/http/gateway"
	"athena/http/keys"
	"athena/http/management"
	"athena/http/operations"
	"athena/http/rest"
	"athena/http/route"
	"athena/http/routing"
	"athena/http/schema"
	"athena/http/server"
	"athena/http/system"
	"athena/http/wss"
	"athena/persistence/cache"
	"athena/persistence/daemonsdb"
	"athena/persistence/gatewaydb"
	"athena/persistence/logsdb"
	"athena/persistence/notify"
	"athena/persistence/scylla"
	"athena/wire"

	"github.com/google/uuid"
)

// service is everything that runs while the server does.
type service struct {
	config  *Config
	log     *slog.Logger
	control *control
	system  *actors.System
	// directory is the public routes.
	directory *routing.Directory
	clients   *pool.Clients
	rooms     *room.Rooms
	live      *live.Hub
	sockets   *wss.Sockets
	windows   *window.Windows
	cache     *cache.Cache
	scylla    *scylla.Cluster
	logs      *telemetry.Writer
	keys      *auth.Keys
	known     *auth.Sessions
	server    *server.Server
	jobs      *jobs.Jobs
	admission *admission.Admission
	later     *later
	// id is this process's in the register of daemons.
	id uuid.UUID
	// configured are the configurations of clients in the file.
	configured map[string]wire.ClientConfig
}

func newService(ctx context.Context, p *program, c *control, log *slog.Logger) (*service, error) {
	s := &service{config: &p.config, log: log, control: c, id: uuid.New(), system: actors.NewSystem(log)}
	admin, fresh, err := adminKey(s.config)
	if err != nil {
		return nil, err
	}
	if fresh {
		log.Info("admin key made", "file", s.config.adminKeyFile())
	}
	if s.cache, err = s.newCache(); err != nil {
		return nil, err
	}
	if s.clients, err = pool.NewClients(ctx, s.system, s.poolConfig(p.environ)); err != nil {
		return nil, err
	}
	if s.directory, err = routing.NewDirectory(ctx, c.routing()); err != nil {
		return nil, err
	}
	if s.logs, err = telemetry.New(ctx, s.system, logsdb.Store{Pool: c.logs}); err != nil {
		return nil, err
	}
	s.startChat()
	s.scylla = s.config.Scylla.cluster()
	s.windows = window.New(s.system, window.Config{Alone: !s.config.Inserts.Share, Cap: s.config.Inserts.BatchCap, Client: s.insertsOf})
	s.keys = auth.NewKeys(c.keys())
	if s.configured, err = s.config.clientConfigs(); err != nil {
		return nil, err
	}
	proxies, err := s.config.proxies()
	if err != nil {
		return nil, err
	}
	if s.known, err = s.config.Auth.sessions(ctx, s.sessionDatabases(), s.clients.Config, log); err != nil {
		return nil, err
	}
	s.admission = s.newAdmission()
	if err := s.openLater(ctx); err != nil {
		return nil, err
	}
	guard := &auth.Guard{
		Routes: s.directory, BaseDomain: s.config.Gateway.BaseDomain,
		AdminKey: admin, Admission: s.admission, Defers: s.config.Deferred.Enabled, Keys: s.keys, DirectURI: s.config.Gateway.DirectURI,
		Proxies: proxies, FailOpen: s.config.Gateway.APIKeyFailMode == failOpen,
		Sessions: s.known, Config: s.clients.Config, TrustedHeaders: s.config.Auth.TrustedHeaders,
	}
	s.jobs = jobs.New(s.system, daemonsdb.Member{Store: c.daemons(), ID: s.id}, s.background()...)
	metrics := s.metrics()
	tables := s.tables(metrics)
	if err := c.self().Register(ctx, system.Entries(version, tables)); err != nil {
		return nil, fmt.Errorf("register operations: %w", err)
	}
	s.server = server.New(s.serverConfig(), tables, guard, s.logs, metrics, s.accessLog())
	return s, nil
}

func (s *service) poolConfig(environ func(string) (string, bool)) pool.Config {
	g := s.config.Gateway
	return pool.Config{
		Options: gatewaydb.Options{
			PoolSize: g.PoolSize, WriteLanes: cmp.Or(g.WriteLanes, -1), Lanes: g.Lanes, LaneTimeout: g.LaneTimeout,
			StatementTimeout: g.StatementTimeout, ConnectTimeout: g.ConnectTimeout, MaxInFlight: g.MaxInFlight,
			Follow: g.FollowSchema,
		},
		MaxInFlight: int64(g.MaxInFlight),
		Announce:    s.control.audit().Announce,
		Cache:       s.cache,
		Load:        (&catalog{s.config, s.control, environ}).load,
		Loaded:      s.loaded,
	}
}

func (s *service) serverConfig() server.Config {
	a := s.config.API
	return server.Config{
		BodyLimit: a.BodyLimit, HeaderLimit: a.HeaderLimit, ReadTimeout: a.ReadTimeout, WriteTimeout: a.WriteTimeout,
		IdleTimeout: a.IdleTimeout, RequestTimeout: a.RequestTimeout, Origins: a.CORSOrigins, DocsURL: s.config.URLs.Errors,
		Keeper: s.later,
	}
}

func (s *service) accessLog() *slog.Logger {
	if s.config.Log.Access {
		return s.log
	}
	return slog.New(errorsOnly{s.log.Handler()})
}

func (s *service) tables(m *server.Metrics) []route.Table {
	var tables []route.Table
	apis := &operations.APIs{
		System:     s.systemAPI(m, func() []route.Table { return tables }),
		Gateway:    s.gateway(),
		Query:      s.queries(),
		REST:       rest.API{Clients: s.clients, Windows: s.windows, MaxRows: int64(s.config.Gateway.MaxRows)},
		Chat:       chat.API{Rooms: s.rooms, Databases: s.clients, EditWindow: s.config.Chat.EditWindow},
		Live:       s.liveAPI(),
		Keys:       keys.API{Keys: s.control.keys()},
		Clients:    s.clientsAPI(),
		Schema:     schema.API{Clients: s.clients},
		Management: management.API{Clients: s.clients, Audit: s.control.audit(), Log: s.log},
		Routing:    routing.API{Routing: s.control.routing(), Clients: s.clients, Directory: s.directory, Gateway: s.gateway().Routes()},
	}
	tables = apis.Tables()
	return tables
}

func (s *service) gateway() gateway.API {
	return gateway.API{Clients: s.clients, Windows: s.windows, MaxRows: int64(s.config.Gateway.MaxRows), Deferred: s.later.api()}
}

func (s *service) metrics() *server.Metrics {
	m := server.NewMetrics()
	m.Counter("athena_log_rows_dropped_total", "Requests whose log rows were dropped.", func() float64 { return float64(s.logs.Dropped()) })
	m.Gauge("athena_log_rows_waiting", "Requests whose log rows are not written yet.", func() float64 { return float64(s.logs.Waiting()) })
	m.Gauge("athena_chat_rooms", "Chat rooms that are kept in memory.", func() float64 { return float64(s.rooms.Len()) })
	m.Gauge("athena_live_connections", "Sockets and event streams that are open.", func() float64 { return float64(s.sockets.Len()) })
	m.Gauge("athena_live_rooms", "Rooms whose events are given out.", func() float64 { return float64(s.live.Len()) })
	m.Counter("athena_admission_events_dropped_total", "Decisions of the admission that were not written down.", func() float64 { return float64(s.admission.Dropped()) })
	s.cacheMetrics(m)
	m.Gauge("athena_pools_open", "Clients with open connections.", func() float64 { return float64(len(s.clients.Stats())) })
	s.later.metrics(m)
	return m
}

// run answers on the listener until ctx ends, then drains: requests and live
// connections first, then rooms, then what brings events, logs and pools last.
func (s *service) run(ctx context.Context, listener net.Listener) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var beside sync.WaitGroup
	beside.Go(func() {
		notify.Listen(background, func() (string, error) { return s.control.uri, nil }, s.log, s.subscriptions(background)...)
	})
	beside.Go(func() { s.keys.Run(background, s.log) })
	telling, told := context.WithCancel(context.WithoutCancel(ctx))
	var last sync.WaitGroup // writes are answered until everything is drained
	last.Go(func() { s.cache.Tell(telling, s.control.notify) })
	beside.Go(func() { s.sockets.Run(background) })
	beside.Go(func() { register(background, s.control.daemons(), s.id, s.nodeAddress(listener), s.log) })
	if err := s.jobs.Start(ctx); err != nil {
		s.log.Warn("background jobs not started", "error", err)
	}
	if err := s.later.start(ctx); err != nil {
		s.log.Error("deferred writes are not done by this process", "error", err)
	}
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(listener) }()
	var err error
	select {
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		s.log.Info("athena stops", "grace", s.config.API.ShutdownGrace)
	}
	stop()
	beside.Wait()
	err = errors.Join(err, s.drain())
	told()
	last.Wait()
	s.cache.Close()
	return err
}

// flushGrace is the time for what is left to do once no request is in flight. It
// is not a part of the requests' own, so that one which hangs costs nobody a log.
const flushGrace = 15 * time.Second

func (s *service) drain() error {
	requests, cancel := context.WithTimeout(context.Background(), s.config.API.ShutdownGrace)
	defer cancel()
	err := s.hangUp(requests)
	rest, cancel := context.WithTimeout(context.Background(), flushGrace)
	defer cancel()
	err = errors.Join(err, s.later.stop(), s.jobs.Drain(rest), s.admission.Flush(rest), s.rooms.Drain(rest), s.live.Close(rest), s.windows.Drain(rest), s.logs.Close(rest), s.keys.Flush(rest), s.clients.Close(rest))
	s.scylla.Close()
	s.system.Shutdown()
	return err
}

// subscriptions keep what this process has learnt in step with the control
// database.
func (s *service) subscriptions(ctx context.Context) []notify.Subscription {
	reload := func(string) {
		bound, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := s.clients.Reload(bound); err != nil && ctx.Err() == nil {
			s.log.Warn("client catalog not reloaded", "error", err)
		}
	}
	return []notify.Subscription{
		{Channel: "athena_keys", Changed: func(string) { s.keys.Forget() }},
		{Channel: "athena_routes", Changed: func(string) {
			bound, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			if err := s.directory.Reload(bound); err != nil && ctx.Err() == nil {
				s.log.Warn("public routes not reloaded", "error", err)
			}
		}},
		{Channel: "athena_schema", Changed: s.clients.SchemaChanged},
		{Channel: cache.Channel, Changed: s.cache.Heard, Lost: s.cache.Missed},
		{Channel: "athena_catalog", Changed: reload},
		{Channel: "athena_configs", Changed: reload},
	}
}
