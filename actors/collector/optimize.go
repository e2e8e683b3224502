package collector

import (
	"context"
	"time"

	"athena/persistence/inspectdb"
	"athena/wire"
)

// Optimize looks for what would make a client's queries faster, and stores what it
// finds in place of what was found before and is not there any more.
func (c *Collector) Optimize(ctx context.Context, client string) (wire.OptimizationRun, error) {
	run, err := c.Store.BeginOptimization(ctx, client)
	if err != nil {
		return run, err
	}
	var found []wire.Recommendation
	err = c.Clients.Visit(ctx, client, func(db inspectdb.Database) (err error) {
		found, err = db.Recommend(ctx)
		return err
	})
	if err == nil {
		return c.Store.EndOptimization(ctx, run.ID, client, found)
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	if noted := c.Store.FailOptimization(bound, run.ID, failure(err)); noted != nil {
		c.Clients.Log().Warn("failed optimization run not noted", "client", client, "error", noted)
	}
	return run, err
}

// noteTimeout bounds how long the outcome of what an operator asked for is being
// noted, after the operator has left too.
const noteTimeout = 5 * time.Second

// Apply runs the statement of a recommendation, as it is stored, and notes who had
// it done and what came of it.
func (c *Collector) Apply(ctx context.Context, client string, id int64, actor string) (wire.OptimizationResult, error) {
	action, recommended, err := c.Store.BeginAction(ctx, client, id, actor)
	if err != nil {
		return wire.OptimizationResult{}, err
	}
	err = c.Clients.Visit(ctx, client, func(db inspectdb.Database) error {
		return db.Apply(ctx, &recommended)
	})
	words := ""
	if err != nil {
		words = failure(err)
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	result, noted := c.Store.EndAction(bound, action.ActionID, words)
	if err == nil {
		err = noted
	} else if noted != nil {
		c.Clients.Log().Warn("failed action not noted", "client", client, "action", action.ActionID, "error", noted)
	}
	return result, err
}
