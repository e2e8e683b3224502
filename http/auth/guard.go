// Package auth finds out who calls: the static admin key, an API key with its
// rights, a direct database address that the database itself authenticates, or a
// user's session. It promises that an authenticated request costs no query once
// its key or session is known, and that no secret leaves it.
package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"slices"
	"strings"

	"athena/actors/admission"
	"athena/http/route"
	"athena/wire"

	"github.com/valyala/fasthttp"
)

// Guard checks callers against the route they ask for.
type Guard struct {
	// AdminKey is the static admin key; empty refuses every admin route.
	AdminKey string
	Keys     *Keys
	Sessions *Sessions
	// DirectURI lets callers name a database by its own address.
	DirectURI bool
	// Proxies are the networks whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// TrustedHeaders lets an API key with the right for an operation say by
	// X-User-Id and X-Organization-Id for whom it acts, where there is no session.
	TrustedHeaders bool
	// Admission bounds how many requests are let in; nil lets in all.
	Admission *admission.Admission
	// Defers lets writes be done later.
	Defers bool
	// FailOpen lets callers through while keys cannot be checked.
	FailOpen bool
	// Config is what an operator set for a client, nil for nothing; nil itself where
	// nothing can be set.
	Config func(client string) *wire.ClientConfig
	// Routes finds the clients behind public routes; nil knows none.
	Routes Routes
	// BaseDomain is the domain below which the hostname's first label is the key of a
	// public route, such as api.example.com; empty for none.
	BaseDomain string
}

// Check finds out who calls, before the body is looked at.
func (g *Guard) Check(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	caller, err := g.check(ctx, r, rc)
	caller.From = callerAddr(rc, g.Proxies)
	if err == nil && caller.Client != "" && g.Config != nil {
		caller.Config = g.Config(caller.Client)
		err = offered(r, &caller)
	}
	if err == nil && (r.Access == route.Gateway || r.Access == route.Alias) {
		err = g.letIn(ctx, r, rc, &caller)
	}
	return caller, err
}

func (g *Guard) check(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	switch r.Access {
	case route.Admin:
		return g.admin(rc)
	case route.Gateway:
		return g.gateway(ctx, r, rc)
	case route.MaybeGateway:
		if len(rc.Request.Header.Peek("X-Athena-Client")) == 0 {
			return route.Caller{}, nil
		}
		return g.gateway(ctx, r, rc)
	case route.Session:
		return g.session(ctx, r, rc)
	case route.Alias:
		return g.alias(ctx, r, rc)
	case route.Management:
		return g.management(ctx, r, rc)
	}
	return route.Caller{}, nil
}

// offered reports whether a caller's client has the feature that an operation
// belongs to.
func offered(r *route.Route, c *route.Caller) error {
	if c.Config == nil || c.Config.Features == nil {
		return nil
	}
	return c.Config.Require(c.Client, cmp.Or(wire.FeatureOfPath(r.Path), wire.FeatureOfRight(r.Right)))
}

func (g *Guard) admin(rc *fasthttp.RequestCtx) (route.Caller, error) {
	for key := range shownKeys(rc) {
		if g.isAdmin(key) {
			return route.Caller{Admin: true}, nil
		}
	}
	return route.Caller{}, wire.Fail(wire.AdminRequired, "this operation needs the admin key").
		WithHint("send the key that ATHENA_KEY_12 holds in the apikey header")
}

// isAdmin compares digests, so that the time taken tells nothing of the key but
// whether it has the form of an API key. Those are spared the digests.
func (g *Guard) isAdmin(key string) bool {
	if g.AdminKey == "" || strings.HasPrefix(key, keyPrefix) != strings.HasPrefix(g.AdminKey, keyPrefix) {
		return false
	}
	shown, own := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(g.AdminKey))
	return subtle.ConstantTimeCompare(shown[:], own[:]) == 1
}

func (g *Guard) gateway(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	if uri := directURI(rc); uri != "" && takesDirectURI(r) {
		return g.direct(uri)
	}
	client := string(rc.Request.Header.Peek("X-Athena-Client"))
	if client == "" {
		client = g.hostClient(rc)
	}
	if client == "" {
		return route.Caller{}, wire.Fail(wire.ClientMissing, "the request names no Athena client").At("X-Athena-Client").
			WithHint("send the header X-Athena-Client, or a database address in x-pg-uri")
	}
	return g.gatewayOf(ctx, r, rc, client)
}

// gatewayOf checks the key for a client, however the client was named.
func (g *Guard) gatewayOf(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx, client string) (route.Caller, error) {
	caller, err := g.keyed(ctx, rc, client)
	if g.FailOpen && isStoreDown(err) {
		caller.Open = true
		return caller, nil
	}
	if err == nil && r.Right != "" {
		err = caller.Allow(r.Right)
	}
	return caller, err
}

func isStoreDown(err error) bool {
	problem, ok := wire.AsProblem(err)
	return ok && problem.Code == wire.KeyStoreDown
}

