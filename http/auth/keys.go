package auth

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/maypok86/otter/v2"
)

// KeyStore is where keys are looked up.
type KeyStore interface {
	Lookup(ctx context.Context, public string) (keysdb.Secret, error)
	Policy(ctx context.Context) (keysdb.Policy, error)
}

// Keys checks API keys against what it has learnt of them. Forget drops that
// after a change; nothing else does, so a lost notification must call it too.
type Keys struct {
	store KeyStore
	known *otter.Cache[string, knownKey]
	// changes counts calls of Forget: what was read before the last one is stale,
	// even when the read ended after it.
	changes atomic.Int64
	mu      sync.Mutex
	policy  atomic.Pointer[knownPolicy]
}

type knownPolicy struct {
	keysdb.Policy
	changes int64
}

// knownKey is a key as the check needs it; an unknown public half is remembered
// too, for a short time, so that guessing does not reach the database.
type knownKey struct {
	keysdb.Secret
	grant   *wire.KeyGrant
	unknown bool
	changes int64
}

const (
	keyCacheSize    = 200_000
	unknownLifetime = 2 * time.Second
	keyLifetime     = 10 * time.Minute
	loadTimeout     = 5 * time.Second
)

// NewKeys makes a checker over a store.
func NewKeys(store KeyStore) *Keys {
	return &Keys{store: store, known: otter.Must(&otter.Options[string, knownKey]{
		MaximumSize: keyCacheSize,
		ExpiryCalculator: otter.ExpiryCreatingFunc(func(e otter.Entry[string, knownKey]) time.Duration {
			if e.Value.unknown {
				return unknownLifetime
			}
			return keyLifetime
		}),
	})}
}

// Forget drops all that is known, after a change in the store.
func (k *Keys) Forget() { k.changes.Add(1) }

// Check gives the grant of a whole key for a client, or says why it is refused.
func (k *Keys) Check(ctx context.Context, key, client string) (*wire.KeyGrant, error) {
	public, secret, ok := keysdb.Parse(key)
	if !ok {
		return nil, wire.Fail(wire.KeyInvalid, "an API key looks like ath_{public}.{secret}")
	}
	known, err := k.lookup(ctx, public)
	if err != nil {
		return nil, wire.Fail(wire.KeyStoreDown, "API keys cannot be checked right now").After(time.Second).Because(err)
	}
	switch {
	case known.unknown || !known.Matches(secret):
		return nil, wire.Fail(wire.KeyInvalid, "the API key is not valid")
	case !known.IsActive:
		return nil, wire.Fail(wire.KeyInactive, "the API key was revoked")
	case known.ExpiresAt != nil && time.Now().After(*known.ExpiresAt):
		return nil, wire.Fail(wire.KeyExpired, "the API key has expired")
	case known.Client != "" && known.Client != client:
		return nil, wire.Fail(wire.KeyWrongClient, "the API key is not for the client %s", client)
	}
	return known.grant, nil
}

// lookup gives what is known of a key, read anew where that is stale.
func (k *Keys) lookup(ctx context.Context, public string) (knownKey, error) {
	if known, ok := k.known.GetIfPresent(public); ok {
		if known.changes == k.changes.Load() {
			return known, nil
		}
		k.known.Invalidate(public)
	}
	return k.known.Get(ctx, public, otter.LoaderFunc[string, knownKey](k.load))
}

// load reads a key for everybody who waits for it, so it does not end with the
// request that happened to ask first.
func (k *Keys) load(ctx context.Context, public string) (knownKey, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	changes := k.changes.Load()
	secret, err := k.store.Lookup(ctx, public)
	var problem *wire.Problem
	if errors.As(err, &problem) && problem.Code == wire.NotFound {
		return knownKey{unknown: true, changes: changes}, nil
	}
	if err != nil {
		return knownKey{}, err
	}
	grant := &wire.KeyGrant{PublicID: secret.PublicID, Client: secret.Client, Rights: secret.Rights}
	return knownKey{Secret: secret, grant: grant, changes: changes}, nil
}

// Enforced tells whether a client's callers need a key.
func (k *Keys) Enforced(ctx context.Context, client string) (bool, error) {
	if p := k.policy.Load(); p != nil && p.changes == k.changes.Load() {
		return p.For(client), nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	changes := k.changes.Load()
	if p := k.policy.Load(); p != nil && p.changes == changes {
		return p.For(client), nil
	}
	p, err := k.store.Policy(ctx)
	if err != nil {
		return true, wire.Fail(wire.KeyStoreDown, "the key policy cannot be read right now").After(time.Second).Because(err)
	}
	k.policy.Store(&knownPolicy{p, changes})
	return p.For(client), nil
}
