package auth_test

import (
	"testing"

	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

func TestManagementAsksForABoundKey(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.FailOpen = true
	d.sql(d.keys, "UPDATE api_key_config SET enforce_api_keys = false")
	d.sql(d.keys, "INSERT INTO api_key_rights (name) VALUES ('management.*'), ('people.read') ON CONFLICT DO NOTHING")
	r := &route.Route{Path: "/management/tables", Access: route.Management, Right: "management.tables.write"}
	for _, tc := range []struct {
		name, client, key string
		status            int
		code              string
	}{
		{"bound", "acme", d.key("acme", "management.tables.write"), 0, ""},
		{"wildcard", "acme", d.key("acme", "management.*"), 0, ""},
		{"the admin key", "acme", adminKey, 0, ""},
		{"no client", "", adminKey, 400, "client_missing"},
		{"no key, though none is enforced", "acme", "", 401, "unauthenticated"},
		{"unknown key", "acme", "ath_0123456789abcdef.0000", 401, "api_key_invalid"},
		{"for no client in particular", "acme", d.key("", "management.tables.write"), 403, "api_key_not_bound"},
		{"of another client", "acme", d.key("other", "management.tables.write"), 403, "api_key_wrong_client"},
		{"another right", "acme", d.key("acme", "management.tables.drop"), 403, "right_missing"},
		{"the gateway's rights", "acme", d.key("acme", "gateway.*", "people.read"), 403, "right_missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rc := &fasthttp.RequestCtx{}
			rc.Request.Header.Set("X-Athena-Client", tc.client)
			rc.Request.Header.Set("apikey", tc.key)
			_, err := d.Check(t.Context(), r, rc)
			if tc.status == 0 {
				require.NoError(t, err)
				return
			}
			p, ok := wire.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, tc.status, p.Code.Status)
			require.Equal(t, tc.code, p.Code.Name)
		})
	}
	shown := d.key("acme", "management.*")
	d.keys.Close()
	rc := &fasthttp.RequestCtx{}
	rc.Request.Header.Set("X-Athena-Client", "acme")
	rc.Request.Header.Set("apikey", shown)
	_, err := d.Check(t.Context(), r, rc)
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "api_key_store_unavailable", p.Code.Name, "a schema is not changed on trust")
}
