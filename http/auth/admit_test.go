package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/http/auth"
	"athena/persistence/dbtest"
	"athena/persistence/keysdb"
	"athena/persistence/notify"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// site is a control database with nodes that check keys against it.
type site struct {
	t   *testing.T
	uri string
	db  *pgxpool.Pool
	keysdb.Store
}

func newSite(t *testing.T) *site {
	t.Helper()
	uri := dbtest.Control(t)
	db := dbtest.Pool(t, uri)
	return &site{t, uri, db, keysdb.Store{DB: db}}
}

// node is one process: it has its own memory of keys and listens for changes.
func (s *site) node() *auth.Keys {
	s.t.Helper()
	keys := auth.NewKeys(s.Store)
	ctx, stop := context.WithCancel(context.Background())
	listening, ended := make(chan struct{}), make(chan struct{})
	var first sync.Once
	go func() {
		defer close(ended)
		notify.Listen(ctx, func() (string, error) { return s.uri, nil }, slog.New(slog.DiscardHandler),
			notify.Subscription{Channel: "athena_keys", Changed: func(string) {
				keys.Forget()
				first.Do(func() { close(listening) })
			}})
	}()
	s.t.Cleanup(func() { stop(); <-ended })
	<-listening
	return keys
}

func (s *site) key(c *wire.CreateAPIKey) wire.CreatedAPIKey {
	s.t.Helper()
	c.Name = "test"
	made, err := s.Create(s.t.Context(), c)
	require.NoError(s.t, err)
	return made
}

