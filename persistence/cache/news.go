package cache

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Channel is where processes tell each other of writes.
const Channel = "athena_cache"

const (
	// mostTables is how many tables of a database are told one by one.
	mostTables = 200
	// newsPause is how long telling is put off that failed.
	newsPause = 200 * time.Millisecond
)

// item is what other processes are to hear of one database.
type item struct {
	tables map[uint32]bool // nil for all of them
	// unstamped says that Redis has not heard of it.
	unstamped bool
}

// news gathers what other processes are to hear while they are being told of what
// came before.
type news struct {
	mu      sync.Mutex
	pending map[string]*item
	some    chan struct{}
}

func newNews() *news {
	return &news{pending: map[string]*item{}, some: make(chan struct{}, 1)}
}

func (n *news) add(database string, ids []uint32, unstamped bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	it := n.pending[database]
	if it == nil {
		it = &item{tables: map[uint32]bool{}}
		n.pending[database] = it
	}
	it.unstamped = it.unstamped || unstamped
	for _, id := range ids {
		if it.tables != nil {
			it.tables[id] = true
		}
	}
	if ids == nil || len(it.tables) > mostTables {
		it.tables = nil
	}
	select {
	case n.some <- struct{}{}:
	default:
	}
}

func (n *news) take() map[string]*item {
	n.mu.Lock()
	defer n.mu.Unlock()
	taken := n.pending
	n.pending = map[string]*item{}
	return taken
}

// payload spells news for the wire: node, database, how far Redis knows, tables.
func (it *item) payload(node, database string) string {
	redis, tables := "", "*"
	if it.unstamped {
		redis = "r"
	}
	if it.tables != nil {
		var list []string
		for _, id := range slices.Sorted(maps.Keys(it.tables)) {
			list = append(list, strconv.FormatUint(uint64(id), 10))
		}
		tables = strings.Join(list, ",")
	}
	return node + " " + database + " " + redis + " " + tables
}

// Spread says whether other processes are to hear of writes: whether any of them
// may keep answers.
func (c *Cache) Spread(on bool) { c.spreading.Store(on) }

// spread has everybody hear of a write who may keep answers: Redis before the write
// is answered, other processes a moment later.
func (c *Cache) spread(d *Database, ids []uint32) {
	if !c.spreading.Load() {
		return
	}
	c.news.add(d.id, ids, !c.stampRedis(d, ids))
}

// Tell hands on what other processes are to hear until ctx ends, and then what is left,
// once; send gives one payload to all of them.
func (c *Cache) Tell(ctx context.Context, send func(ctx context.Context, payload string) error) {
	for {
		select {
		case <-ctx.Done():
			c.tell(context.WithoutCancel(ctx), send)
			return
		case <-c.news.some:
		}
		if !c.tell(ctx, send) {
			pause(ctx)
		}
	}
}

// tell hands on all there is and reports whether that went well; what did not stays.
func (c *Cache) tell(ctx context.Context, send func(ctx context.Context, payload string) error) bool {
	told := true
	for database, it := range c.news.take() {
		if err := send(ctx, it.payload(c.node, database)); err != nil {
			c.options.Log.Warn("other nodes not told of a write yet", "error", err)
			c.news.add(database, slices.Collect(maps.Keys(it.tables)), it.unstamped)
			told = false
		}
	}
	return told
}

func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(newsPause):
	}
}

// Missed says that writes of other processes may not be heard of from now on: until
// Heard is called with nothing, answers are made anew.
func (c *Cache) Missed() { c.distrusted.Store(true) }

// Heard takes what another process told. An empty text says that something may have
// been missed before, and nothing is from now on.
func (c *Cache) Heard(payload string) {
	if payload == "" {
		c.mu.Lock()
		for _, d := range c.databases {
			d.stamp(nil)
		}
		c.mu.Unlock()
		c.distrusted.Store(false)
		return
	}
	parts := strings.Split(payload, " ")
	if len(parts) != 4 || parts[0] == c.node {
		return
	}
	d := c.Database(parts[1])
	var tables *Tables
	if parts[3] != "*" {
		var ids []uint32
		for text := range strings.SplitSeq(parts[3], ",") {
			id, err := strconv.ParseUint(text, 10, 32)
			if err != nil {
				c.options.Log.Warn("a notification of a write cannot be read", "payload", payload)
				d.stamp(nil)
				return
			}
			ids = append(ids, uint32(id))
		}
		tables = d.Tables(ids...)
	}
	if parts[2] == "r" {
		c.stampRedis(d, nil)
	}
	d.stamp(tables)
}
