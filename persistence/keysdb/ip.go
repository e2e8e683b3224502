package keysdb

import (
	"context"
	"net/netip"
	"strings"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// List is one of the two lists of addresses that keys and the server have.
type List string

// The lists.
const (
	Whitelist List = "whitelist"
	Blacklist List = "blacklist"
)

// get gives a statement for this list.
func (l List) get(name string) string {
	return strings.ReplaceAll(sql.Get(name), "LIST", string(l))
}

// IPPolicy gives from where a key may be used.
func (s Store) IPPolicy(ctx context.Context, key uuid.UUID) (wire.IPPolicy, error) {
	return readIPPolicy(ctx, s.DB, key, "ip_policy")
}

func readIPPolicy(ctx context.Context, db persistence.DB, key uuid.UUID, statement string) (wire.IPPolicy, error) {
	p, err := persistence.One[wire.IPPolicy](ctx, db, "API key "+key.String(), sql.Get(statement), key)
	if err != nil {
		return p, err
	}
	if p.Whitelist, err = persistence.All[wire.IPRule](ctx, db, Whitelist.get("ip_rules"), key); err != nil {
		return p, err
	}
	p.Blacklist, err = persistence.All[wire.IPRule](ctx, db, Blacklist.get("ip_rules"), key)
	return p, err
}

// changeIPs runs a change of a key's policy while nobody else changes it, and
// gives the policy as it is then.
func (s Store) changeIPs(ctx context.Context, key uuid.UUID, change func(pgx.Tx, *wire.IPPolicy) (int64, error)) (changed wire.ChangedIPPolicy, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		before, err := readIPPolicy(ctx, tx, key, "lock_ip_policy")
		if err != nil {
			return err
		}
		if changed.Changed, err = change(tx, &before); err != nil {
			return err
		}
		changed.Policy, err = readIPPolicy(ctx, tx, key, "ip_policy")
		return err
	})
	return changed, persistence.Explain(err)
}

// AddIPs adds ranges to a list of a key. A range that is there already gets the
// label.
func (s Store) AddIPs(ctx context.Context, key uuid.UUID, list List, ranges []netip.Prefix, label *string) (wire.ChangedIPPolicy, error) {
	return s.changeIPs(ctx, key, func(tx pgx.Tx, p *wire.IPPolicy) (int64, error) {
		if err := fits(p, list, ranges); err != nil {
			return 0, err
		}
		return persistence.Exec(ctx, tx, list.get("add_ip_rules"), key, ranges, label)
	})
}

// RemoveIPs takes ranges out of a list of a key; those that are not there are
// passed over.
func (s Store) RemoveIPs(ctx context.Context, key uuid.UUID, list List, ranges []netip.Prefix) (wire.ChangedIPPolicy, error) {
	return s.changeIPs(ctx, key, func(tx pgx.Tx, _ *wire.IPPolicy) (int64, error) {
		return persistence.Exec(ctx, tx, list.get("remove_ip_rules"), key, ranges)
	})
}

// fits refuses ranges that overlap with those of the same list, ranges of the
// whitelist that the blacklist refuses as a whole, and more than the key may have.
func fits(p *wire.IPPolicy, list List, ranges []netip.Prefix) error {
	own, denied := p.Whitelist, p.Blacklist
	if list == Blacklist {
		own, denied = p.Blacklist, nil
	}
	count := len(own)
	for _, fresh := range ranges {
		again, err := meets(fresh, own)
		if err != nil {
			return err
		}
		if !again {
			count++
		}
		if err := refusedBy(fresh, denied); err != nil {
			return err
		}
	}
	if list == Whitelist && p.MaxWhitelistIPs > 0 && count > int(p.MaxWhitelistIPs) {
		return wire.Fail(wire.InvalidRequest, "the whitelist would have %d entries, the key may have %d", count, p.MaxWhitelistIPs).At("addrs")
	}
	return nil
}

// meets reports whether a range is in a list already; one that overlaps with
// another is a problem.
func meets(fresh netip.Prefix, list []wire.IPRule) (again bool, err error) {
	for _, rule := range list {
		other, err := netip.ParsePrefix(rule.Addr)
		if err != nil {
			return false, err
		}
		if other == fresh {
			return true, nil
		}
		if other.Overlaps(fresh) {
			return false, overlapping(fresh, rule.Addr)
		}
	}
	return false, nil
}

func overlapping(fresh netip.Prefix, other string) error {
	return wire.Fail(wire.Conflict, "%s overlaps with %s, which is in the list", fresh, other).At("addrs").
		WithHint("remove %s first", other)
}

// refusedBy finds the entry of a blacklist because of which a range would never
// let anybody in.
func refusedBy(fresh netip.Prefix, blacklist []wire.IPRule) error {
	for _, rule := range blacklist {
		denied, err := netip.ParsePrefix(rule.Addr)
		if err != nil {
			return err
		}
		if denied.Bits() <= fresh.Bits() && denied.Overlaps(fresh) {
			return wire.Fail(wire.State, "%s lies in %s, which the blacklist refuses", fresh, rule.Addr).At("addrs")
		}
	}
	return nil
}

// GlobalIPs gives the rules of a list, those for all clients first.
func (s Store) GlobalIPs(ctx context.Context, list List) ([]wire.GlobalIPRule, error) {
	return persistence.All[wire.GlobalIPRule](ctx, s.DB, list.get("list_global_ip_rules"))
}

// SaveGlobalIP adds a rule to a list, or gives an existing one another label.
func (s Store) SaveGlobalIP(ctx context.Context, list List, addr netip.Prefix, client, label *string) (rule wire.GlobalIPRule, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		if _, err := persistence.Exec(ctx, tx, list.get("lock_global_ip_rules")); err != nil {
			return err
		}
		others, err := persistence.All[string](ctx, tx, list.get("overlapping_global_ip_rules"), addr, client)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return overlapping(addr, others[0])
		}
		rule, err = persistence.One[wire.GlobalIPRule](ctx, tx, "rule", list.get("save_global_ip_rule"), addr, client, label)
		return err
	})
	return rule, persistence.Explain(err)
}

// DeleteGlobalIP takes a rule out of a list and tells whether it was there.
func (s Store) DeleteGlobalIP(ctx context.Context, list List, addr netip.Prefix, client *string) (int64, error) {
	return persistence.Exec(ctx, s.DB, list.get("delete_global_ip_rule"), addr, client)
}
