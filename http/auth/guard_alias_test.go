package auth_test

import (
	"testing"

	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// oneRoute is the key shop, for acme, for fetch alone.
type oneRoute struct{ active bool }

func (o oneRoute) Client(key string) (string, bool) { return "acme", key == "shop" && o.active }

func (o oneRoute) ClientFor(key, op string) (string, error) {
	switch {
	case key != "shop":
		return "", wire.Fail(wire.NotFound, "no route")
	case !o.active || op != "fetch":
		return "", wire.Fail(wire.RouteRefused, "not so")
	}
	return "acme", nil
}

func TestPublicRoutesAskForTheirClientsKey(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.sql(d.keys, "INSERT INTO api_key_rights (name) VALUES ('people.read') ON CONFLICT DO NOTHING")
	d.Routes = oneRoute{active: true}
	own, other := d.key("acme", "people.read"), d.key("other", "people.read")
	for _, tc := range []struct {
		name, key, op, shown string
		status               int
	}{
		{"its key", "shop", "fetch", own, 0}, {"another client's key", "shop", "fetch", other, 403}, {"no key", "shop", "fetch", "", 401},
		{"unknown route", "nothing", "fetch", own, 404}, {"operation that is not allowed", "shop", "delete", own, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rc := &fasthttp.RequestCtx{}
			rc.SetUserValue("route_key", tc.key)
			rc.SetUserValue("op", tc.op)
			rc.Request.Header.Set("X-Athena-Key", tc.shown)
			rc.Request.Header.Set("X-Athena-Client", "other") // the route decides
			caller, err := d.Check(t.Context(), &route.Route{Path: "/public/{route_key}/{op}", Access: route.Alias}, rc)
			if tc.status == 0 {
				require.NoError(t, err)
				require.Equal(t, "acme", caller.Client)
				return
			}
			p, ok := wire.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, tc.status, p.Code.Status)
		})
	}
}

func TestHostnamesPickTheClient(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.sql(d.keys, "UPDATE api_key_config SET enforce_api_keys = false")
	d.BaseDomain = "api.example.com"
	for _, tc := range []struct {
		host, header string
		active       bool
		want         string
	}{
		{"shop.api.example.com", "", true, "acme"}, {"SHOP.API.example.com:4052", "", true, "acme"}, {"shop.api.example.com", "named", true, "named"},
		{"shop.api.example.com", "", false, ""}, {"acme.api.example.com", "", true, ""}, {"a.shop.api.example.com", "", true, ""},
		{"shop.example.com", "", true, ""}, {"shopapi.example.com", "", true, ""}, {"api.example.com", "", true, ""},
	} {
		d.Routes = oneRoute{tc.active}
		rc := &fasthttp.RequestCtx{}
		rc.Request.SetRequestURI("/gateway/fetch")
		rc.Request.Header.SetHost(tc.host)
		rc.Request.Header.Set("X-Athena-Client", tc.header)
		caller, err := d.Check(t.Context(), &route.Route{Path: "/gateway/fetch", Access: route.Gateway}, rc)
		if tc.want == "" {
			p, ok := wire.AsProblem(err)
			require.True(t, ok, "%+v %v", tc, err)
			require.Equal(t, wire.ClientMissing, p.Code)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tc.want, caller.Client, "%+v", tc)
	}
}
