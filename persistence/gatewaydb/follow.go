package gatewaydb

import (
	"context"
	"fmt"
	"sync"

	"athena/persistence/notify"
)

// schemaChannel is where a database tells of changes of its schema, if it was set up to.
const schemaChannel = "athena_schema_changed"

// follower listens for changes of the schema that others make. It ends with the store.
type follower struct {
	uri  string
	life context.Context
	end  context.CancelFunc

	mu        sync.Mutex
	begun     bool
	listening sync.WaitGroup
}

func newFollower(ctx context.Context, uri string) *follower {
	f := &follower{uri: uri}
	f.life, f.end = context.WithCancel(context.WithoutCancel(ctx))
	return f
}

// stop ends the listening, which nothing begins again.
func (f *follower) stop() {
	f.end()
	f.mu.Lock()
	f.begun = true
	f.mu.Unlock()
	f.listening.Wait()
}

// follow begins to listen, where that is wanted and the database tells.
func (s *Store) follow(ctx context.Context) error {
	if !s.options.Follow {
		return nil
	}
	var tells bool
	if err := s.pool.QueryRow(ctx, sql.Get("tells")).Scan(&tells); err != nil {
		return fmt.Errorf("look for event triggers: %w", err)
	}
	f := s.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	if !tells || f.begun {
		return nil
	}
	f.begun = true
	changed := make(chan struct{}, 1)
	f.listening.Go(func() {
		notify.Listen(f.life, func() (string, error) { return f.uri, nil }, s.options.Log, notify.Subscription{
			Channel: schemaChannel, Changed: func(string) {
				select {
				case changed <- struct{}{}:
				default: // it is going to be looked at anyway
				}
			},
		})
	})
	f.listening.Go(func() { s.heed(f.life, changed) })
	return nil
}

// heed reads the schema again whenever it has changed, once for all changes that come
// in meanwhile.
func (s *Store) heed(ctx context.Context, changed <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		if err := s.Changed(ctx); err != nil && ctx.Err() == nil {
			s.stale(err)
		}
	}
}
