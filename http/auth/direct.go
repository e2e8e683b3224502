package auth

import (
	"net/url"
	"slices"
	"strings"

	"athena/wire"

	"github.com/valyala/fasthttp"
)

// directURI gives the database address that the request names, if any.
func directURI(rc *fasthttp.RequestCtx) string {
	for _, name := range []string{"x-pg-uri", "x-athena-jdbc-url", "x-jdbc-url"} {
		if uri := rc.Request.Header.Peek(name); len(uri) > 0 {
			return string(uri)
		}
	}
	return ""
}

// directParameters are those that a caller may give with an address. All others
// are refused: the driver knows some that name files and sockets of this machine,
// which would lend the caller what they give access to, and some that tune the
// pool, which is not the caller's.
var directParameters = []string{
	"sslmode", "sslnegotiation", "channel_binding", "connect_timeout", "target_session_attrs",
	"application_name", "options", "search_path", "timezone", "statement_timeout", "lock_timeout",
}

// checkDirect holds an address of the caller's own to what makes it safe to open:
// the database, across the network, has to find out who calls.
func checkDirect(uri string) error {
	u, err := url.Parse(uri)
	if err != nil || slices.ContainsFunc(strings.Split(u.Host, ","), hostless) {
		return wire.Fail(wire.InvalidRequest, "a direct database address must name a host").At("x-pg-uri")
	}
	for name := range u.Query() {
		if !slices.Contains(directParameters, name) {
			return wire.Fail(wire.InvalidRequest, "a direct database address takes no parameter %q", name).At("x-pg-uri")
		}
	}
	password, _ := u.User.Password()
	if password == "" || u.User.Username() == "" {
		return wire.Fail(wire.Unauthenticated, "a direct database address must hold a user and a password").At("x-pg-uri")
	}
	return nil
}

// hostless reports whether one of an address's hosts is none. The driver would take
// the socket of this machine's own server, which may ask for no password.
func hostless(host string) bool {
	return host == "" || host[0] == ':' || host[0] == '/' || host[0] == '@'
}
