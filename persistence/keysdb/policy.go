package keysdb

import (
	"context"
	"net/netip"

	"athena/persistence"
)

// Policy is what holds for all keys: for which clients they are enforced, and
// from where callers may come.
type Policy struct {
	// Enforced is the rule for clients without one of their own.
	Enforced bool
	// Clients are the rules of single clients.
	Clients map[string]bool
	// Whitelist and Blacklist are the ranges by client; those for all clients
	// stand under the empty name.
	Whitelist, Blacklist map[string][]netip.Prefix
}

// For tells whether keys are enforced for a client.
func (p *Policy) For(client string) bool {
	if enforced, ok := p.Clients[client]; ok {
		return enforced
	}
	return p.Enforced
}

type clientRule struct {
	Client   string `db:"client_name"`
	Enforced bool   `db:"enforce_api_keys"`
}

type clientRange struct {
	Client string       `db:"client_name"`
	Addr   netip.Prefix `db:"addr"`
}

// Policy reads the rules.
func (s Store) Policy(ctx context.Context) (p Policy, err error) {
	if p.Enforced, err = persistence.One[bool](ctx, s.DB, "key policy", sql.Get("global_policy")); err != nil {
		return Policy{}, err
	}
	rules, err := persistence.All[clientRule](ctx, s.DB, sql.Get("client_policies"))
	if err != nil {
		return Policy{}, err
	}
	p.Clients = make(map[string]bool, len(rules))
	for _, rule := range rules {
		p.Clients[rule.Client] = rule.Enforced
	}
	if p.Whitelist, err = s.ranges(ctx, Whitelist); err != nil {
		return Policy{}, err
	}
	p.Blacklist, err = s.ranges(ctx, Blacklist)
	return p, err
}

func (s Store) ranges(ctx context.Context, list List) (map[string][]netip.Prefix, error) {
	rows, err := persistence.All[clientRange](ctx, s.DB, list.get("global_ip_ranges"))
	if err != nil {
		return nil, err
	}
	byClient := map[string][]netip.Prefix{}
	for _, row := range rows {
		byClient[row.Client] = append(byClient[row.Client], row.Addr)
	}
	return byClient, nil
}
