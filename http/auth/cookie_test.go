package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"testing"

	"athena/http/auth"
	"athena/http/route"

	"github.com/stretchr/testify/require"
)

// signed is a value as better-auth signs it.
func signed(token, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token))
	return token + "." + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestSignatureOfBetterAuth(t *testing.T) {
	t.Parallel()
	// As `openssl dgst -sha256 -hmac secret -binary | base64` gives it.
	require.Equal(t, "hello.iKqz7ejTrflNJquQ07r9SiCDBww7zOnAFO4EpEOEfAs=", signed("hello", "secret"))
}

func TestSignedSessions(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.Sessions = auth.NewSessions(auth.SessionConfig{Databases: oneDatabase{d.tenant}, Secret: "hush"})
	token := d.session("ann")
	good, forged := signed(token, "hush"), signed(token, "guess")
	cookie, header, bearer := "Cookie: athena-auth.session_token=", "X-Athena-Auth-Session-Token: ", "Authorization: Bearer "
	for _, tc := range []struct {
		name, shown string
		status      int
	}{
		{"cookie", cookie + url.QueryEscape(good), 0},
		{"cookie that is not encoded", cookie + good, 0},
		{"the other cookie", "Cookie: athena-auth.session-token=" + url.QueryEscape(good), 0},
		{"header with the signed value", header + good, 0},
		{"bearer with the signed value", bearer + good, 0},
		{"header with the token", header + token, 0},
		{"forged", cookie + url.QueryEscape(forged), 401},
		{"forged in a header", header + forged, 401},
		{"forged bearer", bearer + forged, 401},
		{"signature of another token", cookie + url.QueryEscape(token+signed("x", "hush")[1:]), 401},
		{"unsigned cookie", cookie + token, 401},
		{"signature alone", cookie + url.QueryEscape(signed("", "hush")), 401},
		{"broken signature", cookie + url.QueryEscape(good[:len(good)-3]+"!!="), 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			status, code := d.refused(route.Session, "X-Athena-Client: demo", tc.shown)
			require.Equal(t, tc.status, status, code)
		})
	}
}

func TestWithoutASecretAValueIsTakenAsItStands(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token := d.session("ann")
	status, _ := d.refused(route.Session, "X-Athena-Client: demo", "Cookie: athena-auth.session_token="+url.QueryEscape(signed(token, "hush")))
	require.Equal(t, 401, status)
	status, _ = d.refused(route.Session, "X-Athena-Client: demo", "Cookie: athena-auth.session_token="+token)
	require.Zero(t, status)
}
