package auth

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"testing"

	"athena/wire"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

// FuzzToken: no token stands for a session but one that the published key signed.
func FuzzToken(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, ok := key.Public().(ed25519.PublicKey)
	require.True(f, ok)
	x := base64.RawURLEncoding.EncodeToString(public)
	keys, err := keyfunc.NewJWKSetJSON([]byte(fmt.Sprintf(`{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"ed","x":%q}]}`, x)))
	require.NoError(f, err)
	config := TokenConfig{Algorithms: []string{"EdDSA", "ES256", "RS256"}, Issuer: "i", Audience: "a"}
	tokens := &Tokens{keys: keys, parser: config.parser()}

	claims := jwt.MapClaims{"sub": "ann", "iss": "i", "aud": []string{"a"}, "exp": 7_000_000_000, "organization_id": "acme"}
	for id, sign := range map[string]struct {
		method jwt.SigningMethod
		key    any
	}{
		"ed": {jwt.SigningMethodEdDSA, key}, "nobody's": {jwt.SigningMethodEdDSA, key},
		"none": {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType}, "shared": {jwt.SigningMethodHS256, []byte(public)},
	} {
		token := jwt.NewWithClaims(sign.method, claims)
		token.Header["kid"] = id
		text, err := token.SignedString(sign.key)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, seed := range []string{"", "..", "eyJ..", "eyJhbGciOiJFZERTQSJ9.e30.", "eyJhbGciOiJFZERTQSIsImtpZCI6W119.e30.AA", "eyJhbGciOm51bGx9.bnVsbA.AA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		known, err := tokens.resolve(t.Context(), text)
		if err != nil {
			p, ok := wire.AsProblem(err)
			require.True(t, ok)
			require.Equal(t, 503, p.Code.Status)
			return
		}
		if !known.unknown {
			require.Equal(t, "ann", known.UserID)
			require.Equal(t, "acme", known.OrganizationID)
			require.True(t, isJWT(text))
		}
	})
}
