package pool

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"athena/actors"
	"athena/persistence"
	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/wire"
)

// Config says how clients' databases are used.
type Config struct {
	// Options are the limits of a client of the catalog.
	Options gatewaydb.Options
	// MaxInFlight is how many requests one client may have under way.
	MaxInFlight int64
	// Idle is how long an unused client keeps its connections.
	Idle time.Duration
	// MaxDirect is how many databases that callers name by address may be open.
	MaxDirect int
	// Announce tells all processes that this one changed a client's schema; nil for
	// nobody.
	Announce func(ctx context.Context, client string) error
	// Cache keeps answers; nil for none.
	Cache *cache.Cache
	// Load reads the catalog.
	Load func(context.Context) ([]Target, error)
	// Loaded, if set, hears how opening the database of a client of the catalog went,
	// beside the requests that wait for it.
	Loaded func(*Target, error)
}

// directOptions are those of a database that callers name by its address: few
// connections, soon closed.
var directOptions = gatewaydb.Options{PoolSize: 4, Lanes: 1, MaxInFlight: 256, IdleTimeout: 20 * time.Second}

const (
	directIdle       = time.Minute
	defaultMaxDirect = 128
	defaultIdle      = 10 * time.Minute
)

// Clients is the way to all clients' databases.
type Clients struct {
	system  *actors.System
	config  Config
	named   *actors.Family[string]
	direct  *actors.Family[string]
	targets atomic.Pointer[map[string]Target]
	loading sync.Mutex
	pools   sync.Map // family key to *Pool
	closing sync.WaitGroup
	// life ends when Close is called.
	life context.Context
	end  context.CancelFunc
}

// NewClients reads the catalog and starts the families of pools.
func NewClients(ctx context.Context, system *actors.System, config Config) (*Clients, error) {
	config.Idle = cmp.Or(config.Idle, defaultIdle)
	config.MaxInFlight = cmp.Or(config.MaxInFlight, 2048)
	config.MaxDirect = cmp.Or(config.MaxDirect, defaultMaxDirect)
	c := &Clients{system: system, config: config}
	c.life, c.end = context.WithCancel(context.WithoutCancel(ctx))
	c.targets.Store(&map[string]Target{})
	c.named = actors.NewFamily(system, "client", actors.Policy{Idle: config.Idle}, c.newNamed)
	c.direct = actors.NewFamily(system, "direct database", actors.Policy{Idle: directIdle}, c.newDirect)
	return c, c.Reload(ctx)
}

func (c *Clients) newNamed(name string) actors.Actor {
	options := c.config.Options
	options.Log, options.Client, options.Cache = c.system.Log().With("client", name), name, c.config.Cache
	if announce := c.config.Announce; announce != nil {
		options.Announce = func(ctx context.Context) error { return announce(ctx, name) }
	}
	return &guardian{
		clients: c, options: options, limit: c.config.MaxInFlight, idle: c.config.Idle, target: c.targetOf(name),
		catalogued: true,
		successor:  func(ctx context.Context) (*Pool, error) { return c.Get(ctx, name) },
	}
}

// newDirect makes the guardian of a database that callers name by its address; the
// first of them brings it.
func (c *Clients) newDirect(key string) actors.Actor {
	options := directOptions
	options.LaneTimeout, options.StatementTimeout = c.config.Options.LaneTimeout, c.config.Options.StatementTimeout
	options.ConnectTimeout, options.Log = c.config.Options.ConnectTimeout, c.system.Log().With("client", key)
	options.Client, options.Cache = key, c.config.Cache
	return &guardian{clients: c, options: options, limit: int64(options.MaxInFlight), idle: directIdle, target: Target{Name: key}}
}

// targetOf is a client as the catalog has it now. One that is not there any more
// has no address to fall back to.
func (c *Clients) targetOf(name string) Target {
	if target, known := (*c.targets.Load())[name]; known {
		return target
	}
	return Target{Name: name, Broken: unknown(name)}
}

func unknown(name string) *wire.Problem {
	return wire.Fail(wire.ClientUnknown, "there is no Athena client %q", name).At("X-Athena-Client")
}

// Reload reads the catalog again and tells the clients that changed.
func (c *Clients) Reload(ctx context.Context) error {
	c.loading.Lock()
	defer c.loading.Unlock()
	list, err := c.config.Load(ctx)
	if err != nil {
		return fmt.Errorf("load clients: %w", err)
	}
	fresh := make(map[string]Target, len(list))
	for _, t := range list {
		fresh[t.Name] = t
	}
	c.spread(fresh)
	old := *c.targets.Swap(&fresh)
	c.named.Each(func(name string) {
		now, there := fresh[name]
		before := old[name]
		switch {
		case !there || now.Inactive:
			c.named.Retire(name)
		case !now.sameAs(&before):
			c.named.Send(name, configure{now})
		}
	})
	return nil
}

// Get gives the way into a client's database, opened now if need be.
func (c *Clients) Get(ctx context.Context, name string) (*Pool, error) {
	if p, ok := c.live(name); ok {
		return p, nil
	}
	target, known := (*c.targets.Load())[name]
	if !known {
		return nil, unknown(name)
	}
	if target.Inactive {
		return nil, wire.Fail(wire.BackendUnavailable, "the Athena client %s is switched off", name).At("X-Athena-Client")
	}
	return actors.Ask(ctx, c.named, name, &open{})
}

