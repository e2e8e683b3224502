package system

import (
	"context"
	"strings"
	"time"

	"athena/http/route"
	"athena/persistence/controldb"
	"athena/wire"
)

// Registry is the register of operations in the control database.
type Registry struct {
	store controldb.Store
	rows  *remembered[[]wire.RegistryEntry]
}

// registryKept is how long rows of the registry are believed.
const registryKept = 5 * time.Second

// NewRegistry reads the register from a store, and remembers it for a moment.
func NewRegistry(store controldb.Store) *Registry {
	return &Registry{store: store, rows: newRemembered[[]wire.RegistryEntry](registryKept)}
}

func (a API) registryRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/registry", Tag: tagRegistry, Do: route.JSON(a.listRegistry), Fails: []int{503},
			Summary: "List the operations as the control database has them", Notes: registryNote},
		{Method: "GET", Path: "/registry/{api_registry_id}", Tag: tagRegistry, Do: route.JSON(a.findEntry), Fails: []int{404, 503},
			Summary: "Read one row of the registry, as a list of one", Notes: registryNote},
		{Method: "GET", Path: "/router/registry", Tag: tagRegistry, Do: route.JSON(a.router),
			Summary: "List the operations as this process serves them"},
	}
}

const (
	tagRegistry  = "Registry"
	registryNote = "The rows are written when a server starts, and remembered for five seconds; `Cache-Control: no-cache` has them read anew."
)

func (r *Registry) list(ctx context.Context, h *wire.RegistryHeaders) ([]wire.RegistryEntry, error) {
	return r.rows.get(ctx, strings.Contains(strings.ToLower(h.CacheControl), "no-cache"), r.store.Registry)
}

func (a API) listRegistry(ctx context.Context, in *wire.ListRegistry) ([]wire.RegistryEntry, error) {
	return a.Registry.list(ctx, &in.RegistryHeaders)
}

func (a API) findEntry(ctx context.Context, in *wire.FindRegistryEntry) ([]wire.RegistryEntry, error) {
	list, err := a.Registry.list(ctx, &in.RegistryHeaders)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].ID == in.ID {
			return list[i : i+1], nil
		}
	}
	return nil, wire.Fail(wire.NotFound, "there is no such row in the registry").At("api_registry_id").WithHint("GET /registry lists all")
}

func (a API) router(context.Context, *wire.Empty) ([]wire.RouterEntry, error) {
	list := []wire.RouterEntry{}
	for _, table := range a.Tables() {
		for i := range table {
			r := &table[i]
			list = append(list, wire.RouterEntry{
				Method: r.Method, Path: r.Path, Summary: r.Summary, Tag: r.Tag, Access: r.Access.String(),
				RequiredRight: required(r), SuccessStatus: r.Success(), FailureStatuses: r.Failures(),
			})
		}
	}
	return list, nil
}

// required is the right that a route names, nil for none.
func required(r *route.Route) *string {
	if r.Right == "" {
		return nil
	}
	return &r.Right
}

// Entries are the rows of the registry for tables of this version.
func Entries(version string, tables []route.Table) []wire.RegistryEntry {
	var list []wire.RegistryEntry
	for _, table := range tables {
		for i := range table {
			r := &table[i]
			list = append(list, wire.RegistryEntry{
				ID: wire.RegistryID(r.Method, r.Path), Method: r.Method, Path: r.Path, Summary: r.Summary, Tag: r.Tag,
				Access: r.Access.String(), RequiredRight: required(r), Version: version,
			})
		}
	}
	return list
}
