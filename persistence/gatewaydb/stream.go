package gatewaydb

import (
	"context"
	"fmt"

	"athena/persistence/lane"
)

// Stream runs a read on a connection of its own, where nothing can be written, and
// hands its rows on in chunks as they come, each valid during the call alone. It
// holds one chunk at a time, however large the answer. What chunk refuses ends it. Before
// its first chunk it begins anew where the database undoes it.
func (s *Store) Stream(ctx context.Context, st *Statement, chunk func([]byte) error) error {
	for attempt := 1; ; attempt++ {
		begun := false
		err := s.stream(ctx, st, func(rows []byte) error {
			begun = true
			return chunk(rows)
		})
		if begun || attempt == attempts || !undone(err) {
			return st.explain(err)
		}
	}
}

func (s *Store) stream(ctx context.Context, st *Statement, chunk func([]byte) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return acquireProblem(ctx, err)
	}
	defer conn.Release() // a transaction that is still open costs the connection
	pg := conn.Conn().PgConn()
	if err := st.mode.begin(ctx, pg, beginReadOnly, false); err != nil {
		return err
	}
	// The caller's pace is part of the statement's time.
	limit := fmt.Sprintf("SET LOCAL statement_timeout = %d", s.options.StreamTimeout.Milliseconds())
	if err := command(ctx, pg, limit); err != nil {
		return err
	}
	if _, err := lane.Stream(ctx, pg, s.types.Load(), st.query(0), chunk); err != nil {
		return err
	}
	return command(ctx, pg, "COMMIT")
}