// outcome is what became of a use of a key: the code of its refusal, or "ok".
func outcome(keys *auth.Keys, key, client, from string) string {
	_, err := keys.Check(context.Background(), key, client, netip.MustParseAddr(from))
	if problem, ok := wire.AsProblem(err); ok {
		return problem.Code.Name
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

const (
	ok      = "ok"
	refused = "ip_address_refused"
)

func TestOrderOfAddressRules(t *testing.T) {
	t.Parallel()
	acme := "acme"
	for _, tc := range []struct {
		name                   string
		globalWhite, globalBad []string
		clientWhite, clientBad []string // for acme alone
		white, black           []string
		uses                   map[string]string
	}{
		{name: "no rule", uses: map[string]string{"1.1.1.1": ok, "::1": ok}},
		{name: "key's whitelist", white: []string{"10.0.0.0/8", "2001:db8::/32"},
			uses: map[string]string{"10.1.1.1": ok, "11.1.1.1": refused, "2001:db8::9": ok, "2001:db9::": refused}},
		{name: "key's blacklist", black: []string{"10.0.0.0/8"}, uses: map[string]string{"10.1.1.1": refused, "11.1.1.1": ok}},
		{name: "blacklist before whitelist", white: []string{"10.0.0.0/8"}, black: []string{"10.9.0.0/16"},
			uses: map[string]string{"10.1.1.1": ok, "10.9.1.1": refused}},
		{name: "global blacklist before all", globalBad: []string{"10.9.0.0/16"}, globalWhite: []string{"10.0.0.0/8"}, white: []string{"10.0.0.0/8"},
			uses: map[string]string{"10.9.1.1": refused, "10.1.1.1": ok}},
		{name: "global whitelist restricts every key", globalWhite: []string{"10.0.0.0/8"},
			uses: map[string]string{"10.1.1.1": ok, "11.1.1.1": refused}},
		{name: "key's whitelist narrows the global one", globalWhite: []string{"10.0.0.0/8"}, white: []string{"10.1.0.0/16", "11.0.0.0/8"},
			uses: map[string]string{"10.1.1.1": ok, "10.2.1.1": refused, "11.1.1.1": refused}},
		{name: "blacklist of the client", clientBad: []string{"10.0.0.0/8"}, uses: map[string]string{"10.1.1.1": refused, "11.1.1.1": ok}},
		{name: "whitelist of the client", clientWhite: []string{"10.0.0.0/8"}, uses: map[string]string{"10.1.1.1": ok, "11.1.1.1": refused}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			save := func(list keysdb.List, client *string, ranges []string) {
				for _, r := range ranges {
					_, err := s.SaveGlobalIP(t.Context(), list, netip.MustParsePrefix(r), client, nil)
					require.NoError(t, err)
				}
			}
			save(keysdb.Whitelist, nil, tc.globalWhite)
			save(keysdb.Blacklist, nil, tc.globalBad)
			save(keysdb.Whitelist, &acme, tc.clientWhite)
			save(keysdb.Blacklist, &acme, tc.clientBad)
			key := s.key(&wire.CreateAPIKey{IPWhitelist: tc.white, IPBlacklist: tc.black}).APIKey
			keys := auth.NewKeys(s.Store)
			for from, want := range tc.uses {
				require.Equal(t, want, outcome(keys, key, acme, from), from)
			}
			if tc.clientWhite != nil || tc.clientBad != nil {
				require.Equal(t, ok, outcome(keys, key, "other", "10.1.1.1"))
				require.Equal(t, ok, outcome(keys, key, "other", "11.1.1.1"))
			}
		})
	}
}

func TestKnownKeyCostsNoQuery(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.key(&wire.CreateAPIKey{IPWhitelist: []string{"10.0.0.0/8"}}).APIKey
	counted := &countingStore{KeyStore: s.Store}
	keys := auth.NewKeys(counted)
	require.Equal(t, ok, outcome(keys, key, "acme", "10.0.0.1"))
	first := counted.calls.Load()
	for range 100 {
		require.Equal(t, ok, outcome(keys, key, "acme", "10.0.0.1"))
		require.Equal(t, refused, outcome(keys, key, "acme", "11.0.0.1"))
	}
	require.Equal(t, first, counted.calls.Load())
}

type countingStore struct {
	auth.KeyStore
	calls atomic.Int64
	down  atomic.Bool
}

func (c *countingStore) Lookup(ctx context.Context, public string) (keysdb.Secret, error) {
	c.calls.Add(1)
	return c.KeyStore.Lookup(ctx, public)
}

func (c *countingStore) Policy(ctx context.Context) (keysdb.Policy, error) {
	c.calls.Add(1)
	return c.KeyStore.Policy(ctx)
}

func (c *countingStore) Touch(ctx context.Context, publics []string, at []time.Time) error {
	if c.down.Load() {
		return errors.New("down")
	}
	c.calls.Add(1)
	return c.KeyStore.Touch(ctx, publics, at)
}

// TestVirginKeyCountsExactly uses one key from many places at once, on two nodes:
// as many uses are counted as were let through while it learnt, and the whitelist
// is complete.
func TestVirginKeyCountsExactly(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const limit, callers, rounds = 50, 16, 10
	made := s.key(&wire.CreateAPIKey{VirginMode: true, VirginUntilNRequests: limit})
	nodes := []*auth.Keys{s.node(), s.node()}
	var passed atomic.Int64
	var callersDone sync.WaitGroup
	for c := range callers {
		callersDone.Go(func() {
			for r := range rounds {
				if outcome(nodes[c%2], made.APIKey, "acme", fmt.Sprintf("10.0.%d.%d", c, r)) == ok {
					passed.Add(1)
				}
			}
		})
	}
	callersDone.Wait()
	require.EqualValues(t, limit, passed.Load(), "every use had an address of its own, so none passes after the lock")
	policy, err := s.IPPolicy(t.Context(), made.Record.ID)
	require.NoError(t, err)
	require.EqualValues(t, limit, policy.VirginRequestCount)
	require.True(t, policy.VirginResolved)
	require.Len(t, policy.Whitelist, limit)
	for _, node := range nodes {
		addr := netip.MustParsePrefix(policy.Whitelist[0].Addr).Addr().String()
		require.Equal(t, ok, outcome(node, made.APIKey, "acme", addr))
		require.Equal(t, refused, outcome(node, made.APIKey, "acme", "99.0.0.1"))
	}
}

func TestVirginKeyObeysBlacklistsAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.key(&wire.CreateAPIKey{VirginMode: true, MaxWhitelistIPs: 2})
	_, err := s.SaveGlobalIP(t.Context(), keysdb.Whitelist, netip.MustParsePrefix("10.0.0.0/8"), nil, nil)
	require.NoError(t, err)
	_, err = s.AddIPs(t.Context(), made.Record.ID, keysdb.Blacklist, []netip.Prefix{netip.MustParsePrefix("11.0.0.0/8")}, nil)
	require.NoError(t, err)
	keys := auth.NewKeys(s.Store)
	require.Equal(t, refused, outcome(keys, made.APIKey, "acme", "11.0.0.1"))
	require.Equal(t, ok, outcome(keys, made.APIKey, "acme", "12.0.0.1"), "no whitelist counts while the key learns")
	require.Equal(t, ok, outcome(keys, made.APIKey, "acme", "10.0.0.1"), "the use that ends the learning passes")
	require.Equal(t, refused, outcome(keys, made.APIKey, "acme", "12.0.0.1"), "then the server's whitelist counts")
	require.Equal(t, ok, outcome(keys, made.APIKey, "acme", "10.0.0.1"))
	require.Equal(t, refused, outcome(keys, made.APIKey, "acme", "10.0.0.2"), "and the key's own")
}

