package collector

import (
	"cmp"
	"context"
	"errors"
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

const (
	// applyPatience is how long a request waits for a statement that runs concurrently.
	applyPatience = 10 * time.Second
	// applyTimeout bounds such a statement. It ends before an action that is still
	// under way counts as lost.
	applyTimeout = 55 * time.Minute
	// clearTimeout bounds the removal of what a statement left behind half-way.
	clearTimeout = time.Minute
)

// Apply runs the statement of a recommendation, as it is stored, and notes who had
// it done and what came of it. What runs concurrently has a deadline of its own: when
// it takes longer than a request waits, the action is told as started, and goes on.
func (c *Collector) Apply(ctx context.Context, client string, id int64, actor string) (wire.OptimizationResult, error) {
	action, recommended, err := c.Store.BeginAction(ctx, client, id, actor)
	if err != nil {
		return wire.OptimizationResult{}, err
	}
	if *recommended.Mode != wire.Concurrently {
		err = c.Clients.Visit(ctx, client, func(db inspectdb.Database) error { return db.Apply(ctx, &recommended) })
		return c.ended(ctx, client, action.ActionID, err)
	}
	type outcome struct {
		result wire.OptimizationResult
		err    error
	}
	done := make(chan outcome, 1)
	c.Clients.Beside(func(life context.Context) {
		bound, cancel := context.WithTimeout(life, applyTimeout)
		defer cancel()
		result, err := c.ended(bound, client, action.ActionID, c.concurrently(bound, client, &recommended))
		done <- outcome{result, err}
	})
	waiting := time.NewTimer(cmp.Or(c.Patience, applyPatience))
	defer waiting.Stop()
	select {
	case o := <-done:
		return o.result, o.err
	case <-waiting.C:
	case <-ctx.Done():
	}
	return action, nil
}

// concurrently runs a statement outside of a transaction, and clears away the index
// that it leaves unusable where it fails or is ended.
func (c *Collector) concurrently(ctx context.Context, client string, r *wire.Recommendation) error {
	err := c.Clients.Visit(ctx, client, func(db inspectdb.Database) error { return db.Apply(ctx, r) })
	if err == nil || inspectdb.Taken(err) {
		return err // of these, the second has met somebody else's index
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTimeout)
	defer cancel()
	return errors.Join(err, c.Clients.Visit(bound, client, func(db inspectdb.Database) error { return db.DropInvalid(bound, r) }))
}

// ended notes what came of an action.
func (c *Collector) ended(ctx context.Context, client string, action int64, err error) (wire.OptimizationResult, error) {
	words := ""
	if err != nil {
		words = failure(err)
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	result, noted := c.Store.EndAction(bound, action, words)
	if err == nil {
		err = noted
	} else if noted != nil {
		c.Clients.Log().Warn("failed action not noted", "client", client, "action", action, "error", noted)
	}
	return result, err
}