// keyed checks the API key for a client. Without a key the caller passes only
// where keys are not enforced.
func (g *Guard) keyed(ctx context.Context, rc *fasthttp.RequestCtx, client string) (route.Caller, error) {
	caller := route.Caller{Client: client}
	shown, malformed := false, false
	for key := range shownKeys(rc) {
		if g.isAdmin(key) {
			caller.Admin = true
			return caller, nil
		}
		if !strings.HasPrefix(key, keyPrefix) {
			malformed = malformed || key != bearer(rc)
			continue
		}
		shown = true
		grant, err := g.Keys.Check(ctx, key, client, callerAddr(rc, g.Proxies))
		if err != nil {
			return caller, err
		}
		caller.Key = grant
	}
	enforced, err := g.Keys.Enforced(ctx, client)
	if err != nil {
		return caller, err
	}
	if !enforced {
		caller.Open = true
		return caller, nil
	}
	if malformed && !shown {
		return caller, malformedKey()
	}
	if !shown {
		return caller, wire.Fail(wire.Unauthenticated, "the client %s needs an API key", client).
			WithHint("send it in the apikey header")
	}
	return caller, nil
}

// management asks for a key whatever is enforced, and fails closed.
func (g *Guard) management(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	client, err := namedClient(rc)
	if err != nil {
		return route.Caller{}, err
	}
	caller, err := g.keyed(ctx, rc, client)
	if err != nil {
		return caller, err
	}
	return caller, r.Permit(&caller)
}

// namedClient gives the client that the request names.
func namedClient(rc *fasthttp.RequestCtx) (string, error) {
	client := string(rc.Request.Header.Peek("X-Athena-Client"))
	if client == "" {
		return "", wire.Fail(wire.ClientMissing, "the request names no Athena client").At("X-Athena-Client").
			WithHint("send the header X-Athena-Client")
	}
	return client, nil
}

// takesDirectURI reports whether an operation may be asked of a database that the
// caller names by its address: those of the structured gateway, and raw SQL.
func takesDirectURI(r *route.Route) bool { return slices.Contains(direct, r.Path) }

var direct = []string{
	"/gateway/fetch", "/gateway/data", "/gateway/insert", "/gateway/update", "/gateway/delete", "/gateway/query",
	"/query/sql", "/gateway/sql",
}

func (g *Guard) direct(uri string) (route.Caller, error) {
	if !g.DirectURI {
		return route.Caller{}, wire.Fail(wire.DirectURIOff, "this server takes no database address from callers").At("x-pg-uri")
	}
	normal, err := wire.NormalizePgURI(uri)
	if err != nil {
		return route.Caller{}, err
	}
	if err := checkDirect(normal); err != nil {
		return route.Caller{}, err
	}
	return route.Caller{Open: true, DirectURI: normal}, nil
}

// session resolves a user's session. A key that is sent beside it must be good.
func (g *Guard) session(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	client, err := namedClient(rc)
	if err != nil {
		return route.Caller{}, err
	}
	caller, err := g.beside(ctx, rc, client)
	if err != nil {
		return caller, err
	}
	shown := sessionToken(rc)
	if g.isAdmin(shown.token) {
		shown = credential{}
	}
	if shown.token == "" {
		return g.named(r, rc, caller)
	}
	session, err := g.Sessions.resolve(ctx, client, shown)
	if err != nil {
		return caller, err
	}
	caller.UserID, caller.OrganizationID = session.UserID, session.OrganizationID
	return caller, nil
}

// beside checks the keys that are shown with a session or instead of one.
func (g *Guard) beside(ctx context.Context, rc *fasthttp.RequestCtx, client string) (route.Caller, error) {
	caller := route.Caller{Client: client}
	for key := range shownKeys(rc) {
		if g.isAdmin(key) {
			caller.Admin = true
			continue
		}
		if !strings.HasPrefix(key, keyPrefix) && key == bearer(rc) {
			continue
		}
		grant, err := g.Keys.Check(ctx, key, client, callerAddr(rc, g.Proxies))
		if err != nil {
			return caller, err
		}
		caller.Key = grant
	}
	return caller, nil
}

// named takes the user and the organization that a trusted server names. Nobody
// else is believed, so that without a key the headers are not even looked at.
func (g *Guard) named(r *route.Route, rc *fasthttp.RequestCtx, caller route.Caller) (route.Caller, error) {
	user := string(rc.Request.Header.Peek("X-User-Id"))
	if user == "" || !g.TrustedHeaders || r.Right == "" || (caller.Key == nil && !caller.Admin) {
		return caller, wire.Fail(wire.ChatUnauthenticated, "the request has no session token").
			WithHint("send it as a bearer token or in X-Athena-Auth-Session-Token")
	}
	if err := caller.Allow(r.Right); err != nil {
		return caller, err
	}
	caller.UserID, caller.OrganizationID = user, string(rc.Request.Header.Peek("X-Organization-Id"))
	return caller, nil
}
