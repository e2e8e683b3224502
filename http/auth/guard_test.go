package auth_test

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"athena/http/auth"
	"athena/http/route"
	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/persistence/keysdb"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

const adminKey = "the-admin-key"

// door is a guard before real keys and real sessions.
type door struct {
	t      *testing.T
	keys   *pgxpool.Pool
	tenant *pgxpool.Pool
	*auth.Guard
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{
		t:      t,
		keys:   dbtest.Pool(t, dbtest.Control(t)),
		tenant: dbtest.Pool(t, dbtest.Client(t)),
	}
	d.Guard = &auth.Guard{
		AdminKey: adminKey, DirectURI: true,
		Keys:     auth.NewKeys(keysdb.Store{DB: d.keys}),
		Sessions: auth.NewSessions(auth.SessionConfig{Databases: oneDatabase{d.tenant}}),
	}
	return d
}

// oneDatabase is that of every client but one that is down.
type oneDatabase struct{ db persistence.DB }

func (o oneDatabase) DB(_ context.Context, client string) (persistence.DB, error) {
	if client == "down" {
		return nil, wire.Fail(wire.BackendUnavailable, "down")
	}
	return o.db, nil
}

func (d *door) key(client string, rights ...string) string {
	d.t.Helper()
	c := &wire.CreateAPIKey{Name: "k", Rights: rights}
	if client != "" {
		c.ClientName = &client
	}
	made, err := keysdb.Store{DB: d.keys}.Create(d.t.Context(), c)
	require.NoError(d.t, err)
	return made.APIKey
}

func (d *door) session(user string) string {
	d.t.Helper()
	token, err := sessionsdb.Store{DB: d.tenant}.Create(d.t.Context(), user, "acme", time.Hour)
	require.NoError(d.t, err)
	return token
}

func (d *door) sql(db *pgxpool.Pool, sql string, args ...any) {
	d.t.Helper()
	_, err := db.Exec(d.t.Context(), sql, args...)
	require.NoError(d.t, err)
}

// ask asks the guard for a route of an access; headers are "Name: value", and a
// line that begins with ? is the query string.
func (d *door) ask(access route.Access, headers ...string) (route.Caller, error) {
	rc := &fasthttp.RequestCtx{}
	rc.Request.SetRequestURI("/x")
	for _, header := range headers {
		if query, is := strings.CutPrefix(header, "?"); is {
			rc.Request.SetRequestURI("/x?" + query)
			continue
		}
		name, value, _ := strings.Cut(header, ": ")
		rc.Request.Header.Set(name, value)
	}
	return d.Check(d.t.Context(), &route.Route{Path: "/gateway/fetch", Access: access}, rc)
}

// refused asks and gives the status and the code of the refusal, 0 for none.
func (d *door) refused(access route.Access, headers ...string) (int, string) {
	d.t.Helper()
	_, err := d.ask(access, headers...)
	if err == nil {
		return 0, ""
	}
	p, ok := wire.AsProblem(err)
	require.True(d.t, ok, "%v", err)
	for _, header := range headers {
		_, value, _ := strings.Cut(header, ": ")
		if len(value) > 12 {
			require.NotContains(d.t, err.Error(), value, "what was shown is not repeated")
		}
	}
	return p.Code.Status, p.Code.Name
}

