package keysdb

import (
	"context"

	"athena/persistence"
)

// Policy says for which clients keys are enforced.
type Policy struct {
	// Enforced is the rule for clients without one of their own.
	Enforced bool
	// Clients are the rules of single clients.
	Clients map[string]bool
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

// Policy reads the rules.
func (s Store) Policy(ctx context.Context) (Policy, error) {
	enforced, err := persistence.One[bool](ctx, s.DB, "key policy", sql.Get("global_policy"))
	if err != nil {
		return Policy{}, err
	}
	rules, err := persistence.All[clientRule](ctx, s.DB, sql.Get("client_policies"))
	if err != nil {
		return Policy{}, err
	}
	p := Policy{Enforced: enforced, Clients: make(map[string]bool, len(rules))}
	for _, rule := range rules {
		p.Clients[rule.Client] = rule.Enforced
	}
	return p, nil
}
