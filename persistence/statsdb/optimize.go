package statsdb

import (
	"context"
	"fmt"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5"
)

// BeginOptimization notes that a search has begun.
func (s Store) BeginOptimization(ctx context.Context, client string) (wire.OptimizationRun, error) {
	return persistence.One[wire.OptimizationRun](ctx, s.DB, "run", sql.Get("begin_optimization"), client)
}

// EndOptimization stores what a search found; what is open and was not found again
// is dismissed.
func (s Store) EndOptimization(ctx context.Context, id int64, client string, found []wire.Recommendation) (run wire.OptimizationRun, err error) {
	text, err := json.Marshal(found)
	if err != nil {
		return run, fmt.Errorf("encode recommendations for %s: %w", client, err)
	}
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if _, err := persistence.Exec(ctx, tx, sql.Get("save_recommendations"), client, id, string(text)); err != nil {
			return err
		}
		if _, err := persistence.Exec(ctx, tx, sql.Get("dismiss_recommendations"), client, id); err != nil {
			return err
		}
		run, err = persistence.One[wire.OptimizationRun](ctx, tx, "run", sql.Get("end_optimization"), id, len(found), nil)
		return err
	})
	return run, persistence.Explain(err)
}

// FailOptimization notes why a search failed.
func (s Store) FailOptimization(ctx context.Context, id int64, failure string) error {
	_, err := persistence.Exec(ctx, s.DB, sql.Get("end_optimization"), id, 0, failure)
	return err
}

// Recommendations gives what was found for a client.
func (s Store) Recommendations(ctx context.Context, client, status string, limit, offset int) ([]wire.Recommendation, error) {
	return persistence.All[wire.Recommendation](ctx, s.DB, sql.Get("list_recommendations"), client, status, limit, offset)
}

// OptimizationRuns gives the searches of a client, the latest first.
func (s Store) OptimizationRuns(ctx context.Context, client string, limit, offset int) ([]wire.OptimizationRun, error) {
	return persistence.All[wire.OptimizationRun](ctx, s.DB, sql.Get("list_optimization_runs"), client, limit, offset)
}

// BeginAction notes that somebody has the statement of a recommendation run. One
// that is under way, done, or nothing to run is refused.
func (s Store) BeginAction(ctx context.Context, client string, id int64, actor string) (action wire.OptimizationResult, r wire.Recommendation, err error) {
	thing := fmt.Sprintf("the recommendation %d of the client %s", id, client)
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		r, err = persistence.One[wire.Recommendation](ctx, tx, thing, sql.Get("lock_recommendation"), client, id)
		if err != nil {
			return err
		}
		if r.Status != "open" {
			return wire.Fail(wire.State, "%s is %s", thing, r.Status).At("recommendation_id")
		}
		if r.Statement == nil {
			return wire.Fail(wire.State, "%s has no statement to run", thing).At("recommendation_id").WithHint("%s", r.Reason)
		}
		if _, err := persistence.Exec(ctx, tx, sql.Get("forget_lost_actions"), id); err != nil {
			return err
		}
		action, err = persistence.One[wire.OptimizationResult](ctx, tx, "action", sql.Get("begin_action"), id, client, actor, *r.Statement, *r.Mode)
		if persistence.SQLState(err) == "23505" {
			return wire.Fail(wire.State, "%s is being applied", thing).At("recommendation_id")
		}
		return err
	})
	return action, r, persistence.Explain(err)
}

// EndAction notes what came of an action; empty words say well.
func (s Store) EndAction(ctx context.Context, id int64, failure string) (wire.OptimizationResult, error) {
	var words *string
	if failure != "" {
		words = &failure
	}
	return persistence.One[wire.OptimizationResult](ctx, s.DB, "action", sql.Get("end_action"), id, words)
}