func TestEveryPlaceOfAKey(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	good, bad := d.key("demo", "*"), "ath_0123456789abcdef."+strings.Repeat("ab", 32)
	for _, place := range []string{"apikey: ", "X-Api-Key: ", "X-Athena-Key: ", "x-athena-admin-key: ", "APIKEY: ", "Authorization: Bearer ", "authorization: bearer ", "?a=b&api_key="} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			caller, err := d.ask(route.Gateway, "X-Athena-Client: demo", place+good)
			require.NoError(t, err)
			require.NoError(t, caller.Allow("orders.read"))
			require.Equal(t, "demo", caller.Client)

			status, code := d.refused(route.Gateway, "X-Athena-Client: demo", place+bad)
			require.Equal(t, 401, status)
			require.Equal(t, "api_key_invalid", code)

			caller, err = d.ask(route.Admin, place+adminKey)
			require.NoError(t, err)
			require.True(t, caller.Admin)
			caller, err = d.ask(route.Gateway, "X-Athena-Client: demo", place+adminKey)
			require.NoError(t, err)
			require.NoError(t, caller.Allow("anything.at.all"), "the admin key may do all")

			for _, wrong := range []string{good, adminKey + "x", adminKey[1:], "ADMIN"} {
				status, _ = d.refused(route.Admin, place+wrong)
				require.Equal(t, 401, status, wrong)
			}
		})
	}
}

func TestRefusalsOfKeys(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	good, other := d.key("demo", "gateway.read"), d.key("other", "*")
	revoked, expired, anyClient := d.key("demo", "*"), d.key("demo", "*"), d.key("", "gateway.read")
	public := func(key string) string { p, _, _ := keysdb.Parse(key); return p }
	d.sql(d.keys, "UPDATE api_keys SET is_active = false WHERE public_id = $1", public(revoked))
	d.sql(d.keys, "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE public_id = $1", public(expired))
	d.sql(d.keys, "INSERT INTO api_key_client_config (client_name, enforce_api_keys) VALUES ('open', false)")
	for _, tc := range []struct {
		name, client string
		headers      []string
		status       int
		code         string
	}{
		{"none", "demo", nil, 401, "unauthenticated"},
		{"no client", "", []string{"apikey: " + good}, 400, "client_missing"},
		{"good", "demo", []string{"apikey: " + good}, 0, ""},
		{"malformed", "demo", []string{"apikey: nonsense"}, 401, "api_key_invalid"},
		{"half a key", "demo", []string{"apikey: ath_" + public(good)}, 401, "api_key_invalid"},
		{"no secret", "demo", []string{"apikey: ath_" + public(good) + "."}, 401, "api_key_invalid"},
		{"wrong secret", "demo", []string{"apikey: ath_" + public(good) + "." + strings.Repeat("00", 32)}, 401, "api_key_invalid"},
		{"secret of another", "demo", []string{"apikey: ath_" + public(good) + "." + strings.SplitN(other, ".", 2)[1]}, 401, "api_key_invalid"},
		{"unknown", "demo", []string{"apikey: ath_ffffffffffffffff." + strings.Repeat("00", 32)}, 401, "api_key_invalid"},
		{"inactive", "demo", []string{"apikey: " + revoked}, 401, "api_key_inactive"},
		{"expired", "demo", []string{"apikey: " + expired}, 401, "api_key_expired"},
		{"of another client", "demo", []string{"apikey: " + other}, 403, "api_key_wrong_client"},
		{"of any client", "other", []string{"apikey: " + anyClient}, 0, ""},
		{"good and bad", "demo", []string{"apikey: " + good, "X-Api-Key: " + other}, 403, "api_key_wrong_client"},
		{"a session token is no key", "demo", []string{"Authorization: Bearer sometoken"}, 401, "unauthenticated"},
		{"basic is no bearer", "demo", []string{"Authorization: Basic " + good}, 401, "unauthenticated"},
		{"none where none is asked for", "open", nil, 0, ""},
		{"bad where none is asked for", "open", []string{"apikey: " + revoked}, 401, "api_key_inactive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			headers := tc.headers
			if tc.client != "" {
				headers = append(headers, "X-Athena-Client: "+tc.client)
			}
			status, code := d.refused(route.Gateway, headers...)
			require.Equal(t, tc.status, status, code)
			require.Equal(t, tc.code, code)
		})
	}
}

func TestRightsOfACaller(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	caller, err := d.ask(route.Gateway, "X-Athena-Client: demo", "apikey: "+d.key("demo", "gateway.read"))
	require.NoError(t, err)
	require.NoError(t, caller.AllowTable("public", "orders", "read"))
	p, ok := wire.AsProblem(caller.AllowTable("public", "orders", "write"))
	require.True(t, ok)
	require.Equal(t, 403, p.Code.Status)
	require.Contains(t, p.Detail, "orders.write")
}

