package auth

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/maypok86/otter/v2"
)

// KeyStore is where keys are looked up, and where their use is noted.
type KeyStore interface {
	Lookup(ctx context.Context, public string) (keysdb.Secret, error)
	Policy(ctx context.Context) (keysdb.Policy, error)
	Learn(ctx context.Context, public string, from netip.Addr) (keysdb.Lesson, error)
	Touch(ctx context.Context, publics []string, at []time.Time) error
}

// Keys checks API keys against what it has learnt of them. Forget drops that
// after a change; nothing else does, so a lost notification must call it too.
type Keys struct {
	store KeyStore
	known *otter.Cache[string, *knownKey]
	uses  uses
	// changes counts calls of Forget: what was read before the last one is stale,
	// even when the read ended after it.
	changes atomic.Int64
	mu      sync.Mutex
	policy  atomic.Pointer[knownPolicy]
}

type knownPolicy struct {
	keysdb.Policy
	changes         int64
	allowed, denied map[string]*ranges
}

// knownKey is a key as the check needs it; an unknown public half is remembered
// too, for a short time, so that guessing does not reach the database.
type knownKey struct {
	keysdb.Secret
	grant           *wire.KeyGrant
	unknown         bool
	changes         int64
	allowed, denied *ranges
	use             use
	// turn lets one use of a learning key at a time wait for its row, so that a
	// busy one leaves connections to others.
	turn chan struct{}
}

const (
	keyCacheSize    = 200_000
	unknownLifetime = 2 * time.Second
	keyLifetime     = 10 * time.Minute
)

// NewKeys makes a checker over a store.
func NewKeys(store KeyStore) *Keys {
	return &Keys{store: store, known: otter.Must(&otter.Options[string, *knownKey]{
		MaximumSize: keyCacheSize,
		ExpiryCalculator: otter.ExpiryCreatingFunc(func(e otter.Entry[string, *knownKey]) time.Duration {
			if e.Value.unknown {
				return unknownLifetime
			}
			return keyLifetime
		}),
	})}
}

// Forget drops all that is known, after a change in the store.
func (k *Keys) Forget() { k.changes.Add(1) }

// Check gives the grant of a whole key that is used for a client, from an address,
// or says why it is refused.
func (k *Keys) Check(ctx context.Context, key, client string, from netip.Addr) (*wire.KeyGrant, error) {
	public, secret, ok := keysdb.Parse(key)
	if !ok {
		return nil, malformedKey()
	}
	for range maxLooks {
		known, stale, err := k.look(ctx, public, secret, client, from)
		if err != nil {
			return nil, err
		}
		if !stale {
			k.uses.note(&known.use)
			return known.grant, nil
		}
	}
	return nil, storeDown("the API key changes too fast to be checked", nil)
}

func malformedKey() error {
	return wire.Fail(wire.KeyInvalid, "an API key looks like ath_{public}.{secret}")
}

// maxLooks bounds how often a key is looked at that changes meanwhile.
const maxLooks = 10

func (k *Keys) look(ctx context.Context, public, secret, client string, from netip.Addr) (*knownKey, bool, error) {
	known, err := k.lookup(ctx, public)
	if err != nil {
		return nil, false, storeDown("API keys cannot be checked right now", err)
	}
	if err := known.check(secret, client); err != nil {
		return nil, false, err
	}
	stale, err := k.admit(ctx, known, client, from)
	return known, stale, err
}

func storeDown(detail string, err error) error {
	return wire.Fail(wire.KeyStoreDown, "%s", detail).After(time.Second).Because(err)
}

func (known *knownKey) check(secret, client string) error {
	switch {
	case known.unknown || !known.Matches(secret):
		return wire.Fail(wire.KeyInvalid, "the API key is not valid")
	case !known.IsActive:
		return wire.Fail(wire.KeyInactive, "the API key was revoked")
	case known.ExpiresAt != nil && !time.Now().Before(*known.ExpiresAt):
		return wire.Fail(wire.KeyExpired, "the API key has expired")
	case known.Client != "" && known.Client != client:
		return wire.Fail(wire.KeyWrongClient, "the API key is not for the client %s", client)
	}
	return nil
}

// lookup gives what is known of a key, read anew where that is stale.
func (k *Keys) lookup(ctx context.Context, public string) (*knownKey, error) {
	wanted := k.changes.Load()
	for {
		known, err := shared(ctx, k.known, public, k.load)
		if err != nil {
			return nil, err
		}
		if known.changes >= wanted {
			return known, nil
		}
		// It is old, or comes from a reading that was under way at the last change.
		k.known.Invalidate(public)
	}
}

// load reads a key.
func (k *Keys) load(ctx context.Context, public string) (*knownKey, error) {
	changes := k.changes.Load()
	secret, err := k.store.Lookup(ctx, public)
	var problem *wire.Problem
	if errors.As(err, &problem) && problem.Code == wire.NotFound {
		return &knownKey{unknown: true, changes: changes}, nil
	}
	if err != nil {
		return nil, err
	}
	return &knownKey{
		Secret: secret, changes: changes,
		grant:   &wire.KeyGrant{PublicID: secret.PublicID, Client: secret.Client, Rights: secret.Rights},
		allowed: newRanges(secret.Whitelist), denied: newRanges(secret.Blacklist),
		use: use{public: public}, turn: make(chan struct{}, 1),
	}, nil
}

// Enforced tells whether a client's callers need a key.
func (k *Keys) Enforced(ctx context.Context, client string) (bool, error) {
	p, err := k.rules(ctx)
	if err != nil {
		return true, err
	}
	return p.For(client), nil
}

// rules gives what holds for all keys, read anew where that is stale.
func (k *Keys) rules(ctx context.Context) (*knownPolicy, error) {
	if p := k.policy.Load(); p != nil && p.changes == k.changes.Load() {
		return p, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	changes := k.changes.Load()
	if p := k.policy.Load(); p != nil && p.changes == changes {
		return p, nil
	}
	policy, err := k.store.Policy(ctx)
	if err != nil {
		return nil, storeDown("the key policy cannot be read right now", err)
	}
	p := &knownPolicy{
		Policy: policy, changes: changes,
		allowed: newRangesByClient(policy.Whitelist), denied: newRangesByClient(policy.Blacklist),
	}
	k.policy.Store(p)
	return p, nil
}
