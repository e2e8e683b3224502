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
// with it. It is replaced whole, so that no statement outlives its catalog; the catalog
// may be one that differs from another in a few objects.
type schema struct {
	catalog *catalog.Catalog
	plans   *otter.Cache[string, *plan]
	loaded  time.Time
	// probed is what the server said of its changes before the reading began, empty
	// where it says nothing.
	probed string
	// whole is when all of it was last read, told that objects have been since, of
	// which the database told.
	whole time.Time
	told  bool
}

const (
	// maxPlans bounds the compiled statements of one tenant.
	maxPlans = 5000
	// staleAfter is when a schema in use is read again behind the callers' backs, to
	// notice changes made from outside, of a server that does not count them.
	staleAfter = 30 * time.Second
	// probeAfter is when the server is asked whether there are any.
	probeAfter = 5 * time.Second
	// verifyAfter is when a schema is read whole again of which only objects have been
	// read: not all that changes a schema is told.
	verifyAfter = 10 * time.Minute
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

// load reads the schema whole.
func (s *Store) load(ctx context.Context) error {
	return s.alone(ctx, func() error {
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
		s.install(cat, schema{loaded: began, probed: probed, whole: began})
		return nil
	})
}

// alone reads while nobody else reads the schema, so that none takes the place of one
// that knows more.
func (s *Store) alone(ctx context.Context, read func() error) error {
	select {
	case s.reading <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.reading }()
	return read()
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
	began := time.Now()
	probed, err := s.probe(ctx)
	if err != nil {
		return fmt.Errorf("probe schema: %w", err)
	}
	old := s.schema.Load()
	same := probed != "" && probed == old.probed
	if !same && old.told && began.Sub(old.whole) < verifyAfter { // what differs is what was told
		if same, err = s.tells(ctx); err != nil {
			return err
		}
	}
	if !same {
		return s.load(ctx)
	}
	return s.alone(ctx, func() error {
		same := *s.schema.Load()
		if same.loaded.Before(began) {
			same.loaded = began
			s.schema.Store(&same)
		}
		return nil
	})
}

// install puts a catalog in the place of another; its statements stay where it is equal.
func (s *Store) install(cat *catalog.Catalog, fresh schema) {
	old := s.schema.Load()
	if old != nil && old.catalog.Version == cat.Version {
		fresh.catalog, fresh.plans = old.catalog, old.plans
		s.schema.Store(&fresh)
		return
	}
	fresh.catalog, fresh.plans = cat, otter.Must(&otter.Options[string, *plan]{MaximumSize: maxPlans})
	s.types.Store(rowjson.New(cat))
	s.schema.Store(&fresh)
	if old != nil {
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

// Changed takes up a change of the schema that was made after a moment: what the
// database tells of it is read, and everything where it does not tell.
func (s *Store) Changed(ctx context.Context, since time.Time) error {
	if s.told(ctx, since) {
		return nil
	}
	return s.renew(ctx)
}

// renew reads a schema that has just changed; what began to be read before does not
// count.
func (s *Store) renew(ctx context.Context) error {
	s.loads.Forget("schema")
	defer s.changed(nil, nil)
	return s.Refresh(ctx)
}

// Reread has a schema that has just changed read in the background; the old one
// serves meanwhile.
func (s *Store) Reread() {
	since := time.Now().Add(-ownChange)
	s.loads.Forget("schema")
	s.again(func(ctx context.Context) error {
		if s.told(ctx, since) {
			return nil
		}
		return s.load(ctx)
	})
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
