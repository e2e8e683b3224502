package gatewaydb

import (
	"context"
	"fmt"
	"sync"

	"athena/persistence/catalog"
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
	news      news
	arrived   chan struct{} // has one when there may be news
	listening sync.WaitGroup
}

// news is what is not taken up yet of what the database told: some objects, or that
// anything may have changed.
type news struct {
	any     bool
	heard   bool
	objects catalog.Objects
}

func newFollower(ctx context.Context, uri string) *follower {
	f := &follower{uri: uri, arrived: make(chan struct{}, 1)}
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
	tells, err := s.tells(ctx)
	if err != nil {
		return err
	}
	f := s.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	if !tells || f.begun {
		return nil
	}
	f.begun = true
	f.listening.Go(func() {
		notify.Listen(f.life, func() (string, error) { return f.uri, nil }, s.options.Log,
			notify.Subscription{Channel: schemaChannel, Changed: f.hear})
	})
	f.listening.Go(func() { s.heed(f.life) })
	return nil
}

// tells asks whether the database tells of changes of its schema.
func (s *Store) tells(ctx context.Context) (tells bool, err error) {
	if err := s.pool.QueryRow(ctx, sql.Get("tells")).Scan(&tells); err != nil {
		return false, fmt.Errorf("look for event triggers: %w", err)
	}
	return tells, nil
}

// hear adds to the news what the database told.
func (f *follower) hear(told string) {
	objects, ok := catalog.ParseObjects(told)
	f.mu.Lock()
	f.news.heard = true
	f.news.any = f.news.any || !ok
	f.news.objects.Add(objects)
	f.mu.Unlock()
	select {
	case f.arrived <- struct{}{}:
	default: // they are going to be looked at anyway
	}
}

func (f *follower) take() news {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.news
	f.news = news{}
	return taken
}

// heed takes up what has changed of the schema, at once what came in meanwhile.
func (s *Store) heed(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.follower.arrived:
		}
		n := s.follower.take()
		if !n.heard {
			continue
		}
		err := s.learn(ctx, n)
		if err != nil && !n.any && ctx.Err() == nil { // what changed would be forgotten
			s.stale(err)
			err = s.Changed(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.stale(err)
		}
	}
}

// learn takes up news: it reads what has changed, and everything where that is not known.
func (s *Store) learn(ctx context.Context, n news) error {
	if n.any {
		return s.Changed(ctx)
	}
	defer s.changed(nil, nil)
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return s.alone(ctx, func() error {
		old := s.schema.Load()
		cat, err := catalog.Update(ctx, s.pool, old.catalog, n.objects)
		if err != nil {
			return fmt.Errorf("read what has changed of the schema: %w", err)
		}
		s.install(cat, schema{loaded: old.loaded, probed: old.probed, whole: old.whole, told: true})
		return nil
	})
}
