package gatewaydb

import (
	"context"

	"athena/persistence"
	"athena/persistence/sqltext"
	"athena/wire"
)

// Nest finds the relations that an insert's rows name, nil for none; see sqltext.
func (s *Store) Nest(ctx context.Context, in *sqltext.Insert, mode Mode, allow sqltext.AllowFunc) (*sqltext.Nest, error) {
	c := sqltext.Compiler{Allow: allow}
	return twice(ctx, s, func() (*sqltext.Nest, error) { return c.Nest(s.Catalog(), mode.Path, in) })
}

// Planting is an insert whose rows are added with their related rows.
type Planting struct {
	Insert *sqltext.Insert
	Nest   *sqltext.Nest
	Mode   Mode
	Allow  sqltext.AllowFunc
}

// Check refuses what could not be answered.
func (p *Planting) Check() error {
	if len(p.Insert.Returning) > 0 && len(p.Nest.Key) == 0 {
		return wire.Fail(wire.InvalidRequest, "%s has no primary key to find the new rows by", p.Nest.Into.Table).At("select").
			WithHint("ask for no rows: Prefer: return=minimal")
	}
	return nil
}

// InsertNest adds rows with their related rows in one transaction, which the verdict
// ends. The answer has the rows of the insert alone, in their order, as Returning shows
// them after all is added. A problem names the row by its path.
func (s *Store) InsertNest(ctx context.Context, p *Planting, verdict Verdict) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	if result, settled, err := before(ctx); settled {
		s.changed(err, nil)
		return result, err
	}
	result, err := retried(func() (Result, error) { return s.insertNestOnce(ctx, p, verdict) })
	s.changed(err, nil)
	return result, persistence.Explain(err)
}

func (s *Store) insertNestOnce(ctx context.Context, p *Planting, verdict Verdict) (Result, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Result{}, acquireProblem(ctx, err)
	}
	defer conn.Release() // a transaction that is still open costs the connection
	pg := conn.Conn().PgConn()
	if err := p.Mode.begin(ctx, pg, beginReadWrite, p.Mode.searchPath() != ""); err != nil {
		return Result{}, err
	}
	result, err := s.plant(ctx, pg, p, s.options.MaxAnswer)
	keep := false
	if err == nil {
		keep, err = verdict(result)
	}
	return s.conclude(ctx, pg, result, keep, err)
}
