package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
)

// sessionCookies are the names under which browsers keep a session.
var sessionCookies = []string{"athena-auth.session-token", "athena-auth.session_token"}

// credential is a session's token as it was shown.
type credential struct {
	token string
	// cookie is the name of the cookie that it stood in; empty for a header.
	cookie string
}

// cookieText decodes a cookie's percent-encoding.
func cookieText(value string) string {
	if decoded, err := url.PathUnescape(value); err == nil {
		return decoded
	}
	return value
}

// signatureLength is that of an HMAC-SHA256 in base64.
const signatureLength = 44

// unsign gives the token of a value that better-auth signed: token.signature,
// where the signature is the token's HMAC-SHA256 in base64. signed tells whether
// the value has that form at all, good whether the signature is right.
func unsign(value, secret string) (token string, signed, good bool) {
	at := strings.LastIndexByte(value, '.')
	if at < 1 || len(value)-at-1 != signatureLength || !strings.HasSuffix(value, "=") {
		return value, false, false
	}
	shown, err := base64.StdEncoding.DecodeString(value[at+1:])
	if err != nil {
		return value, false, false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(value[:at]))
	return value[:at], true, hmac.Equal(shown, mac.Sum(nil))
}

// stored gives the token under which a session is stored. With a secret, a signed
// value has to be signed with it, and a cookie has to be signed; without one, a
// value is taken as it stands.
func (c credential) stored(secret string) (token string, ok bool) {
	if secret == "" {
		return c.token, true
	}
	token, signed, good := unsign(c.token, secret)
	if signed {
		return token, good
	}
	return c.token, c.cookie == ""
}
