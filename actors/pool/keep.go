package pool

import (
	"context"
	"time"

	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/wire"
)

// Lookup says whether the answers to a caller's reads may be kept and found, as the
// configuration of the client has it. A database that the caller named by its address
// has none.
func (c *Clients) Lookup(client, directURI, cacheControl string) cache.Lookup {
	if c.config.Cache == nil || directURI != "" {
		return cache.Lookup{}
	}
	config := c.Config(client)
	if !keeps(config) {
		return cache.Lookup{}
	}
	look := cache.Lookup{TTL: c.config.Cache.TTL(), Fresh: cache.Fresh(cacheControl)}
	if config.Cache.TTLSeconds != nil {
		look.TTL = time.Duration(*config.Cache.TTLSeconds) * time.Second
	}
	return look
}

func keeps(config *wire.ClientConfig) bool {
	return config != nil && config.Cache != nil && config.Cache.Enabled != nil && *config.Cache.Enabled
}

// keeps reports whether answers of a client are kept.
func (c *Clients) keeps(client string) bool {
	return c.config.Cache != nil && keeps(c.Config(client))
}

// Cache keeps the answers of all clients; nil for none.
func (c *Clients) Cache() *cache.Cache { return c.config.Cache }

// spread has other processes hear of writes while answers may be kept for any client.
func (c *Clients) spread(targets map[string]Target) {
	if c.config.Cache == nil {
		return
	}
	any := false
	for _, t := range targets {
		any = any || keeps(t.Config)
	}
	c.config.Cache.Spread(any)
}

// Read runs a compiled read, unless its answer was kept. What cannot be kept is run.
func (p *Pool) Read(ctx context.Context, st *gatewaydb.Statement, look *cache.Lookup) (gatewaydb.Result, error) {
	if look.TTL == 0 || !st.Keepable() {
		look.Note(cache.Bypass, cache.Postgres)
		return p.Run(ctx, st)
	}
	return with(ctx, p, func(p *Pool, store *gatewaydb.Store) (gatewaydb.Result, error) {
		p.touch()
		if err := p.thawed(); err != nil {
			return gatewaydb.Result{}, err
		}
		return store.Kept(ctx, st, look, p.Run)
	})
}

// Outside has a statement run that may reach a client's database by another way than
// its pool, and has what was kept and may be outdated by it forgotten. Where answers of
// the client are kept, its database must be open before, since only who knows the
// database can tell others of it. beside are clients that have the same database; it is
// through one of them that a client hears which has it by another name.
func (c *Clients) Outside(ctx context.Context, client string, beside []string, sql string, run func() error) error {
	pools := map[string]*Pool{}
	if c.keeps(client) {
		p, err := c.Get(ctx, client)
		if err != nil {
			return err
		}
		pools[client] = p
	}
	err := run()
	if p, open := c.live(client); open {
		pools[client] = p
	}
	for _, name := range beside {
		if p := c.keeper(ctx, name); p != nil {
			pools[name] = p
		}
	}
	for name, p := range pools {
		if lost := p.Outside(ctx, err, sql); lost != nil {
			c.Log().Warn("a write past the pool was not spread", "client", name, "error", lost)
		}
	}
	return err
}

// keeper is the way into a client's database where it is open, or where answers are kept
// of it, here or elsewhere, or by another name; nil for none. Who wrote has no part in
// that client, and is not refused for its sake.
func (c *Clients) keeper(ctx context.Context, client string) *Pool {
	p, open := c.live(client)
	if open || !c.keeps(client) {
		return p
	}
	p, err := c.Get(ctx, client)
	if err != nil {
		c.Log().Warn("a write past the pool was not spread", "client", client, "error", err)
		return nil
	}
	return p
}

// Outside has what was kept forgotten that a statement may have outdated, of which the
// pool's database knows nothing; err is what came of it. See gatewaydb.
func (p *Pool) Outside(ctx context.Context, err error, sql string) error {
	ctx = context.WithoutCancel(ctx)
	_, lost := with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (struct{}, error) {
		store.Outside(ctx, err, sql)
		return struct{}{}, nil
	})
	return lost
}

// Anything is whatever there is in a client's database; nil where it is not open here.
func (c *Clients) Anything(client string) *cache.Tables {
	p, open := c.live(client)
	if !open {
		return nil
	}
	t := p.hold()
	if t == nil {
		return nil
	}
	defer t.leave()
	return t.store.Anything()
}

// Anything is whatever there is in the client's database, for answers that depend on
// what is not known.
func (p *Pool) Anything(ctx context.Context) (*cache.Tables, error) {
	return with(ctx, p, func(_ *Pool, store *gatewaydb.Store) (*cache.Tables, error) { return store.Anything(), nil })
}
