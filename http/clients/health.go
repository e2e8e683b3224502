package clients

import (
	"context"
	"strings"
	"time"

	"athena/http/route"
	"athena/persistence/inspectdb"
	"athena/wire"

	"github.com/maypok86/otter/v2"
)

func (a API) healthRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/vacuum-health", Access: route.Admin, Tag: tag, Do: route.JSON(a.listVacuumHealth),
			Summary: "List how much vacuum had left to do in each client's database when it was last looked at",
			Notes:   "The databases are looked at in the background; one that could not be reached says so."},
		{Method: "GET", Path: "/admin/vacuum-health/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.vacuumHealth), Fails: []int{404},
			Summary: "Read how much vacuum had left to do in a client's database, table by table"},
		{Method: "GET", Path: "/admin/clients/{client_name}/table-row-estimates", Access: route.Admin, Tag: tag, Do: route.JSON(a.rowEstimates), Fails: []int{404},
			Summary: "Tell about how many rows a client's tables have, and what of it may become a burden",
			Notes:   "The numbers are PostgreSQL's own and as old as its last look at each table."},
	}
}

func (a API) listVacuumHealth(ctx context.Context, _ *wire.ListVacuumHealth) (wire.VacuumHealthPageReply, error) {
	list, err := a.Statistics.VacuumHealth(ctx)
	page := wire.VacuumHealthPage{Snapshots: list}
	return wire.VacuumHealthPageReply{Success: wire.OK("Vacuum health", page), VacuumHealthPage: page}, err
}

func (a API) vacuumHealth(ctx context.Context, in *wire.ClientByName) (wire.VacuumHealthDetailReply, error) {
	detail, err := a.Statistics.ClientVacuum(ctx, in.ClientName)
	return wire.VacuumHealthDetailReply{Success: wire.OK("Vacuum health", detail), VacuumHealthDetail: detail}, err
}

func (a API) rowEstimates(ctx context.Context, in *wire.ListRowEstimates) (wire.RowEstimatesReply, error) {
	if !a.known(in.ClientName) {
		return wire.RowEstimatesReply{}, wire.Fail(wire.NotFound, "the Athena client %s was not found", in.ClientName).At("client_name")
	}
	estimates, err := a.Estimates.get(ctx, in, func(ctx context.Context) (wire.RowEstimates, error) {
		db, err := a.Clients.DB(ctx, in.ClientName)
		if err != nil {
			return wire.RowEstimates{}, err
		}
		return inspectdb.Database{DB: db}.RowEstimates(ctx, in.Schema, in.IncludeSystemSchemas, *in.Limit)
	})
	page := wire.RowEstimatesPage{
		ClientName: in.ClientName, Schema: in.Schema, Limit: *in.Limit, IncludeSystemSchemas: in.IncludeSystemSchemas, Snapshot: estimates,
	}
	return wire.RowEstimatesReply{Success: wire.OK("Row estimates", page), RowEstimatesPage: page}, err
}

// estimatesFor is how long estimates are given out again.
const estimatesFor = 30 * time.Second

// Estimates keeps row estimates for a moment. Who asks for the same at the same
// time shares one look.
type Estimates struct {
	kept *otter.Cache[estimateKey, wire.RowEstimates]
}

type estimateKey struct {
	client, schema string
	all, system    bool
	limit          int
}

// NewEstimates keeps nothing yet.
func NewEstimates() *Estimates {
	return &Estimates{otter.Must(&otter.Options[estimateKey, wire.RowEstimates]{
		MaximumSize: 1000, ExpiryCalculator: otter.ExpiryCreating[estimateKey, wire.RowEstimates](estimatesFor),
	})}
}

func (e *Estimates) get(ctx context.Context, in *wire.ListRowEstimates, look func(context.Context) (wire.RowEstimates, error)) (wire.RowEstimates, error) {
	key := estimateKey{client: in.ClientName, all: in.Schema == nil, system: in.IncludeSystemSchemas, limit: *in.Limit}
	if in.Schema != nil {
		key.schema = *in.Schema
	}
	if strings.Contains(strings.ToLower(in.CacheControl), "no-cache") {
		e.kept.Invalidate(key)
	}
	return e.kept.Get(ctx, key, otter.LoaderFunc[estimateKey, wire.RowEstimates](
		func(ctx context.Context, _ estimateKey) (wire.RowEstimates, error) { return look(ctx) }))
}