func TestEmptyAdminKeyAdmitsNobody(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.AdminKey = ""
	for _, headers := range [][]string{nil, {"apikey: "}, {"Authorization: Bearer "}, {"?api_key="}} {
		status, _ := d.refused(route.Admin, headers...)
		require.Equal(t, 401, status)
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	const client = "X-Athena-Client: demo"
	token := d.session("ann")
	for _, place := range []string{"Authorization: Bearer ", "X-Athena-Auth-Session-Token: ", "X-Athena-Auth-Bearer-Token: ", "Cookie: athena-auth.session-token=", "Cookie: a=b; athena-auth.session_token="} {
		caller, err := d.ask(route.Session, client, place+token)
		require.NoError(t, err, place)
		require.Equal(t, []string{"ann", "acme", "demo"}, []string{caller.UserID, caller.OrganizationID, caller.Client})
	}
	d.sql(d.tenant, "UPDATE athena.sessions SET token = 'a+b/c=' WHERE token = $1", d.session("coded"))
	caller, err := d.ask(route.Session, client, "Cookie: athena-auth.session-token=a%2Bb%2Fc%3D")
	require.NoError(t, err, "a cookie is percent-encoded")
	require.Equal(t, "coded", caller.UserID)

	changed := map[string]string{
		"expired":        "UPDATE athena.sessions SET expires_at = now() - interval '1 second' WHERE token = $1",
		"inactive":       "UPDATE athena.sessions SET active = false WHERE token = $1",
		"banned":         "UPDATE athena.users SET banned = true WHERE id = (SELECT user_id FROM athena.sessions WHERE token = $1)",
		"banned a while": "UPDATE athena.users SET banned = true, ban_expires = now() + interval '1 hour' WHERE id = (SELECT user_id FROM athena.sessions WHERE token = $1)",
	}
	for name, sql := range changed {
		bad := d.session(name)
		d.sql(d.tenant, sql, bad)
		status, code := d.refused(route.Session, client, "Authorization: Bearer "+bad)
		require.Equal(t, 401, status, name)
		require.Equal(t, "ATHENA_CHAT_UNAUTHENTICATED", code)
	}
	over := d.session("was banned")
	d.sql(d.tenant, "UPDATE athena.users SET banned = true, ban_expires = now() - interval '1 second' WHERE id = 'was banned'")
	_, err = d.ask(route.Session, client, "Authorization: Bearer "+over)
	require.NoError(t, err)

	stranger := d.session("stranger")
	d.sql(d.tenant, "DELETE FROM athena.member WHERE user_id = 'stranger'")
	caller, err = d.ask(route.Session, client, "Authorization: Bearer "+stranger)
	require.NoError(t, err)
	require.Empty(t, caller.OrganizationID, "a session acts only for an organization of its user")
}

func TestSessionIsNotBelievedBeyondItsEnd(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token := d.session("ann")
	d.sql(d.tenant, "UPDATE athena.sessions SET expires_at = now() + interval '300 milliseconds' WHERE token = $1", token)
	_, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+token)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+token)
		return err != nil
	}, time.Minute, 5*time.Millisecond)
}

