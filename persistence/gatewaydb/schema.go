package gatewaydb

import (
	"context"
	"fmt"
	"maps"
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
	// whole is when all of it was last read.
	whole time.Time
	// marks are of the objects as they were read or before; compared tells when they
	// were read, and pause how long a look at the schema lets the next one wait.
	marks    catalog.Marks
	compared time.Time
	pause    time.Duration
}

const (
	// maxPlans bounds the compiled statements of one tenant.
	maxPlans = 5000
	// staleAfter is when a schema in use is read again behind the callers' backs, to
	// notice changes made from outside, of a server that does not count them.
	staleAfter = 30 * time.Second
	// probeAfter is when the server is asked whether there are any.
	probeAfter = 5 * time.Second
	// idleShare is how many times as long as a look at a schema took nobody looks again,
	// which takes a hundredth of a core then; maxPause is long enough whatever it took.
	idleShare = 100
	maxPause  = 10 * time.Minute
	// missPause is how long at least, and missShare how many times as long as a look took,
	// a name that is not in the schema does not make it be looked at again.
	missPause = time.Second
	missShare = 10
	// refreshTimeout bounds one reading, also of tens of thousands of tables.
	refreshTimeout = time.Minute
)

// rested reports whether the schema may be looked at again for a name that it does not have.
func (s *schema) rested() bool {
	return time.Since(s.compared) >= max(missPause, s.pause*missShare/idleShare)
}

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

// load reads what has changed of the schema, and all of it the first time and where a
// change reaches far.
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
		asked := time.Now()
		marks, err := catalog.ReadMarks(ctx, s.pool)
		if err != nil {
			return fmt.Errorf("compare schema: %w", err)
		}
		fresh := schema{loaded: began, probed: probed, marks: marks, compared: began, pause: min(idleShare*time.Since(asked), maxPause)}
		cat, err := s.read(ctx, &fresh)
		if err != nil {
			return fmt.Errorf("read schema: %w", err)
		}
		s.install(cat, fresh)
		return nil
	})
}

// read reads the objects whose marks are others than they were, or everything.
func (s *Store) read(ctx context.Context, fresh *schema) (*catalog.Catalog, error) {
	old := s.schema.Load()
	if old != nil {
		changed, ok := fresh.marks.Since(old.marks)
		if fresh.whole = old.whole; ok && maps.Equal(fresh.marks, old.marks) {
			return old.catalog, nil
		}
		if ok {
			return catalog.Update(ctx, s.pool, old.catalog, changed)
		}
	}
	fresh.whole = fresh.loaded
	return catalog.Load(ctx, s.pool)
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

// check reads what has changed of the schema, unless the server says that nothing has.
func (s *Store) check(ctx context.Context) error {
	began := time.Now()
	probed, err := s.probe(ctx)
	if err != nil {
		return fmt.Errorf("probe schema: %w", err)
	}
	old := s.schema.Load()
	same := probed != "" && probed == old.probed || began.Sub(old.compared) < old.pause
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
