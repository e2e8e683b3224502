package auth

import (
	"context"
	"net"
	"strings"

	"athena/http/route"

	"github.com/valyala/fasthttp"
)

// Routes finds the clients behind public routes.
type Routes interface {
	// Client gives the client of an active route.
	Client(key string) (client string, ok bool)
	// ClientFor gives the client that a route leads to for an operation, or the
	// problem of why it does not.
	ClientFor(key, op string) (client string, err error)
}

// alias checks the key for the client of the route in the path.
func (g *Guard) alias(ctx context.Context, r *route.Route, rc *fasthttp.RequestCtx) (route.Caller, error) {
	key, _ := rc.UserValue("route_key").(string)
	op, _ := rc.UserValue("op").(string)
	client, err := g.Routes.ClientFor(key, op)
	if err != nil {
		return route.Caller{}, err
	}
	return g.gatewayOf(ctx, r, rc, client)
}

// hostClient gives the client that the hostname stands for, "" for none: its first
// label is the key of an active public route, never the name of a client.
func (g *Guard) hostClient(rc *fasthttp.RequestCtx) string {
	if g.BaseDomain == "" || g.Routes == nil {
		return ""
	}
	host := strings.ToLower(string(rc.Host()))
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	label, ok := strings.CutSuffix(host, "."+strings.ToLower(g.BaseDomain))
	if !ok || strings.Contains(label, ".") {
		return ""
	}
	client, active := g.Routes.Client(label)
	if !active {
		return ""
	}
	return client
}
