package gatewaydb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"

	"github.com/jackc/pgx/v5"
	"github.com/maypok86/otter/v2"
)

// schema is what is known of the tenant's database, and the statements compiled
// with it. It is replaced whole, so that no statement outlives its catalog.
type schema struct {
	catalog *catalog.Catalog
	plans   *otter.Cache[string, *plan]
	loaded  time.Time
	// probed is what the server said of its changes before the reading began, empty
	// where it says nothing.
	probed string
}

const (
	// maxPlans bounds the compiled statements of one tenant.
	maxPlans = 5000
	// staleAfter is when a schema in use is read again behind the callers' backs, to
	// notice changes made from outside, of a server that does not count them.
	staleAfter = 30 * time.Second
	// probeAfter is when the server is asked whether there are any.
	probeAfter = 5 * time.Second
	// missPause is how long a name that is not in the schema does not make it be
	// read again.
	missPause = time.Second
	// refreshTimeout bounds one reading, also of tens of thousands of tables.
	refreshTimeout = time.Minute
)

// Catalog is the tenant's schema as last read.
func (s *Store) Catalog() *catalog.Catalog { return s.schema.Load().catalog }

// Current is the tenant's schema for use: it is read again in the background when
// it may have changed.
func (s *Store) Current() *catalog.Catalog { return s.current().catalog }

// Refresh reads the schema; callers at the same time share one reading, which goes
// on when one of them waits no longer.
func (s *Store) Refresh(ctx context.Context) error {
	reading := s.loads.DoChan("schema", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
		defer cancel()
		return nil, s.load(ctx)
	})
	select {
	case read := <-reading:
		return read.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) load(ctx context.Context) error {
	began := time.Now()
	probed, err := s.probe(ctx)
	if err != nil {
		return fmt.Errorf("probe schema: %w", err)
	}
	if err := s.follow(ctx); err != nil {
		return err
	}
	cat, err := catalog.Load(ctx, s.pool)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if old := s.schema.Load(); old != nil && old.catalog.Version == cat.Version {
		s.install(&schema{old.catalog, old.plans, began, probed}, nil)
		return nil
	}
	s.install(&schema{cat, otter.Must(&otter.Options[string, *plan]{MaximumSize: maxPlans}), began, probed}, rowjson.New(cat))
	return nil
}

// probe asks whether the schema may have changed: the answer is the same where it did
// not, and empty where the server cannot tell. A change can take some seconds to show.
func (s *Store) probe(ctx context.Context) (string, error) {
	var counted *string
	if err := s.pool.QueryRow(ctx, sql.Get("probe"), pgx.QueryExecModeExec).Scan(&counted); err != nil || counted == nil {
		return "", err
	}
	return *counted, nil
}

// check reads the schema again, unless the server says that it is the same.
func (s *Store) check(ctx context.Context) error {
	old := s.schema.Load()
	began := time.Now()
	probed, err := s.probe(ctx)
	if err != nil {
		return fmt.Errorf("probe schema: %w", err)
	}
	if probed != "" && probed == old.probed {
		s.install(&schema{old.catalog, old.plans, began, probed}, nil)
		return nil
	}
	return s.load(ctx)
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

// current gives the schema, and has it looked at in the background when it has been
// in use for long.
func (s *Store) current() *schema {
	now := s.schema.Load()
	if age := time.Since(now.loaded); age > staleAfter || age > probeAfter && now.probed != "" {
		s.again(s.check)
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

// reread has the schema read behind the callers' backs.
func (s *Store) reread() { s.again(s.load) }

// again looks at the schema behind the callers' backs. Should it fail, the schema
// stays as it is, and the next request tries again.
func (s *Store) again(look func(context.Context) error) {
	s.loads.DoChan("schema", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.Background(), refreshTimeout)
		defer cancel()
		if err := look(ctx); err != nil {
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