// TestChangeReachesOtherNodes makes changes through the store, as one node does,
// and waits until another node acts on them.
func TestChangeReachesOtherNodes(t *testing.T) {
	t.Parallel()
	made := func(s *site) wire.CreatedAPIKey {
		return s.key(&wire.CreateAPIKey{Rights: []string{"gateway.read"}})
	}
	off, past := false, time.Now().Add(-time.Second)
	for _, tc := range []struct {
		name   string
		change func(s *site, key wire.CreatedAPIKey) error
		want   string
	}{
		{"revoked", func(s *site, k wire.CreatedAPIKey) error {
			_, err := s.Update(t.Context(), &wire.UpdateAPIKey{APIKeyByID: wire.APIKeyByID{ID: k.Record.ID}, IsActive: &off})
			return err
		}, "api_key_inactive"},
		{"revoked by its public half", func(s *site, k wire.CreatedAPIKey) error {
			_, err := s.Revoke(t.Context(), k.Record.PublicID)
			return err
		}, "api_key_inactive"},
		{"deleted", func(s *site, k wire.CreatedAPIKey) error { return s.Delete(t.Context(), k.Record.ID) }, "api_key_invalid"},
		{"bound to another client", func(s *site, k wire.CreatedAPIKey) error {
			other := "other"
			_, err := s.Update(t.Context(), &wire.UpdateAPIKey{APIKeyByID: wire.APIKeyByID{ID: k.Record.ID}, ClientName: wire.Maybe[string]{Set: true, Value: &other}})
			return err
		}, "api_key_wrong_client"},
		{"expired", func(s *site, k wire.CreatedAPIKey) error {
			_, err := s.Update(t.Context(), &wire.UpdateAPIKey{APIKeyByID: wire.APIKeyByID{ID: k.Record.ID}, ExpiresAt: wire.Maybe[time.Time]{Set: true, Value: &past}})
			return err
		}, "api_key_expired"},
		{"refused from an address", func(s *site, k wire.CreatedAPIKey) error {
			_, err := s.AddIPs(t.Context(), k.Record.ID, keysdb.Blacklist, []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}, nil)
			return err
		}, refused},
		{"refused from an address for all", func(s *site, _ wire.CreatedAPIKey) error {
			_, err := s.SaveGlobalIP(t.Context(), keysdb.Blacklist, netip.MustParsePrefix("10.0.0.1/32"), nil, nil)
			return err
		}, refused},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			key, other := made(s), s.node()
			require.Equal(t, ok, outcome(other, key.APIKey, "acme", "10.0.0.1"))
			require.NoError(t, tc.change(s, key))
			require.Eventually(t, func() bool { return outcome(other, key.APIKey, "acme", "10.0.0.1") == tc.want }, 10*time.Second, time.Millisecond)
		})
	}
}

func TestWithdrawnRightReachesOtherNodes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key, other := s.key(&wire.CreateAPIKey{Rights: []string{"gateway.read"}}), s.node()
	allows := func() bool {
		grant, err := other.Check(t.Context(), key.APIKey, "acme", netip.MustParseAddr("10.0.0.1"))
		return err == nil && grant.Allows("users.read")
	}
	require.True(t, allows())
	_, err := s.Update(t.Context(), &wire.UpdateAPIKey{APIKeyByID: wire.APIKeyByID{ID: key.Record.ID}, Rights: &[]string{}})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !allows() }, 10*time.Second, time.Millisecond)
}

func TestEnforcementReachesOtherNodes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	other := s.node()
	enforced := func() bool {
		is, err := other.Enforced(t.Context(), "acme")
		return err != nil || is
	}
	require.True(t, enforced())
	_, err := s.SetClientConfig(t.Context(), "acme", false)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !enforced() }, 10*time.Second, time.Millisecond)
	require.NoError(t, s.DeleteClientConfig(t.Context(), "acme"))
	require.Eventually(t, enforced, 10*time.Second, time.Millisecond)
	require.NoError(t, s.SetConfig(t.Context(), false))
	require.Eventually(t, func() bool { return !enforced() }, 10*time.Second, time.Millisecond)
}

func TestLastUseIsWrittenInBatches(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	store := &countingStore{KeyStore: s.Store}
	keys := auth.NewKeys(store)
	a, b := s.key(&wire.CreateAPIKey{}), s.key(&wire.CreateAPIKey{})
	began := time.Now().Add(-time.Millisecond)
	for range 10 {
		require.Equal(t, ok, outcome(keys, a.APIKey, "acme", "10.0.0.1"))
		require.Equal(t, ok, outcome(keys, b.APIKey, "acme", "10.0.0.1"))
	}
	keys.Forget()
	require.Equal(t, ok, outcome(keys, a.APIKey, "acme", "10.0.0.1"))
	require.Equal(t, "api_key_invalid", outcome(keys, a.APIKey+"x", "acme", "10.0.0.1"))
	lastUse := func(k wire.CreatedAPIKey) *time.Time {
		record, err := s.Get(t.Context(), k.Record.ID)
		require.NoError(t, err)
		return record.LastUsedAt
	}
	require.Nil(t, lastUse(a), "no request writes it")

	store.down.Store(true)
	require.Error(t, keys.Flush(t.Context()))
	store.down.Store(false)
	before := store.calls.Load()
	require.NoError(t, keys.Flush(t.Context()))
	require.Equal(t, before+1, store.calls.Load(), "one statement for all keys")
	require.True(t, lastUse(a).After(began) && lastUse(b).After(began))
	require.NoError(t, keys.Flush(t.Context()))
	require.Equal(t, before+1, store.calls.Load(), "nothing to write")

	first := *lastUse(a)
	require.Equal(t, ok, outcome(keys, a.APIKey, "acme", "10.0.0.1"))
	require.NoError(t, keys.Flush(t.Context()))
	require.True(t, lastUse(a).After(first))
}
