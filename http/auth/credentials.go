package auth

import (
	"iter"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// keyPrefix begins every API key; a bearer without it is a session token.
const keyPrefix = "ath_"

var keyHeaders = []string{"apikey", "X-Api-Key", "X-Athena-Key", "X-Athena-Admin-Key"}

// shownKeys gives every key that the request shows, wherever clients put one. A
// key that stands in several places is shown once.
func shownKeys(rc *fasthttp.RequestCtx) iter.Seq[string] {
	return func(yield func(string) bool) {
		var seen [6]string
		shown := seen[:0]
		for key := range keyPlaces(rc) {
			if slices.Contains(shown, key) {
				continue
			}
			if shown = append(shown, key); !yield(key) {
				return
			}
		}
	}
}

func keyPlaces(rc *fasthttp.RequestCtx) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range keyHeaders {
			if key := rc.Request.Header.Peek(name); len(key) > 0 && !yield(string(key)) {
				return
			}
		}
		if token := bearer(rc); token != "" && !yield(token) {
			return
		}
		if key := rc.QueryArgs().Peek("api_key"); len(key) > 0 {
			yield(string(key))
		}
	}
}

func bearer(rc *fasthttp.RequestCtx) string {
	scheme, token, ok := strings.Cut(string(rc.Request.Header.Peek("Authorization")), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// sessionToken finds the session's token: its own headers before the bearer,
// the bearer before cookies. It is empty where there is none.
func sessionToken(rc *fasthttp.RequestCtx) credential {
	for _, name := range []string{"X-Athena-Auth-Session-Token", "X-Athena-Auth-Bearer-Token"} {
		if token := rc.Request.Header.Peek(name); len(token) > 0 {
			return credential{token: string(token)}
		}
	}
	if token := bearer(rc); token != "" && !strings.HasPrefix(token, keyPrefix) {
		return credential{token: token}
	}
	for _, name := range sessionCookies {
		if token := rc.Request.Header.Cookie(name); len(token) > 0 {
			return credential{token: cookieText(string(token)), cookie: name}
		}
	}
	return credential{}
}
