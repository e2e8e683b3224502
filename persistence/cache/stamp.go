package cache

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Database holds the stamps of one database's tables in this process. Everybody who
// uses the same database has the same one.
type Database struct {
	cache *Cache
	id    string
	// all goes up when everything may have changed, any with every write.
	all, any atomic.Uint64
	mu       sync.Mutex
	tables   map[uint32]*atomic.Uint64
	// missed counts the stamps that Redis did not take, and mended those of them
	// that do not matter any more.
	missed, mended atomic.Uint64
	mending        sync.Mutex
}

// Tables are tables of a database together: those that decide an answer, or those
// that a write changes.
type Tables struct {
	db     *Database
	ids    []uint32
	stamps []*atomic.Uint64
}

// Tables are the tables with these numbers.
func (d *Database) Tables(ids ...uint32) *Tables {
	t := &Tables{db: d, ids: slices.Compact(slices.Sorted(slices.Values(ids)))}
	d.mu.Lock()
	defer d.mu.Unlock()
	t.stamps = append(t.stamps, &d.all)
	for _, id := range t.ids {
		stamp := d.tables[id]
		if stamp == nil {
			stamp = new(atomic.Uint64)
			d.tables[id] = stamp
		}
		t.stamps = append(t.stamps, stamp)
	}
	return t
}

// Union are all of several tables; nil, which stands for all there are, where one of
// them is.
func (d *Database) Union(several []*Tables) *Tables {
	var ids []uint32
	for _, t := range several {
		if t == nil {
			return nil
		}
		ids = append(ids, t.ids...)
	}
	return d.Tables(ids...)
}

// Anything is whatever there is in the database: an answer that depends on it is
// outdated by every write.
func (d *Database) Anything() *Tables {
	return &Tables{db: d, stamps: []*atomic.Uint64{&d.all, &d.any}}
}

// And are these tables and those of another database, whose answer stays in this
// process; other may be nil.
func (t *Tables) And(other *Tables) *Tables {
	if other == nil {
		return t
	}
	return &Tables{db: t.db, ids: t.ids, stamps: slices.Concat(t.stamps, other.stamps)}
}

// version grows with each new stamp, so that two are the same only where all stamps
// are.
func (t *Tables) version() (sum uint64) {
	if t != nil {
		for _, stamp := range t.stamps {
			sum += stamp.Load()
		}
	}
	return sum
}

// Wrote gives tables new stamps; nil stands for all of them. It comes after the
// commit and before the answer, also where it is not known whether anything was
// written.
func (d *Database) Wrote(t *Tables) {
	var ids []uint32
	if t != nil {
		ids = t.ids
	}
	d.stamp(t)
	d.cache.spread(d, ids)
}

// stamp gives tables new stamps in this process.
func (d *Database) stamp(t *Tables) {
	d.any.Add(1)
	if t == nil {
		d.all.Add(1)
		return
	}
	for _, stamp := range t.stamps[1:] {
		stamp.Add(1)
	}
}

// Renewed says that answers of this process may be outdated, such as by another
// schema or for a client that was taken away.
func (d *Database) Renewed() { d.stamp(nil) }
