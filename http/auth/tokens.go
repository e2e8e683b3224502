package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

// TokenConfig says which signed tokens (JWTs) stand for a session by themselves.
type TokenConfig struct {
	// URL is where the keys (JWKS) are published.
	URL string
	// Algorithms are the signatures that are accepted; each uses a public key.
	Algorithms []string
	// Issuer and Audience are what a token has to name.
	Issuer, Audience string
	// Timeout is the longest that fetching the keys may take.
	Timeout time.Duration
	// Log hears of keys that cannot be fetched.
	Log *slog.Logger
}

// Tokens verifies signed tokens. A token counts until it expires: nothing can sign
// it out.
type Tokens struct {
	keys   keyfunc.Keyfunc
	parser *jwt.Parser
}

const (
	// keysAge is how long fetched keys are used without looking for newer ones.
	keysAge = 5 * time.Minute
	// unknownKeyPause is the least time between two fetches for keys that tokens
	// name and nobody knows: after a rotation the first is due at once, and whoever
	// makes names up must not have them fetched all the time.
	unknownKeyPause = 5 * time.Second
)

// TokenAlgorithms are the signatures that can be accepted.
var TokenAlgorithms = []string{"EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}

// NewTokens fetches the keys and does so again until ctx ends. Keys that cannot be
// fetched now are fetched later.
func NewTokens(ctx context.Context, c TokenConfig) (*Tokens, error) {
	keys, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{c.URL}, keyfunc.Override{
		Client: &http.Client{Timeout: c.Timeout}, HTTPTimeout: c.Timeout, RateLimitWaitMax: c.Timeout,
		RefreshInterval: keysAge, RefreshUnknownKID: rate.NewLimiter(rate.Every(unknownKeyPause), 1),
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(_ context.Context, err error) { c.Log.Warn("keys of session tokens not fetched", "error", err) }
		},
	})
	if err != nil {
		return nil, fmt.Errorf("keys of session tokens: %w", err)
	}
	return &Tokens{keys: keys, parser: c.parser()}, nil
}

// parser holds tokens to what they have to be besides signed.
func (c *TokenConfig) parser() *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods(c.Algorithms), jwt.WithIssuer(c.Issuer), jwt.WithAudience(c.Audience),
		jwt.WithExpirationRequired(),
	)
}

// Keys counts the keys that are known; without any, no token can be checked.
func (t *Tokens) Keys(ctx context.Context) (int, error) {
	keys, err := t.keys.Storage().KeyReadAll(ctx)
	return len(keys), err
}

// isJWT reports whether a token has the form of a signed one: three parts, the
// first of which is a JSON object in base64.
func isJWT(token string) bool {
	return strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2
}

// sessionClaims are what is read from a token. The organization goes by several
// names.
type sessionClaims struct {
	jwt.RegisteredClaims
	ActiveOrganizationID string `json:"activeOrganizationId"`
	ActiveOrganization   string `json:"active_organization_id"`
	OrganizationID       string `json:"organization_id"`
}

func (c *sessionClaims) organization() string {
	for _, id := range []string{c.ActiveOrganizationID, c.ActiveOrganization, c.OrganizationID} {
		if id != "" {
			return id
		}
	}
	return ""
}

func (t *Tokens) resolve(ctx context.Context, token string) (knownSession, error) {
	var claims sessionClaims
	_, err := t.parser.ParseWithClaims(token, &claims, t.keys.KeyfuncCtx(ctx))
	switch {
	case err != nil && t.undecided(ctx, err):
		return knownSession{}, wire.Fail(wire.ChatUnavailable, "session tokens cannot be checked right now").After(unknownKeyPause).Because(err)
	case err != nil || claims.Subject == "":
		return knownSession{unknown: true}, nil
	}
	return knownSession{Session: sessionsdb.Session{
		UserID: claims.Subject, OrganizationID: claims.organization(), ExpiresAt: claims.ExpiresAt.Time,
	}}, nil
}

// undecided reports whether a token could not be checked, as opposed to being bad:
// no key was ever fetched, or its key is not known and may not be looked for yet.
func (t *Tokens) undecided(ctx context.Context, err error) bool {
	if !errors.Is(err, keyfunc.ErrKeyfunc) && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		return false
	}
	if errors.Is(err, jwkset.ErrKeyNotFound) {
		keys, readErr := t.keys.Storage().KeyReadAll(ctx)
		return readErr != nil || len(keys) == 0
	}
	return strings.Contains(err.Error(), "rate limiter") || ctx.Err() != nil
}