func TestRefusalsOfSessions(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token, key := d.session("ann"), d.key("demo", "*")
	const client = "X-Athena-Client: demo"
	for _, tc := range []struct {
		name    string
		headers []string
		status  int
		code    string
	}{
		{"none", []string{client}, 401, "ATHENA_CHAT_UNAUTHENTICATED"},
		{"no client", []string{"Authorization: Bearer " + token}, 400, "client_missing"},
		{"unknown", []string{client, "Authorization: Bearer unknown"}, 401, "ATHENA_CHAT_UNAUTHENTICATED"},
		{"a key is no session", []string{client, "Authorization: Bearer " + key}, 401, "ATHENA_CHAT_UNAUTHENTICATED"},
		{"good key beside", []string{client, "Authorization: Bearer " + token, "apikey: " + key}, 0, ""},
		{"good key as bearer, session in its header", []string{client, "X-Athena-Auth-Session-Token: " + token, "Authorization: Bearer " + key}, 0, ""},
		{"admin key beside", []string{client, "Authorization: Bearer " + token, "apikey: " + adminKey}, 0, ""},
		{"bad key beside", []string{client, "Authorization: Bearer " + token, "apikey: " + key + "0"}, 401, "api_key_invalid"},
		{"malformed key beside", []string{client, "Authorization: Bearer " + token, "X-Api-Key: nonsense"}, 401, "api_key_invalid"},
		{"key of another client beside", []string{"X-Athena-Client: other", "Authorization: Bearer " + token, "apikey: " + key}, 403, "api_key_wrong_client"},
		{"no database", []string{"X-Athena-Client: down", "Authorization: Bearer " + token}, 503, "backend_unavailable"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			status, code := d.refused(route.Session, tc.headers...)
			require.Equal(t, tc.status, status, code)
			require.Equal(t, tc.code, code)
		})
	}
}

func TestDatabaseWithoutSessionTables(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Databases: oneDatabase{dbtest.Pool(t, dbtest.New(t))}})
	status, code := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer sometoken")
	require.Equal(t, 503, status)
	require.Equal(t, "ATHENA_CHAT_UNAVAILABLE", code)
}

func TestDirectAddresses(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	const good, want = "postgresql://u:hushhushhush@db.example:5432/shop?sslmode=require", "postgres://u:hushhushhush@db.example:5432/shop?sslmode=require"
	for _, header := range []string{"x-pg-uri: " + good, "X-PG-URI: " + good, "x-athena-jdbc-url: jdbc:" + good, "x-jdbc-url: " + good,
		"x-jdbc-url: jdbc:postgresql://db.example:5432/shop?user=u&password=hushhushhush&sslmode=require"} {
		caller, err := d.ask(route.Gateway, header)
		require.NoError(t, err, header)
		require.Equal(t, want, caller.DirectURI)
		require.NoError(t, caller.Allow("orders.read"), "the database decides")
		require.Empty(t, caller.Client)
	}
	caller, err := d.ask(route.Gateway, "x-pg-uri: postgres://u:p@first/d", "x-jdbc-url: postgres://u:p@second/d")
	require.NoError(t, err)
	require.Equal(t, "postgres://u:p@first/d", caller.DirectURI)

	rest := &fasthttp.RequestCtx{}
	rest.Request.Header.Set("x-pg-uri", good)
	_, err = d.Check(t.Context(), &route.Route{Path: "/rest/v1/{table}", Access: route.Gateway}, rest)
	require.ErrorContains(t, err, "client_missing", "an address opens the structured gateway alone")

	for _, tc := range []struct {
		uri    string
		status int
	}{
		{"postgres://u@h/d", 401}, {"postgres://:hushhushhush@h/d", 401}, {"postgres://h/d", 401}, {"postgres://u:@h/d", 401},
		{"mysql://u:hushhushhush@h/d", 400}, {"nonsense", 400}, {"postgres://u:hushhushhush@/d", 400}, {"postgres://u:hushhushhush@:5432/d", 400},
		{"postgres://u:hushhushhush@h,/d", 400}, {"postgres://u:hushhushhush@h,:5432/d", 400},
		{"postgres://u:hushhushhush@/d?host=/var/run/postgresql", 400},
		{"postgres://u:hushhushhush@h/d?host=/var/run/postgresql", 400},
		{"postgres://u:hushhushhush@h/d?passfile=/root/.pgpass", 400},
		{"postgres://u:hushhushhush@h/d?service=admin", 400},
		{"postgres://u:hushhushhush@h/d?sslrootcert=/etc/passwd", 400},
		{"postgres://u:hushhushhush@h/d?pool_health_check_period=0s", 400},
		{"jdbc:postgresql://h/d?user=u&password=hushhushhush&host=/tmp", 400},
	} {
		status, _ := d.refused(route.Gateway, "x-pg-uri: "+tc.uri)
		require.Equal(t, tc.status, status, tc.uri)
	}
	for _, access := range []route.Access{route.Admin, route.Session} {
		status, _ := d.refused(access, "x-pg-uri: "+good)
		require.NotZero(t, status, "an address opens no other door")
	}
	d.DirectURI = false
	status, code := d.refused(route.Gateway, "x-pg-uri: "+good)
	require.Equal(t, 403, status)
	require.Equal(t, "direct_uri_disabled", code)
}

