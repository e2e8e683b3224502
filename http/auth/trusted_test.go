package auth_test

import (
	"testing"

	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// act asks for a chat operation that needs a right of who names its user.
func (d *door) act(headers map[string]string) (route.Caller, error) {
	rc := &fasthttp.RequestCtx{}
	rc.Request.SetRequestURI("/chat/rooms")
	rc.Request.Header.Set("X-Athena-Client", "demo")
	for name, value := range headers {
		rc.Request.Header.Set(name, value)
	}
	return d.Check(d.t.Context(), &route.Route{Path: "/chat/rooms", Access: route.Session, Right: "chat.rooms.write"}, rc)
}

func TestTrustedHeaders(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.TrustedHeaders = true
	off := newDoor(t)
	good, other, gateway := d.key("demo", "chat.rooms.write"), d.key("demo", "chat.rooms.read", "storage.get"), d.key("demo", "gateway.read", "gateway.write")
	offGood := off.key("demo", "*")
	token := d.session("bob")
	for _, tc := range []struct {
		name    string
		door    *door
		headers map[string]string
		status  int
		user    string
	}{
		{"with the right", d, map[string]string{"apikey": good, "X-User-Id": "ann", "X-Organization-Id": "acme"}, 0, "ann"},
		{"with the admin key", d, map[string]string{"apikey": adminKey, "X-User-Id": "ann", "X-Organization-Id": "acme"}, 0, "ann"},
		{"admin key as bearer", d, map[string]string{"Authorization": "Bearer " + adminKey, "X-User-Id": "ann"}, 0, "ann"},
		{"a session counts before them", d, map[string]string{"apikey": good, "X-User-Id": "ann", "X-Athena-Auth-Session-Token": token}, 0, "bob"},
		{"a bad session is not made up for", d, map[string]string{"apikey": good, "X-User-Id": "ann", "X-Athena-Auth-Session-Token": "bad"}, 401, ""},
		{"without the right", d, map[string]string{"apikey": other, "X-User-Id": "ann"}, 403, ""},
		{"with the gateway's rights", d, map[string]string{"apikey": gateway, "X-User-Id": "ann"}, 403, ""},
		{"without a key", d, map[string]string{"X-User-Id": "ann", "X-Organization-Id": "acme"}, 401, ""},
		{"with a bad key", d, map[string]string{"apikey": good + "0", "X-User-Id": "ann"}, 401, ""},
		{"nobody named", d, map[string]string{"apikey": good, "X-Organization-Id": "acme"}, 401, ""},
		{"switched off", off, map[string]string{"apikey": offGood, "X-User-Id": "ann"}, 401, ""},
		{"switched off for the admin key too", off, map[string]string{"apikey": adminKey, "X-User-Id": "ann"}, 401, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			caller, err := tc.door.act(tc.headers)
			if tc.status == 0 {
				require.NoError(t, err)
				require.Equal(t, tc.user, caller.UserID)
				return
			}
			p, ok := wire.AsProblem(err)
			require.True(t, ok, "%v", err)
			require.Equal(t, tc.status, p.Code.Status, p.Detail)
			require.Empty(t, caller.UserID)
		})
	}
}
