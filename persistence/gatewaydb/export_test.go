package gatewaydb

import (
	"context"
	"time"
)

// Probe is what the server says of changes to its schema.
func (s *Store) Probe(ctx context.Context) (string, error) { return s.probe(ctx) }

// Check looks at the schema as a request does after a while.
func (s *Store) Check(ctx context.Context) error { return s.check(ctx) }

// Age makes the schema older than the pause after a miss.
func (s *Store) Age() {
	old := *s.schema.Load()
	old.loaded = time.Now().Add(-2 * missPause)
	s.schema.Store(&old)
}

// Plans counts the statements that are kept compiled.
func (s *Store) Plans() int {
	plans := s.schema.Load().plans
	plans.CleanUp()
	return plans.EstimatedSize()
}
