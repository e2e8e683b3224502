package auth

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// FuzzForwardedFor: the address is the connection's or stands in the header, and
// what a stranger writes in front of it changes nothing.
func FuzzForwardedFor(f *testing.F) {
	for _, seed := range []string{"", "1.2.3.4", "9.9.9.9, 1.2.3.4:80, 10.0.0.2", "[::1]:80, [::1]", "::ffff:10.0.0.2", "fe80::1%eth0", "unknown, 10.0.0.2", ",,", "10.0.0.2"} {
		f.Add(seed, "8.8.8.8")
	}
	proxies := prefixes("10.0.0.0/8", "fd00::/8")
	ask := func(remote string, headers ...string) netip.Addr {
		var rc fasthttp.RequestCtx
		rc.Init(&fasthttp.Request{}, &net.TCPAddr{IP: net.ParseIP(remote), Port: 1}, nil)
		for _, header := range headers {
			rc.Request.Header.Add("X-Forwarded-For", header)
		}
		return callerAddr(&rc, proxies)
	}
	f.Fuzz(func(t *testing.T, header, stranger string) {
		require.Equal(t, "1.2.3.4", ask("1.2.3.4", header).String(), "nobody trusts that peer")
		addr := ask("10.0.0.1", header)
		require.True(t, addr.IsValid())
		require.Empty(t, addr.Zone())
		if addr.String() != "10.0.0.1" {
			stands := false
			for _, part := range strings.Split(header, ",") {
				hop, ok := parseHop(part)
				stands = stands || ok && hop == addr
			}
			require.True(t, stands, "%q became %s", header, addr)
		}
		if !trusted(addr, proxies) {
			require.Equal(t, addr, ask("10.0.0.1", stranger+","+header))
			require.Equal(t, addr, ask("10.0.0.1", stranger, header))
		}
	})
}

// FuzzSignedCookie: no value counts as signed that the secret has not signed.
func FuzzSignedCookie(f *testing.F) {
	const hello = "hello.iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs="
	for _, seed := range []string{hello, url.QueryEscape(hello), "hello", ".", hello + "=", strings.Repeat("a", 44) + "=", "%zz", "hello.iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAt="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		value = cookieText(value)
		token, signed, good := unsign(value, "secret")
		if signed {
			require.Equal(t, value[:len(value)-signatureLength-1], token)
		} else {
			require.Equal(t, value, token)
			require.False(t, good)
		}
		if good {
			require.Equal(t, "hello", token, "which alone is signed in the seeds")
		}
		_, ok := credential{token: value, cookie: sessionCookies[0]}.stored("secret")
		require.Equal(t, good, ok, "a cookie counts if it is signed")
		_, _, forged := unsign(value, "another secret")
		require.False(t, forged && good)
	})
}

// FuzzDirectAddress: an address of a caller's own that is taken leads across the
// network, with a user and a password, and names nothing of this machine.
func FuzzDirectAddress(f *testing.F) {
	for _, seed := range []string{"postgres://u:p@h:5432/d", "jdbc:postgresql://h/d?user=u&password=p", "postgres://u:p@/d?host=/tmp", "postgres://u:p@h/d?sslcert=/etc/passwd", "postgres://u:p@h/d;sslkey=x",
		"postgres://u@h/d", "postgres://u:p@%2Ftmp/d", "postgres://u:p@h,%2Ftmp/d", "postgres://u:p@h/d?application_name=a&passfile=x", "postgres://u:p@h/d?a;b", "jdbc:postgresql://h/d?user=u&password=p&service=x"} {
		f.Add(seed)
	}
	g := &Guard{DirectURI: true}
	f.Fuzz(func(t *testing.T, text string) {
		caller, err := g.direct(text)
		if err != nil {
			p, ok := wire.AsProblem(err)
			require.True(t, ok)
			require.Contains(t, []int{400, 401}, p.Code.Status)
			return
		}
		u, err := url.Parse(caller.DirectURI)
		require.NoError(t, err)
		password, _ := u.User.Password()
		require.NotEmpty(t, password)
		require.NotEmpty(t, u.User.Username())
		for name := range u.Query() {
			require.Contains(t, directParameters, name)
		}
		config, err := pgconn.ParseConfig(caller.DirectURI)
		if err != nil {
			return
		}
		require.Equal(t, u.User.Username(), config.User)
		require.Equal(t, password, config.Password)
		hosts := []string{config.Host}
		for _, other := range config.Fallbacks {
			hosts = append(hosts, other.Host)
		}
		for _, host := range hosts {
			network, _ := pgconn.NetworkAddress(host, config.Port)
			require.Equal(t, "tcp", network, "%q", host)
			require.NotEmpty(t, host)
		}
	})
}

// FuzzServedSession: whatever an auth service answers, a session that counts has a
// user and an end, and an error repeats nothing of it.
func FuzzServedSession(f *testing.F) {
	for _, seed := range []string{"null", "{}", `{"session":{"userId":"u","expiresAt":"2099-01-01T00:00:00Z"},"user":{"id":"u"}}`, `{"session":{"userId":"u","expiresAt":"2099-01-01T00:00:00Z"},"user":{"id":"v"}}`,
		`{"session":{"expiresAt":"2099-01-01T00:00:00Z","active":false},"user":{"id":"u","banned":true}}`, `[`, `{"session":[]}`, `{"session":{"userId":1}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		known, err := readSession(strings.NewReader(text))
		if err != nil {
			require.Less(t, len(err.Error()), 80)
			return
		}
		if !known.unknown {
			require.NotEmpty(t, known.UserID)
			require.True(t, known.ExpiresAt.After(time.Time{}))
		}
	})
}

// FuzzCredentials: what a request shows as key or session stands in it, each once.
func FuzzCredentials(f *testing.F) {
	f.Add("Bearer ath_a.b", "athena-auth.session-token=x", "ath_c.d", "ath_c.d")
	f.Add("bearer  x ", "athena-auth.session_token=a%2Eb; athena-auth.session-token=", "", "&")
	f.Add("Basic x", `athena-auth.session-token="x;y"`, "\x00", "%ff")
	f.Fuzz(func(t *testing.T, authorization, cookie, key, query string) {
		var rc fasthttp.RequestCtx
		rc.Init(&fasthttp.Request{}, nil, nil)
		rc.Request.SetRequestURI("/x?api_key=" + query)
		rc.Request.Header.Set("Authorization", authorization)
		rc.Request.Header.Set("Cookie", cookie)
		rc.Request.Header.Set("apikey", key)
		seen := map[string]bool{}
		for shown := range shownKeys(&rc) {
			require.NotEmpty(t, shown)
			require.False(t, seen[shown], "%q is shown twice", shown)
			seen[shown] = true
		}
		session := sessionToken(&rc)
		if strings.HasPrefix(session.token, keyPrefix) {
			require.NotEmpty(t, session.cookie, "a key in a header is no session")
		}
	})
}
