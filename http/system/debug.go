package system

import (
	"context"
	"slices"
	"strings"
	"time"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/controldb"
	"athena/persistence/daemonsdb"
	"athena/persistence/inspectdb"
	"athena/persistence/migrate"
	"athena/wire"
)

// Inspection is what the diagnostics look at.
type Inspection struct {
	Control controldb.Store
	Daemons daemonsdb.Store
	Clients *pool.Clients
	// Routes are the public routes as this process knows them.
	Routes func() []wire.PublicRoute
	// Logs tells of the rows of the log that wait, and of those dropped.
	Logs interface {
		Waiting() int64
		Dropped() int64
	}
	// Settings are how requests find their client, but for the routes.
	Settings wire.GatewayRouting
	// LoggingClient is the name under which the control database is a client.
	LoggingClient string
}

const tagDebug = "Debug"

func (a API) debugRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/debug/schema", Access: route.Admin, Tag: tagDebug, Do: route.JSON(a.debugSchema),
			Summary: "Compare the control database with the tables that this version needs",
			Notes:   "What is needed is read from the migrations themselves."},
		{Method: "GET", Path: "/debug/gateway", Access: route.Admin, Static: true, Tag: tagDebug, Do: route.JSON(a.debugGateway),
			Summary: "Look where requests go at present, and how what they need is"},
		{Method: "GET", Path: "/debug/s3", Access: route.Admin, Static: true, Tag: tagDebug, Do: route.JSON(a.debugS3),
			Summary: "Look which clients keep catalogs of S3 stores",
			Notes:   "Only the databases of clients with open connections are looked into. This server reaches no object store itself."},
	}
}

func (a API) debugSchema(ctx context.Context, _ *wire.Inspect) (wire.SchemaReport, error) {
	expected, err := migrate.Relations(migrate.ControlList())
	if err != nil {
		return wire.SchemaReport{}, err
	}
	report, err := a.Inspection.Control.Schema(ctx, expected)
	report.LoggingClient = a.Inspection.LoggingClient
	return report, err
}

func (a API) debugGateway(ctx context.Context, _ *wire.Inspect) (wire.GatewayReport, error) {
	i := &a.Inspection
	report := wire.GatewayReport{
		GeneratedAt: time.Now().UTC(), Routing: i.Settings, Clients: []wire.GatewayUpstream{}, DirectPools: []wire.PoolStats{},
		ControlPlane: a.controlPlane(ctx),
	}
	targets, pools := i.Clients.Targets(), i.Clients.Stats()
	slices.SortFunc(targets, func(x, y pool.Target) int { return strings.Compare(x.Name, y.Name) })
	named := func(name string) func(pool.Target) bool { return func(t pool.Target) bool { return t.Name == name } }
	report.Routing.PublicRoutes = []wire.GatewayRoute{}
	for _, r := range i.Routes() {
		report.Routing.PublicRoutes = append(report.Routing.PublicRoutes, wire.GatewayRoute{
			RouteKey: r.RouteKey, ClientName: r.ClientName, IsActive: r.IsActive, ClientKnown: slices.ContainsFunc(targets, named(r.ClientName)),
		})
	}
	for t := range targets {
		at := slices.IndexFunc(pools, func(p wire.PoolStats) bool { return p.ClientName == targets[t].Name })
		var open *wire.PoolStats
		if at >= 0 {
			open = &pools[at]
		}
		report.Clients = append(report.Clients, upstream(&targets[t], open))
	}
	for _, p := range pools {
		if !slices.ContainsFunc(targets, named(p.ClientName)) {
			report.DirectPools = append(report.DirectPools, p)
		}
	}
	return report, nil
}

// upstream tells whether a client's database would serve a request.
func upstream(t *pool.Target, open *wire.PoolStats) wire.GatewayUpstream {
	out := wire.GatewayUpstream{ClientName: t.Name, Backends: []string{}, Pool: open}
	backends, err := t.Record.Backends()
	if backends.Supabase != nil {
		out.Backends = append(out.Backends, "supabase")
	}
	if backends.D1 != nil {
		out.Backends = append(out.Backends, "d1")
	}
	switch {
	case t.Inactive:
		out.Readiness = "inactive"
	case t.Frozen:
		out.Readiness = "frozen"
	case t.Broken != nil || err != nil:
		out.Readiness = "misconfigured"
	case open == nil:
		out.Readiness = "idle"
	case open.Healthy:
		out.Readiness = "ready"
	default:
		out.Readiness = "unhealthy"
	}
	return out
}

// controlPlane looks at what the gateway depends on; what cannot be reached is told,
// not fatal.
func (a API) controlPlane(ctx context.Context) wire.ControlPlane {
	i := &a.Inspection
	plane := wire.ControlPlane{
		KeyStore: "online", Register: "online", FailingJobs: []string{},
		LogRowsWaiting: i.Logs.Waiting(), LogRowsDropped: i.Logs.Dropped(),
	}
	if a.KeyStore(ctx) != nil {
		plane.KeyStore = "offline"
	}
	daemons, err := i.Daemons.List(ctx)
	for n := range daemons {
		if daemons[n].State == wire.DaemonRunning {
			plane.Nodes++
		}
	}
	jobs, jobsErr := i.Daemons.Jobs(ctx)
	for n := range jobs {
		if jobs[n].LastError != nil {
			plane.FailingJobs = append(plane.FailingJobs, jobs[n].JobName)
		}
	}
	if err != nil || jobsErr != nil {
		plane.Register = "offline"
	}
	return plane
}

const (
	// lookTimeout is the time to look into one client's database.
	lookTimeout = 3 * time.Second
	// looks is the time to look into all of them.
	looks = 15 * time.Second
)

func (a API) debugS3(ctx context.Context, _ *wire.Inspect) (wire.S3Report, error) {
	report := wire.S3Report{GeneratedAt: time.Now().UTC(), Clients: []wire.S3Client{}}
	ctx, cancel := context.WithTimeout(ctx, looks)
	defer cancel()
	targets := a.Inspection.Clients.Targets()
	slices.SortFunc(targets, func(x, y pool.Target) int { return strings.Compare(x.Name, y.Name) })
	for _, t := range targets {
		client := wire.S3Client{ClientName: t.Name}
		if client.Connected = a.Inspection.Clients.Connected(t.Name); client.Connected {
			a.lookForCatalogs(ctx, &client)
		}
		report.CatalogCount += client.CatalogCount
		report.Clients = append(report.Clients, client)
	}
	return report, nil
}

func (a API) lookForCatalogs(ctx context.Context, client *wire.S3Client) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	err := a.Inspection.Clients.Visit(ctx, client.ClientName, func(db inspectdb.Database) (err error) {
		client.CatalogTableFound, client.CatalogCount, err = db.S3Catalogs(ctx)
		return err
	})
	if err != nil {
		why := "the client's database could not be looked into"
		if p, ok := wire.AsProblem(err); ok {
			why = p.Detail
		}
		client.Problem = &why
	}
}
