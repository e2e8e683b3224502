package auth_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"

	"athena/http/auth"
	"athena/http/route"
	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// arrived is a request for acme from an address, with headers as "Name", "value".
func arrived(from string, headers ...string) *fasthttp.RequestCtx {
	rc := &fasthttp.RequestCtx{}
	rc.SetRemoteAddr(net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 40000)))
	rc.Request.Header.Set("X-Athena-Client", "acme")
	for i := 0; i < len(headers); i += 2 {
		rc.Request.Header.Add(headers[i], headers[i+1])
	}
	return rc
}

var gateway = &route.Route{Access: route.Gateway}

func TestGuardSeesPastTrustedProxies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key := s.key(&wire.CreateAPIKey{IPWhitelist: []string{"1.2.3.4"}}).APIKey
	guard := &auth.Guard{Keys: auth.NewKeys(s.Store), Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}

	caller, err := guard.Check(t.Context(), gateway, arrived("10.0.0.1", "apikey", key, "X-Forwarded-For", "9.9.9.9, 1.2.3.4"))
	require.NoError(t, err)
	require.Equal(t, "1.2.3.4", caller.From.String())

	caller, err = guard.Check(t.Context(), gateway, arrived("8.8.8.8", "apikey", key, "X-Forwarded-For", "1.2.3.4"))
	problem, _ := wire.AsProblem(err)
	require.Equal(t, wire.AddressRefused, problem.Code, "nobody speaks for himself")
	require.Equal(t, "8.8.8.8", caller.From.String(), "the log names who was turned away")
	require.NotContains(t, err.Error(), key)
}

func TestKeyInSeveralPlacesIsUsedOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	made := s.key(&wire.CreateAPIKey{VirginMode: true, VirginUntilNRequests: 10})
	guard := &auth.Guard{Keys: auth.NewKeys(s.Store)}
	rc := arrived("1.2.3.4", "apikey", made.APIKey, "X-Api-Key", made.APIKey, "X-Athena-Key", made.APIKey, "Authorization", "Bearer "+made.APIKey)
	rc.Request.SetRequestURI("/gateway/fetch?api_key=" + made.APIKey)
	_, err := guard.Check(t.Context(), gateway, rc)
	require.NoError(t, err)
	policy, err := s.IPPolicy(t.Context(), made.Record.ID)
	require.NoError(t, err)
	require.EqualValues(t, 1, policy.VirginRequestCount)
}

// brokenStore cannot be asked.
type brokenStore struct{ auth.KeyStore }

func (brokenStore) Lookup(context.Context, string) (keysdb.Secret, error) {
	return keysdb.Secret{}, errors.New("down")
}

func (brokenStore) Policy(context.Context) (keysdb.Policy, error) {
	return keysdb.Policy{}, errors.New("down")
}

func TestStoreThatIsDown(t *testing.T) {
	t.Parallel()
	for _, header := range [][]string{nil, {"apikey", "ath_0123456789abcdef.secret"}} {
		closed := &auth.Guard{Keys: auth.NewKeys(brokenStore{})}
		_, err := closed.Check(t.Context(), gateway, arrived("1.2.3.4", header...))
		problem, _ := wire.AsProblem(err)
		require.Equal(t, wire.KeyStoreDown, problem.Code)
		require.NotZero(t, problem.RetryAfter)

		open := &auth.Guard{Keys: auth.NewKeys(brokenStore{}), FailOpen: true}
		caller, err := open.Check(t.Context(), gateway, arrived("1.2.3.4", header...))
		require.NoError(t, err)
		require.True(t, caller.Open)
	}
}

func TestFailingOpenLetsNoBadKeyThrough(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	guard := &auth.Guard{Keys: auth.NewKeys(s.Store), FailOpen: true}
	_, err := guard.Check(t.Context(), gateway, arrived("1.2.3.4", "apikey", "ath_0123456789abcdef.secret"))
	problem, _ := wire.AsProblem(err)
	require.Equal(t, wire.KeyInvalid, problem.Code)
}
