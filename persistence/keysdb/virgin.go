package keysdb

import (
	"context"
	"net/netip"

	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Lesson is what came of noting a use of a key that learns its addresses.
type Lesson struct {
	// Counted is false for a key that had learnt them before, here or elsewhere.
	Counted bool
	// Resolved is true for a key that now has learnt them.
	Resolved bool
}

type virgin struct {
	ID       uuid.UUID `db:"id"`
	Requests int32     `db:"virgin_until_n_requests"`
	IPs      int32     `db:"max_whitelist_ips"`
}

type progress struct {
	Requests  int32 `db:"requests"`
	Addresses int64 `db:"addresses"`
}

func (v *virgin) learnt(p progress) bool {
	return (v.Requests > 0 && p.Requests >= v.Requests) || (v.IPs > 0 && p.Addresses >= int64(v.IPs))
}

// Learn notes a use of a key from an address. The key's row is locked meanwhile,
// so that uses at the same time, on any node, are counted one by one and exactly
// one of them ends the learning.
func (s Store) Learn(ctx context.Context, public string, from netip.Addr) (lesson Lesson, err error) {
	err = pgx.BeginFunc(ctx, s.DB, func(tx pgx.Tx) error {
		list, err := persistence.All[virgin](ctx, tx, sql.Get("lock_virgin"), public)
		if err != nil || len(list) == 0 {
			lesson.Resolved = true
			return err
		}
		lesson.Counted = true
		lesson.Resolved, err = learn(ctx, tx, &list[0], netip.PrefixFrom(from, from.BitLen()))
		return err
	})
	return lesson, persistence.Explain(err)
}

func learn(ctx context.Context, tx pgx.Tx, v *virgin, from netip.Prefix) (resolved bool, err error) {
	if _, err := persistence.Exec(ctx, tx, sql.Get("see_ip"), v.ID, from); err != nil {
		return false, err
	}
	now, err := persistence.One[progress](ctx, tx, "API key", sql.Get("count_virgin"), v.ID)
	if err != nil || !v.learnt(now) {
		return false, err
	}
	_, err = promote(ctx, tx, v.ID, v.IPs)
	return true, err
}

// promote ends the learning: the first addresses become the whitelist.
func promote(ctx context.Context, tx pgx.Tx, key uuid.UUID, limit int32) (int64, error) {
	n, err := persistence.Exec(ctx, tx, sql.Get("promote_seen"), key, limit)
	if err != nil {
		return 0, err
	}
	_, err = persistence.Exec(ctx, tx, sql.Get("resolve_virgin"), key)
	return n, err
}

// Promote ends a key's learning by hand. Without an address there is nothing to
// end it with: an empty whitelist would let everybody in.
func (s Store) Promote(ctx context.Context, key uuid.UUID) (wire.ChangedIPPolicy, error) {
	return s.changeIPs(ctx, key, func(tx pgx.Tx, p *wire.IPPolicy) (int64, error) {
		if err := learning(p); err != nil || p.VirginResolved {
			return 0, err
		}
		seen, err := persistence.All[wire.SeenIP](ctx, tx, sql.Get("list_seen"), key, 1, 0)
		if err != nil {
			return 0, err
		}
		if len(seen) == 0 {
			return 0, wire.Fail(wire.State, "the key was not used from anywhere yet").
				WithHint("add its addresses to the whitelist by hand")
		}
		return promote(ctx, tx, key, p.MaxWhitelistIPs)
	})
}

// ResetVirgin lets a key learn its addresses anew; what its lists hold stays.
func (s Store) ResetVirgin(ctx context.Context, key uuid.UUID, clearSeen bool) (wire.ChangedIPPolicy, error) {
	return s.changeIPs(ctx, key, func(tx pgx.Tx, p *wire.IPPolicy) (int64, error) {
		if err := learning(p); err != nil {
			return 0, err
		}
		if _, err := persistence.Exec(ctx, tx, sql.Get("reset_virgin"), key); err != nil {
			return 0, err
		}
		statement := "unlock_seen"
		if clearSeen {
			statement = "clear_seen"
		}
		return persistence.Exec(ctx, tx, sql.Get(statement), key)
	})
}

func learning(p *wire.IPPolicy) error {
	if p.VirginMode {
		return nil
	}
	return wire.Fail(wire.State, "the key was not made to learn its addresses").
		WithHint("make a key with virgin_mode, or change its lists by hand")
}

// SeenIPs gives the addresses from which a key was used, the last used first.
func (s Store) SeenIPs(ctx context.Context, key uuid.UUID, limit, offset int) ([]wire.SeenIP, error) {
	if _, err := persistence.One[wire.IPPolicy](ctx, s.DB, "API key "+key.String(), sql.Get("ip_policy"), key); err != nil {
		return nil, err
	}
	return persistence.All[wire.SeenIP](ctx, s.DB, sql.Get("list_seen"), key, limit, offset)
}
