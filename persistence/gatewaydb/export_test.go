package gatewaydb

// Plans counts the statements that are kept compiled.
func (s *Store) Plans() int {
	plans := s.schema.Load().plans
	plans.CleanUp()
	return plans.EstimatedSize()
}
