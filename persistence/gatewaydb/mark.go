package gatewaydb

import (
	"context"
	"crypto/rand"
	"time"
)

const (
	// markSign begins what is told to find out that all before it was heard.
	markSign = "="
	// markTimeout is how long it may take to come back.
	markTimeout = 2 * time.Second
	// ownChange is how long ago a change was made at most that another process tells of.
	ownChange = 10 * time.Second
)

// told waits until all that the database has told so far is taken up, and reports whether
// it told of a change since a moment of the past. Notifications come in the order of the
// commits, so that a change which was committed before, and of which it tells, is known.
func (s *Store) told(ctx context.Context, since time.Time) bool {
	f := s.follower
	mark := markSign + rand.Text()
	back := f.await(mark)
	if back == nil {
		return false
	}
	defer f.forget(mark)
	ctx, cancel := context.WithTimeout(ctx, markTimeout)
	defer cancel()
	if _, err := s.pool.Exec(ctx, sql.Get("mark"), schemaChannel, mark); err != nil {
		return false
	}
	select {
	case <-back:
	case <-ctx.Done():
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.last.Before(since)
}

// await gives what is closed when a mark comes back, nil where nobody listens.
func (f *follower) await(mark string) <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.connected {
		return nil
	}
	back := make(chan struct{})
	f.marks[mark] = back
	return back
}

func (f *follower) forget(mark string) {
	f.mu.Lock()
	delete(f.marks, mark)
	f.mu.Unlock()
}

// reached tells those who wait for marks.
func (f *follower) reached(marks []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, mark := range marks {
		if back := f.marks[mark]; back != nil {
			close(back)
			delete(f.marks, mark)
		}
	}
}
