// Package system serves what tells of the server itself: the root listing,
// health, metrics and the OpenAPI document.
package system

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"athena/http/route"
	"athena/wire"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/valyala/fasthttp"
)

// API is the system domain.
type API struct {
	Version string
	// DocsURL is where GET /docs leads.
	DocsURL string
	// ErrorsURL is the base address of the pages that explain errors, empty for
	// those that this server serves.
	ErrorsURL string
	// Document is the OpenAPI document as it is served.
	Document []byte
	// Tables are all tables of the server, for the listing; they are known only
	// once this one is made.
	Tables func() []route.Table
	// Metrics is what GET /metrics writes.
	Metrics prometheus.Gatherer
	// DockerSocket is the path of the host's container engine.
	DockerSocket string
	// KeyStore reports whether API keys can be looked up.
	KeyStore func(context.Context) error
	// Scylla is true where a CQL cluster is configured.
	Scylla bool
	// Registry is the register of operations.
	Registry *Registry
	// Cluster is the servers beside this one.
	Cluster *Cluster
	// Inspection is what the diagnostics look at.
	Inspection Inspection
}

// Routes are the system's operations.
func (a API) Routes() route.Table {
	return slices.Concat(a.serverRoutes(), a.clusterRoutes(), a.registryRoutes(), a.debugRoutes(), a.errorRoutes())
}

func (a API) serverRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/", Tag: "Health", Do: route.JSON(a.root), Summary: "List every route of this server"},
		{Method: "GET", Path: "/ping", Tag: "Health", Do: route.Raw("text/plain", a.ping), Summary: "Answer pong while the process is alive"},
		{Method: "GET", Path: "/health", Tag: "Health", Do: route.JSON(a.health), Summary: "Report the state of the server and of what it needs"},
		{Method: "GET", Path: "/metrics", Tag: "Health", Do: route.Raw("text/plain; version=0.0.4", a.metrics), Summary: "Metrics in Prometheus' text format"},
		{Method: "GET", Path: "/openapi.yaml", Tag: "Health", Do: route.Raw("application/yaml", a.document), Summary: "The OpenAPI document of this server"},
		{Method: "GET", Path: "/docs", Tag: "Health", Do: route.Raw("", a.docs), Status: 308, Summary: "Lead to the documentation"},
	}
}

const greeting = "athena is online"

func (a API) root(context.Context, *wire.Empty) (wire.Root, error) {
	return wire.Root{
		Message: greeting, Version: a.Version, CargoTomlVersion: a.Version,
		AthenaAPI: "online", AthenaDeadpool: "online", AthenaScyllaDB: a.scyllaState(),
		Routes: a.entries(),
	}, nil
}

// scyllaState tells whether the driver for CQL has a cluster.
func (a API) scyllaState() string {
	if a.Scylla {
		return "online"
	}
	return "offline"
}

// entries lists the paths in order, each once.
func (a API) entries() []wire.RouteEntry {
	byPath := map[string]*wire.RouteEntry{}
	for _, table := range a.Tables() {
		for _, r := range table {
			entry, ok := byPath[r.Path]
			if !ok {
				entry = &wire.RouteEntry{Path: r.Path, Summary: r.Summary}
				byPath[r.Path] = entry
			}
			entry.Methods = append(entry.Methods, r.Method)
		}
	}
	list := make([]wire.RouteEntry, 0, len(byPath))
	for _, entry := range byPath {
		list = append(list, *entry)
	}
	slices.SortFunc(list, func(x, y wire.RouteEntry) int { return bytes.Compare([]byte(x.Path), []byte(y.Path)) })
	return list
}

func (a API) ping(_ context.Context, rc *fasthttp.RequestCtx) error {
	rc.SetContentType("text/plain")
	rc.SetBodyString("pong")
	return nil
}

func (a API) health(ctx context.Context, _ *wire.Empty) (wire.Health, error) {
	h := wire.Health{
		Status: "ok", Message: greeting, Version: a.Version, CargoTomlVersion: a.Version,
		AthenaAPI: "online", AthenaDeadpool: "online", AthenaScyllaDB: a.scyllaState(), GatewayAuthStore: "online",
		Provisioning: wire.Provisioning{LocalDocker: probeDocker(ctx, a.DockerSocket)},
	}
	if err := a.KeyStore(ctx); err != nil {
		h.Status, h.GatewayAuthStore = "degraded", "offline"
	}
	return h, nil
}

func (a API) metrics(_ context.Context, rc *fasthttp.RequestCtx) error {
	families, err := a.Metrics.Gather()
	if err != nil {
		return fmt.Errorf("gather metrics: %w", err)
	}
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	rc.SetContentType(string(format))
	encoder := expfmt.NewEncoder(rc.Response.BodyWriter(), format)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
	}
	return nil
}

func (a API) document(_ context.Context, rc *fasthttp.RequestCtx) error {
	rc.SetContentType("application/yaml")
	rc.SetBody(a.Document)
	return nil
}

func (a API) docs(_ context.Context, rc *fasthttp.RequestCtx) error {
	rc.Response.Header.Set("Location", a.DocsURL)
	rc.SetStatusCode(fasthttp.StatusPermanentRedirect)
	return nil
}
