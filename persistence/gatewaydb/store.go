// Package gatewaydb runs a tenant's statements. It knows the tenant's schema,
// keeps compiled statements by the shape of their requests, sends reads over
// lanes and everything else over pooled connections, and gives rows as JSON that
// was written straight from the wire.
package gatewaydb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"athena/persistence"
	"athena/persistence/cache"
	"athena/persistence/lane"
	"athena/persistence/rowjson"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/singleflight"
)

// Options are the limits of one tenant.
type Options struct {
	// PoolSize is the number of connections for writes and slow statements.
	PoolSize int
	// WriteLanes is the most connections there may be on which small writes of several
	// callers follow each other, beside those of the pool: as many as these where it is
	// zero, none where it is negative.
	WriteLanes int
	// Lanes is the number of pipelined connections for reads.
	Lanes int
	// LaneTimeout is the longest that a read may take on a lane; one that takes
	// longer is run again on a connection of its own.
	LaneTimeout time.Duration
	// StatementTimeout is the longest that any statement may take.
	StatementTimeout time.Duration
	// StreamTimeout is the longest that rows may take that are handed on as they come.
	StreamTimeout time.Duration
	// MaxInFlight bounds the reads that wait for an answer.
	MaxInFlight int
	// MaxAnswer is the largest answer in bytes.
	MaxAnswer int
	// IdleTimeout closes pooled connections that nobody needs.
	IdleTimeout time.Duration
	// ConnectTimeout is the longest that opening one connection may take.
	ConnectTimeout time.Duration
	// Follow listens for changes of the schema that others make, over a connection of its
	// own, where the database tells of them; see migrate.Watch.
	Follow bool
	// Announce tells other processes that this one changed the schema; nil for nobody.
	Announce func(context.Context) error
	// Cache keeps answers; nil for none. Client is for whom.
	Cache  *cache.Cache
	Client string
	// Log hears what goes wrong behind the callers' backs; nil for nobody.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	o.PoolSize = cmp.Or(o.PoolSize, 16)
	o.WriteLanes = min(cmp.Or(o.WriteLanes, o.PoolSize), o.PoolSize)
	o.Lanes = cmp.Or(o.Lanes, 3)
	o.LaneTimeout = cmp.Or(o.LaneTimeout, 2*time.Second)
	o.StatementTimeout = cmp.Or(o.StatementTimeout, 25*time.Second)
	o.StreamTimeout = cmp.Or(o.StreamTimeout, 15*time.Minute)
	o.MaxInFlight = cmp.Or(o.MaxInFlight, 2048)
	o.MaxAnswer = cmp.Or(o.MaxAnswer, 64<<20)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 5*time.Minute)
	o.ConnectTimeout = cmp.Or(o.ConnectTimeout, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Store is one tenant database.
type Store struct {
	options Options
	pool    *pgxpool.Pool
	lanes   *lane.Set
	writers *lane.Writers
	// writing counts the writes under way.
	writing atomic.Int32
	types   atomic.Pointer[rowjson.Types]
	schema  atomic.Pointer[schema]
	loads   singleflight.Group
	// reading has one while the schema is read.
	reading chan struct{}
	// database has the stamps of the tables, nil without a cache; scope names the
	// database, and who uses it, among all that may meet in a cache.
	database *cache.Database
	scope    string
	follower *follower
}

// Open connects to a database and reads its schema.
func Open(ctx context.Context, uri string, options Options) (*Store, error) {
	s := &Store{options: options.withDefaults(), follower: newFollower(ctx, uri), reading: make(chan struct{}, 1)}
	s.types.Store(rowjson.Builtin())
	config, err := pgxpool.ParseConfig(uri)
	if err != nil {
		return nil, errors.New("the database address cannot be parsed") // the cause may repeat the password
	}
	s.configure(config)
	if err := guardPath(ctx, config); err != nil {
		return nil, persistence.Explain(err)
	}
	if s.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	if err := s.begin(ctx, config); err != nil {
		s.follower.stop()
		s.pool.Close()
		return nil, persistence.Explain(err)
	}
	return s, nil
}

func (s *Store) begin(ctx context.Context, config *pgxpool.Config) error {
	if err := s.identify(ctx, config); err != nil {
		return err
	}
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	laneConfig := config.ConnConfig.Copy()
	s.writers = lane.NewWriters(&laneConfig.Config, lane.WritersOptions{
		Lanes: s.options.WriteLanes, Idle: s.options.IdleTimeout, ConnectTimeout: s.options.ConnectTimeout,
		Options: lane.Options{
			Types: s.types.Load, StatementTimeout: s.options.StatementTimeout, MaxInFlight: s.options.MaxInFlight,
		},
		Failed: func(err error) { s.options.Log.Warn("connection for writes lost", "error", err) },
	})
	var err error
	s.lanes, err = lane.OpenSet(ctx, &laneConfig.Config, lane.SetOptions{
		Lanes: s.options.Lanes,
		Options: lane.Options{
			Types: s.types.Load, StatementTimeout: s.options.LaneTimeout, MaxInFlight: s.options.MaxInFlight,
		},
	})
	return err
}

func (s *Store) configure(config *pgxpool.Config) {
	persistence.Dial(&config.ConnConfig.Config, s.options.ConnectTimeout)
	config.MaxConns = int32(s.options.PoolSize)
	config.MaxConnIdleTime = s.options.IdleTimeout
	// An address may set these too; a period of zero would end the process.
	config.HealthCheckPeriod, config.MinConns, config.MinIdleConns = time.Minute, 0, 0
	params := config.ConnConfig.RuntimeParams
	rowjson.Session(params)
	params["application_name"] = "athena"
	params["statement_timeout"] = fmt.Sprint(s.options.StatementTimeout.Milliseconds())
	params["idle_in_transaction_session_timeout"] = "60000"
}

// DB is the pool, for the stores of other domains in the same database.
func (s *Store) DB() *pgxpool.Pool { return s.pool }

// Healthy reports whether a lane is open.
func (s *Store) Healthy() bool { return s.lanes.Healthy() }

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Close takes no more statements, waits for those under way until ctx ends, and
// closes all connections.
func (s *Store) Close(ctx context.Context) error {
	err := errors.Join(s.lanes.Close(ctx), s.writers.Close(ctx))
	closed := make(chan struct{})
	go func() {
		s.follower.stop()
		s.pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-ctx.Done():
		err = errors.Join(err, fmt.Errorf("close pool: %w", ctx.Err()))
	}
	return err
}

// Stats are the connections of one tenant.
type Stats struct {
	Size, Idle, Active, Max int
	LanesInFlight           int
}

// Stats counts connections.
func (s *Store) Stats() Stats {
	p := s.pool.Stat()
	return Stats{
		Size: int(p.TotalConns()), Idle: int(p.IdleConns()), Active: int(p.AcquiredConns()), Max: int(p.MaxConns()),
		LanesInFlight: s.lanes.InFlight() + s.writers.InFlight(),
	}
}
