package auth

import (
	"context"
	"net/netip"

	"athena/wire"
)

// admit checks from where a good key is used. What is refused for everybody comes
// first, then what the key refuses; a key that still learns takes any other
// address; after that, what is allowed for everybody and what the key allows. It
// tells that what is known of the key is stale where the key has learnt its
// addresses meanwhile, here or elsewhere.
func (k *Keys) admit(ctx context.Context, known *knownKey, client string, from netip.Addr) (stale bool, err error) {
	policy, err := k.rules(ctx)
	if err != nil {
		return false, err
	}
	switch {
	case policy.denied[""].has(from) || policy.denied[client].has(from):
		return false, refused(from, "the server's blacklist has it")
	case known.denied.has(from):
		return false, refused(from, "the key's blacklist has it")
	case known.Learning:
		return k.learn(ctx, known, from)
	}
	return false, allowed(policy, known, client, from)
}

func allowed(policy *knownPolicy, known *knownKey, client string, from netip.Addr) error {
	if policy.allowed[""].lacks(from) || policy.allowed[client].lacks(from) {
		return refused(from, "the server's whitelist lacks it")
	}
	if known.allowed.lacks(from) {
		return refused(from, "the key's whitelist lacks it")
	}
	return nil
}

func refused(from netip.Addr, why string) error {
	if !from.IsValid() {
		return wire.Fail(wire.AddressRefused, "the API key may not be used over a connection without an address")
	}
	return wire.Fail(wire.AddressRefused, "the API key may not be used from %s: %s", from, why)
}

// learn counts a use of a key that learns its addresses. There is nothing to
// count where that has ended; then what is known of the key is stale.
func (k *Keys) learn(ctx context.Context, known *knownKey, from netip.Addr) (stale bool, err error) {
	if !from.IsValid() {
		return false, refused(from, "")
	}
	select {
	case known.turn <- struct{}{}:
		defer func() { <-known.turn }()
	case <-ctx.Done():
		return false, wire.Expired(ctx)
	}
	if known.changes != k.changes.Load() {
		return true, nil
	}
	lesson, err := k.store.Learn(ctx, known.PublicID, from)
	if err != nil {
		return false, storeDown("API keys cannot be checked right now", err)
	}
	if lesson.Resolved {
		k.Forget()
	}
	return !lesson.Counted, nil
}
