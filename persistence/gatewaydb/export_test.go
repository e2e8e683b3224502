package gatewaydb

import (
	"context"
	"time"

	"athena/persistence/catalog"
)

// Probe is what the server says of changes to its schema.
func (s *Store) Probe(ctx context.Context) (string, error) { return s.probe(ctx) }

// Check looks at the schema as a request does after a while.
func (s *Store) Check(ctx context.Context) error {
	old := *s.schema.Load()
	old.pause = 0
	s.schema.Store(&old)
	return s.check(ctx)
}

// Learn takes up objects as a store does that was told of them.
func (s *Store) Learn(ctx context.Context, changed catalog.Objects) error {
	return s.learn(ctx, news{changed: true, objects: changed})
}

// Age makes the schema older than the pause after a miss.
func (s *Store) Age() {
	old := *s.schema.Load()
	old.compared = time.Now().Add(-2 * maxPause)
	s.schema.Store(&old)
}

// Cost has the last look at the schema, which began so long ago, have taken a time.
func (s *Store) Cost(took, ago time.Duration) {
	old := *s.schema.Load()
	old.compared, old.pause = time.Now().Add(-ago), min(idleShare*took, maxPause)
	s.schema.Store(&old)
}

// Plans counts the statements that are kept compiled.
func (s *Store) Plans() int {
	plans := s.schema.Load().plans
	plans.CleanUp()
	return plans.EstimatedSize()
}

// Wholes tells when the schema was last read whole.
func (s *Store) Wholes() time.Time { return s.schema.Load().whole }
