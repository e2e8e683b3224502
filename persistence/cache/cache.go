package cache

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/maypok86/otter/v2"
)

// Options say what is kept. Zero values take the defaults.
type Options struct {
	// Bytes is how much is kept in this process; default 64 MiB.
	Bytes int64
	// MaxEntry is the largest answer that is kept, in bytes; default 1 MiB.
	MaxEntry int
	// TTL is how long an answer is kept where nothing else is said; default 30 s.
	TTL time.Duration
	// Redis keeps answers for all processes; empty for none. It is a secret.
	Redis string
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Log hears of Redis failing and coming back; nil for nobody.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Bytes = cmp.Or(o.Bytes, 64<<20)
	o.MaxEntry = cmp.Or(o.MaxEntry, 1<<20)
	o.TTL = cmp.Or(o.TTL, 30*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Value is an answer. Nobody may change it.
type Value struct {
	JSON []byte
	Rows int64
	// Mark is where the next answer begins; nil where it is not asked for.
	Mark []byte
}

// Read is a read whose answer may be kept.
type Read struct {
	// Shape is the statement, by something that no other statement of this process
	// is equal to, and Args are its values.
	Shape any
	Args  string
	// Name is the statement's, the same in every process; empty where the answer
	// stays in this one.
	Name string
	// On are the tables that decide the answer; nil where its time alone does.
	On *Tables
}

type key struct {
	shape any
	args  string
}

// entry is an answer that is kept, until when and as of which stamps.
type entry struct {
	Value
	version uint64
	until   int64 // unix nanoseconds
}

// overhead is about what an entry takes beside its answer.
const overhead = 256

// Cache keeps answers. It is safe for any number of callers.
type Cache struct {
	options Options
	node    string
	memory  *otter.Cache[key, entry]
	redis   *remote // nil for none
	news    *news
	// spreading says that other processes hear of writes, distrusted that this one
	// may have missed theirs.
	spreading, distrusted atomic.Bool

	mu        sync.Mutex
	flights   map[flightKey]*flight
	databases map[string]*Database

	hits, remoteHits, misses, shared atomic.Int64
}

// New makes a cache. A Redis that cannot be reached is tried again later; an address
// that cannot be read is an error.
func New(options Options) (*Cache, error) {
	options = options.withDefaults()
	c := &Cache{options: options, node: uuid.NewString(), news: newNews(), flights: map[flightKey]*flight{}, databases: map[string]*Database{}}
	var err error
	if c.memory, err = otter.New(&otter.Options[key, entry]{
		MaximumWeight: uint64(options.Bytes),
		Weigher:       func(k key, e entry) uint32 { return uint32(overhead + len(k.args) + cap(e.JSON)) },
	}); err != nil {
		return nil, err
	}
	if options.Redis != "" {
		if c.redis, err = newRemote(options.Redis, options.Log); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Close lets Redis go. Nothing of this process is looked up afterwards.
func (c *Cache) Close() {
	if c.redis != nil {
		c.redis.close()
	}
}

// TTL is how long an answer is kept where nothing else is said.
func (c *Cache) TTL() time.Duration { return c.options.TTL }

// Database finds the stamps of a database by what identifies it.
func (c *Cache) Database(id string) *Database {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.databases[id]
	if d == nil {
		d = &Database{cache: c, id: id, tables: map[uint32]*atomic.Uint64{}}
		c.databases[id] = d
	}
	return d
}

// Get finds the answer to a read, or has it made.
func (c *Cache) Get(ctx context.Context, r *Read, look *Lookup, load func(context.Context) (Value, error)) (Value, error) {
	k, version := key{r.Shape, r.Args}, r.On.version()
	if look.Fresh || c.distrusted.Load() {
		v, err := load(ctx)
		if err == nil {
			c.keep(k, v, version, c.options.Now().Add(look.TTL))
		}
		look.Note(Bypass, Postgres)
		return v, err
	}
	if e, ok := c.memory.GetIfPresent(k); ok && e.version == version && c.options.Now().UnixNano() < e.until {
		c.hits.Add(1)
		look.Note(Hit, Memory)
		return e.Value, nil
	}
	return c.join(ctx, flightKey{k, version}, r, look, load)
}

func (c *Cache) keep(k key, v Value, version uint64, until time.Time) {
	if len(v.JSON) <= c.options.MaxEntry {
		c.memory.Set(k, entry{v, version, until.UnixNano()})
	}
}

// Stats counts what was looked up since the start, and what is kept.
type Stats struct {
	Hits, RedisHits, Misses, Shared int64
	Entries                         int
	Bytes                           uint64
	// RedisUp says that Redis answers; false where none is configured.
	RedisUp bool
}

// Stats is the state of the cache.
func (c *Cache) Stats() Stats {
	return Stats{
		Hits: c.hits.Load(), RedisHits: c.remoteHits.Load(), Misses: c.misses.Load(), Shared: c.shared.Load(),
		Entries: c.memory.EstimatedSize(), Bytes: c.memory.WeightedSize(), RedisUp: c.redis != nil && c.redis.up(),
	}
}