func TestPublicRoutesAskForNothing(t *testing.T) {
	t.Parallel()
	_, err := newDoor(t).ask(route.Public, "apikey: ath_bad.bad")
	require.NoError(t, err)
}

// slowStore answers a lookup with what it read before it was let go.
type slowStore struct {
	auth.KeyStore
	asked, release chan struct{}
	once           sync.Once
}

func (s *slowStore) Lookup(ctx context.Context, public string) (keysdb.Secret, error) {
	secret, err := s.KeyStore.Lookup(ctx, public)
	s.once.Do(func() {
		close(s.asked)
		<-s.release
	})
	return secret, err
}

func TestForgetCountsForLoadsUnderWay(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	store := &slowStore{KeyStore: keysdb.Store{DB: d.keys}, asked: make(chan struct{}), release: make(chan struct{})}
	keys := auth.NewKeys(store)
	key := d.key("demo", "*")
	check := func() error {
		_, err := keys.Check(t.Context(), key, "demo", netip.Addr{})
		return err
	}
	first := make(chan error, 1)
	go func() { first <- check() }()
	<-store.asked
	d.sql(d.keys, "UPDATE api_keys SET is_active = false")
	keys.Forget()
	const late = 16
	begun, answers := make(chan struct{}, late), make(chan error, late)
	for range late {
		go func() {
			begun <- struct{}{}
			answers <- check()
		}()
	}
	for range late {
		<-begun
	}
	close(store.release)
	for range late {
		require.Error(t, <-answers, "whoever asks after the change hears of it")
	}
	<-first // it asked before the change: either answer is right
	require.Error(t, check())
}

// TestDirectURIsHaveTheirOperations: an address stands for a caller there alone.
func TestDirectURIsHaveTheirOperations(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for path, taken := range map[string]bool{
		"/gateway/fetch": true, "/gateway/query": true, "/gateway/sql": true, "/query/sql": true,
		"/gateway/rpc": false, "/gateway/transaction": false, "/gateway/sql/d1/migrate": false, "/query/count": false, "/rest/v1/{table}": false,
	} {
		rc := &fasthttp.RequestCtx{}
		rc.Request.Header.Set("x-pg-uri", "postgres://u:p@h/d")
		caller, err := d.Check(t.Context(), &route.Route{Path: path, Access: route.Gateway}, rc)
		require.Equal(t, taken, err == nil, path)
		require.Equal(t, taken, caller.DirectURI != "", path)
	}
}

// TestClientsThatNeedNotBeNamed: without a client nobody is asked for a key, and
// nothing is allowed; with one it is a call like any other.
func TestClientsThatNeedNotBeNamed(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	caller, err := d.ask(route.MaybeGateway)
	require.NoError(t, err)
	require.Error(t, caller.Allow("gateway.query"))
	status, _ := d.refused(route.MaybeGateway, "X-Athena-Client: demo")
	require.Equal(t, 401, status)
	caller, err = d.ask(route.MaybeGateway, "X-Athena-Client: demo", "apikey: "+d.key("demo", "gateway.query"))
	require.NoError(t, err)
	require.NoError(t, caller.Allow("gateway.query"))
}
