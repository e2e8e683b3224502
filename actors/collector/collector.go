// Package collector looks at clients' databases in the background, or when an
// operator asks: how much vacuum has left to do, how hard the pools are pressed and
// what would make queries faster. What it sees goes to the control database. It
// holds no state of its own: jobs call it, and a look that was lost is made again.
package collector

import (
	"context"
	"errors"
	"time"

	"athena/actors/pool"
	"athena/persistence/inspectdb"
	"athena/persistence/statsdb"
	"athena/wire"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// Collector looks at the clients' databases.
type Collector struct {
	Clients *pool.Clients
	Store   statsdb.Store
	// Seen notes that the databases of these clients answer.
	Seen func(ctx context.Context, clients []string) error
	// Patience is how long a request waits for a statement that runs concurrently; zero
	// is ten seconds. The statement goes on after it.
	Patience time.Duration
	// Host and Instance are the machine and the process that look.
	Host     string
	Instance uuid.UUID
}

// atOnce is how many databases are looked at at the same time.
const atOnce = 4

// Vacuum looks how much vacuum has left to do in every client's database. One that
// cannot be looked at has that noted instead.
func (c *Collector) Vacuum(ctx context.Context) error {
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, target := range c.Clients.Targets() {
		if target.Inactive || target.Frozen {
			continue
		}
		all.Go(func() error { return c.vacuum(ctx, target.Name) })
	}
	return all.Wait()
}

func (c *Collector) vacuum(ctx context.Context, client string) error {
	var seen wire.VacuumSnapshot
	var tables []wire.VacuumTable
	err := c.Clients.Visit(ctx, client, func(db inspectdb.Database) (err error) {
		seen, tables, err = db.Vacuum(ctx)
		return err
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		words := failure(err)
		seen.CollectionError = &words
	}
	seen.ClientName, seen.Host, seen.InstanceID = client, &c.Host, &c.Instance
	return c.Store.SaveVacuum(ctx, &seen, tables)
}

// failure tells an operator why a database could not be looked at.
func failure(err error) string {
	if problem, ok := wire.AsProblem(err); ok {
		if cause := errors.Unwrap(problem); cause != nil {
			return problem.Detail + ": " + cause.Error()
		}
		return problem.Detail
	}
	return err.Error()
}