// live finds a pool that is open. A retired one is on its way out of the map.
func (c *Clients) live(key string) (*Pool, bool) {
	p, ok := c.pools.Load(key)
	if !ok || p.(*Pool).closed.Load() {
		return nil, false
	}
	p.(*Pool).touch()
	return p.(*Pool), true
}

// Direct gives the way into a database that the caller named by its address. The
// pool is found again by a digest, so that the address stands in no log.
func (c *Clients) Direct(ctx context.Context, uri string) (*Pool, error) {
	sum := sha256.Sum256([]byte(uri))
	key := "direct-" + hex.EncodeToString(sum[:16])
	if p, ok := c.live(key); ok {
		return p, nil
	}
	if c.direct.Len() >= c.config.MaxDirect {
		return nil, wire.Fail(wire.Overloaded, "%d databases named by address are open already", c.config.MaxDirect).After(directIdle)
	}
	p, err := actors.Ask(ctx, c.direct, key, &open{uri: uri})
	return p, directProblem(err)
}

// directProblem tells what is wrong with an address of the caller's own, which it
// does not repeat.
func directProblem(err error) error {
	problem, ok := wire.AsProblem(err)
	if !ok || problem.Code != wire.BackendUnavailable {
		return err
	}
	switch state := persistence.SQLState(err); {
	case strings.HasPrefix(state, "28"):
		return wire.Fail(wire.Unauthenticated, "the database refuses the user or the password of the address").At("x-pg-uri").Because(err)
	case strings.HasPrefix(state, "3D"):
		return wire.Fail(wire.InvalidRequest, "there is no such database at the address").At("x-pg-uri").Because(err)
	}
	return wire.Fail(wire.BackendUnavailable, "the database address of the request cannot be opened: check host, port, user and password").
		At("x-pg-uri").After(problem.RetryAfter).Because(err)
}

// DB gives a client's database for the stores of other domains.
func (c *Clients) DB(ctx context.Context, client string) (persistence.Pool, error) {
	p, err := c.Get(ctx, client)
	if err != nil {
		return nil, err
	}
	return database{p}, nil
}

// Config is what an operator set for a client, as the catalog was last read; nil
// for nothing. It is shared: nobody may change it.
func (c *Clients) Config(client string) *wire.ClientConfig {
	return (*c.targets.Load())[client].Config
}

// SchemaChanged has this process forget what it knows of a client's schema; for an
// empty name, of all open clients'.
func (c *Clients) SchemaChanged(client string) {
	c.pools.Range(func(key, p any) bool {
		if t := p.(*Pool).hold(); t != nil {
			if client == "" || client == key {
				t.store.Reread()
			}
			t.leave()
		}
		return true
	})
}

// Targets are the clients of the catalog, by name.
func (c *Clients) Targets() []Target {
	return slices.SortedFunc(maps.Values(*c.targets.Load()), func(a, b Target) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

// Stats are the states of all open pools, by name.
func (c *Clients) Stats() []wire.PoolStats {
	list := []wire.PoolStats{}
	c.pools.Range(func(_, p any) bool {
		list = append(list, p.(*Pool).Stats())
		return true
	})
	slices.SortFunc(list, func(a, b wire.PoolStats) int {
		if a.ClientName < b.ClientName {
			return -1
		}
		return 1
	})
	return list
}

// Log is the log of those who look after clients.
func (c *Clients) Log() *slog.Logger { return c.system.Log() }

// Connected reports whether this process holds a working pool for a client.
func (c *Clients) Connected(name string) bool {
	p, ok := c.pools.Load(name)
	return ok && p.(*Pool).Connected()
}

// Close closes all pools after what they have under way.
func (c *Clients) Close(ctx context.Context) error {
	c.end()
	err := errors.Join(c.named.Drain(ctx), c.direct.Drain(ctx))
	closed := make(chan struct{})
	go func() {
		c.closing.Wait()
		close(closed)
	}()
	select {
	case <-closed:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("close pools: %w", ctx.Err()))
	}
}

// Beside does something on a client's database that may take longer than the request
// that asks for it. Its context ends when the pools are closed, which waits for it.
func (c *Clients) Beside(do func(context.Context)) {
	c.closing.Go(func() { do(c.life) })
}

func (c *Clients) publish(key string, p *Pool) { c.pools.Store(key, p) }

func (c *Clients) withdraw(key string, p *Pool) { c.pools.CompareAndDelete(key, p) }

// discard closes a database that nothing new is sent to.
func (c *Clients) discard(t *tenancy) {
	c.closing.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeGrace)
		defer cancel()
		if err := t.close(ctx); err != nil {
			c.system.Log().Warn("client closed late", "error", err)
		}
	})
}

// For gives the way into the database of a caller: the one that they named by its
// address, or else their client's.
func (c *Clients) For(ctx context.Context, client, directURI string) (*Pool, error) {
	if directURI != "" {
		return c.Direct(ctx, directURI)
	}
	return c.Get(ctx, client)
}
