package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"athena/http/auth"
	"athena/http/route"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

// publisher publishes the keys of tokens.
type publisher struct {
	t *testing.T
	*httptest.Server
	mu   sync.Mutex
	down bool
	keys map[string]crypto.Signer // by id
}

func newPublisher(t *testing.T) *publisher {
	t.Helper()
	p := &publisher{t: t, keys: map[string]crypto.Signer{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) serve(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	set := jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{}}
	for id, key := range p.keys {
		jwk, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: id}})
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		set.Keys = append(set.Keys, jwk.Marshal())
	}
	_ = json.NewEncoder(w).Encode(set)
}

// publish makes a key and publishes it, instead of all others where alone is true.
func (p *publisher) publish(id string, key crypto.Signer, alone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if alone {
		clear(p.keys)
	}
	p.keys[id] = key
}

func (p *publisher) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

func (p *publisher) tokens() *auth.Tokens {
	p.t.Helper()
	tokens, err := auth.NewTokens(p.t.Context(), auth.TokenConfig{
		URL: p.URL, Algorithms: []string{"EdDSA", "ES256", "RS256"}, Issuer: "https://auth.example", Audience: "athena",
		Timeout: 10 * time.Second, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(p.t, err)
	return tokens
}

func edKey(t *testing.T) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return key
}

// claims are those of a good token; changes set or, with nil, remove some.
func claims(changes map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{
		"sub": "ann", "iss": "https://auth.example", "aud": "athena", "exp": time.Now().Add(time.Hour).Unix(),
		"activeOrganizationId": "acme",
	}
	for name, value := range changes {
		c[name] = value
		if value == nil {
			delete(c, name)
		}
	}
	return c
}

func issue(t *testing.T, method jwt.SigningMethod, key any, id string, changes map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims(changes))
	if id != "" {
		token.Header["kid"] = id
	}
	text, err := token.SignedString(key)
	require.NoError(t, err)
	return text
}

func TestTokensThatStandForASession(t *testing.T) {
	t.Parallel()
	d, p := newDoor(t), newPublisher(t)
	ed := edKey(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p.publish("ed", ed, false)
	p.publish("ec", ec, false)
	p.publish("rsa", rsaKey, false)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Databases: oneDatabase{d.tenant}, Tokens: p.tokens()})
	stranger := edKey(t)
	public, err := json.Marshal(rsaKey.PublicKey)
	require.NoError(t, err)
	hour := time.Now().Add(time.Hour).Unix()
	for _, tc := range []struct {
		name, token string
		status      int
	}{
		{"EdDSA", issue(t, jwt.SigningMethodEdDSA, ed, "ed", nil), 0},
		{"ES256", issue(t, jwt.SigningMethodES256, ec, "ec", nil), 0},
		{"RS256", issue(t, jwt.SigningMethodRS256, rsaKey, "rsa", nil), 0},
		{"without the id of a key", issue(t, jwt.SigningMethodEdDSA, ed, "", nil), 0},
		{"several audiences", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"aud": []string{"other", "athena"}}), 0},
		{"algorithm not on the list", issue(t, jwt.SigningMethodRS512, rsaKey, "rsa", nil), 401},
		{"no signature", issue(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "ed", nil), 401},
		{"public key as a shared secret", issue(t, jwt.SigningMethodHS256, public, "rsa", nil), 401},
		{"key of a stranger", issue(t, jwt.SigningMethodEdDSA, stranger, "ed", nil), 401},
		{"key of another kind", issue(t, jwt.SigningMethodEdDSA, ed, "rsa", nil), 401},
		{"expired", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"exp": time.Now().Add(-time.Second).Unix()}), 401},
		{"for ever", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"exp": nil}), 401},
		{"not yet", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"nbf": hour}), 401},
		{"another issuer", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"iss": "https://evil.example"}), 401},
		{"no issuer", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"iss": nil}), 401},
		{"another audience", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"aud": "other"}), 401},
		{"no audience", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"aud": nil}), 401},
		{"nobody", issue(t, jwt.SigningMethodEdDSA, ed, "ed", map[string]any{"sub": nil}), 401},
		{"not a token", "eyJhbGciOiJFZERTQSJ9.e30.", 401},
		{"session of the tables", d.session("bob"), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			caller, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+tc.token)
			if tc.status == 0 {
				require.NoError(t, err)
				require.Equal(t, "acme", caller.OrganizationID)
				return
			}
			status, code := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+tc.token)
			require.Equal(t, tc.status, status, code)
		})
	}
}

func TestKeysOfTokensRotate(t *testing.T) {
	t.Parallel()
	d, p := newDoor(t), newPublisher(t)
	old, fresh := edKey(t), edKey(t)
	p.publish("old", old, true)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Tokens: p.tokens(), Lifetime: time.Millisecond})
	ask := func(key crypto.Signer, id string) error {
		_, err := d.ask(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+issue(t, jwt.SigningMethodEdDSA, key, id, nil))
		return err
	}
	require.NoError(t, ask(old, "old"))
	p.publish("new", fresh, true)
	require.NoError(t, ask(fresh, "new"), "a key that is not known is looked for at once")
	require.Eventually(t, func() bool { return ask(old, "old") != nil }, time.Minute, 5*time.Millisecond, "what is not published any more does not count")
}

func TestKeysOfTokensThatCannotBeFetched(t *testing.T) {
	t.Parallel()
	d, p := newDoor(t), newPublisher(t)
	key := edKey(t)
	p.publish("ed", key, true)
	p.setDown(true)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Tokens: p.tokens()})
	bearer := "Authorization: Bearer " + issue(t, jwt.SigningMethodEdDSA, key, "ed", nil)
	status, code := d.refused(route.Session, "X-Athena-Client: demo", bearer)
	require.Equal(t, 503, status, code)
	p.setDown(false)
	require.Eventually(t, func() bool {
		_, err := d.ask(route.Session, "X-Athena-Client: demo", bearer)
		return err == nil
	}, time.Minute, 20*time.Millisecond)
}

func TestKeysOfTokensThatNeverComeAreGivenUp(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(hang) })
	tokens, err := auth.NewTokens(t.Context(), auth.TokenConfig{
		URL: s.URL, Algorithms: []string{"EdDSA"}, Issuer: "i", Audience: "a", Timeout: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Tokens: tokens})
	status, _ := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+issue(t, jwt.SigningMethodEdDSA, edKey(t), "ed", nil))
	require.Equal(t, 503, status)
}

func TestTokensAreNotTakenUnlessConfigured(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token := issue(t, jwt.SigningMethodEdDSA, edKey(t), "ed", nil)
	require.True(t, strings.HasPrefix(token, "eyJ"))
	status, _ := d.refused(route.Session, "X-Athena-Client: demo", "Authorization: Bearer "+token)
	require.Equal(t, 401, status)
}
