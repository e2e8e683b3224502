package gatewaydb

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

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
	connected bool
	news      news
	last      time.Time                // when it was last told of a change
	marks     map[string]chan struct{} // closed when what was told before is taken up
	arrived   chan struct{}            // has one when there may be news
	listening sync.WaitGroup
}

// news is what is not taken up yet of what the database told: some objects, or that
// anything may have changed.
type news struct {
	any     bool
	changed bool
	objects catalog.Objects
	marks   []string
}

func newFollower(ctx context.Context, uri string) *follower {
	f := &follower{uri: uri, arrived: make(chan struct{}, 1), marks: map[string]chan struct{}{}}
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
			notify.Subscription{Channel: schemaChannel, Changed: f.hear, Lost: f.lost})
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

// hear adds to the news what the database told, or that a mark has come back.
func (f *follower) hear(told string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if strings.HasPrefix(told, markSign) {
		if f.marks[told] == nil {
			return // another process waits for it
		}
		f.news.marks = append(f.news.marks, told)
	} else {
		objects, ok := catalog.ParseObjects(told)
		f.connected, f.last, f.news.changed = true, time.Now(), true
		f.news.any = f.news.any || !ok
		f.news.objects.Add(objects)
	}
	select {
	case f.arrived <- struct{}{}:
	default: // they are going to be looked at anyway
	}
}

// lost notes that nothing is heard until the connection is back.
func (f *follower) lost() {
	f.mu.Lock()
	f.connected = false
	f.mu.Unlock()
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
		if err := s.learn(ctx, n); err != nil {
			if ctx.Err() == nil {
				s.stale(err)
			}
			continue
		}
		s.follower.reached(n.marks)
	}
}

// learn takes up news: it reads what has changed, and everything where that is not known
// or cannot be read alone.
func (s *Store) learn(ctx context.Context, n news) error {
	if !n.changed {
		return nil
	}
	if !n.any {
		err := s.update(ctx, n.objects)
		if err == nil || ctx.Err() != nil {
			return err
		}
		s.stale(err)
	}
	return s.renew(ctx)
}

// update reads objects that have changed.
func (s *Store) update(ctx context.Context, changed catalog.Objects) error {
	defer s.changed(nil, nil)
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	return s.alone(ctx, func() error {
		old := s.schema.Load()
		cat, err := catalog.Update(ctx, s.pool, old.catalog, changed)
		if err != nil {
			return fmt.Errorf("read what has changed of the schema: %w", err)
		}
		s.install(cat, *old)
		return nil
	})
}
