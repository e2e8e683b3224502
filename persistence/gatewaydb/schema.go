package gatewaydb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"

	"github.com/maypok86/otter/v2"
)

// schema is what is known of the tenant's database, and the statements compiled
// with it. It is replaced whole, so that no statement outlives its catalog.
type schema struct {
	catalog *catalog.Catalog
	plans   *otter.Cache[string, *plan]
	loaded  time.Time
}

const (
	// maxPlans bounds the compiled statements of one tenant.
	maxPlans = 5000
	// staleAfter is when a schema in use is read again behind the callers' backs,
	// to notice changes made from outside.
	staleAfter = 30 * time.Second
	// missPause is how long a name that is not in the schema does not make it be
	// read again.
	missPause = time.Second
	// refreshTimeout bounds one reading.
	refreshTimeout = 30 * time.Second
)

// Catalog is the tenant's schema as last read.
func (s *Store) Catalog() *catalog.Catalog { return s.schema.Load().catalog }

// Current is the tenant's schema for use: it is read again in the background when
// it may have changed.
func (s *Store) Current() *catalog.Catalog { return s.current().catalog }

// Refresh reads the schema; callers at the same time share one reading.
func (s *Store) Refresh(ctx context.Context) error {
	_, err, _ := s.loads.Do("schema", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
		defer cancel()
		return nil, s.load(ctx)
	})
	return err
}

func (s *Store) load(ctx context.Context) error {
	began := time.Now()
	cat, err := catalog.Load(ctx, s.pool)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if old := s.schema.Load(); old != nil && old.catalog.Version == cat.Version {
		s.install(&schema{old.catalog, old.plans, began}, nil)
		return nil
	}
	types, err := rowjson.Load(ctx, s.pool)
	if err != nil {
		return fmt.Errorf("read types: %w", err)
	}
	s.install(&schema{cat, otter.Must(&otter.Options[string, *plan]{MaximumSize: maxPlans}), began}, types)
	return nil
}

// install puts a schema in the place of one whose reading began before.
func (s *Store) install(fresh *schema, types *rowjson.Types) {
	s.installing.Lock()
	defer s.installing.Unlock()
	if old := s.schema.Load(); old != nil && old.loaded.After(fresh.loaded) {
		return
	}
	if types != nil {
		s.types.Store(types)
	}
	changed := s.schema.Swap(fresh) != nil && types != nil
	if changed {
		s.Forget()
	}
}

// current gives the schema, and has it read again in the background when it has
// been in use for long.
func (s *Store) current() *schema {
	now := s.schema.Load()
	if time.Since(now.loaded) > staleAfter {
		s.reread()
	}
	return now
}

// Changed reads a schema that has just changed; what began to be read before does
// not count.
func (s *Store) Changed(ctx context.Context) error {
	s.loads.Forget("schema")
	defer s.changed(nil, nil)
	return s.Refresh(ctx)
}

// Reread has a schema that has just changed read in the background; the old one
// serves meanwhile.
func (s *Store) Reread() {
	s.loads.Forget("schema")
	s.reread()
}

// reread has the schema read behind the callers' backs. Should it fail, the schema
// stays as it is, and the next request tries again.
func (s *Store) reread() {
	s.loads.DoChan("schema", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.Background(), refreshTimeout)
		defer cancel()
		if err := s.load(ctx); err != nil {
			s.stale(err)
			return nil, err
		}
		return nil, nil
	})
}

// stale tells the log that a schema could not be read again. Requests go on with
// the one from before, so nobody else hears of it.
func (s *Store) stale(err error) {
	s.options.Log.Warn("schema not read again", "error", err)
}
