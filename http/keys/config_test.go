package keys_test

import (
	"testing"

	"athena/persistence/keysdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestEnforcement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := keysdb.Store{DB: w.db}
	enforced := func(client string) bool {
		policy, err := store.Policy(t.Context())
		require.NoError(t, err)
		return policy.For(client)
	}
	first := do[wire.KeyConfigReply](w, "GET /admin/api-key-config", "", 200)
	require.True(t, first.Global.EnforceAPIKeys, "callers need a key unless somebody says otherwise")
	require.Empty(t, first.Clients)
	require.True(t, enforced("acme"))

	off := do[wire.KeyConfigReply](w, "PUT /admin/api-key-config", `{"enforce_api_keys":false}`, 200)
	require.False(t, off.Global.EnforceAPIKeys)
	require.False(t, enforced("acme"))

	rule := do[wire.KeyClientConfigReply](w, "PUT /admin/api-key-clients/acme", `{"enforce_api_keys":true}`, 200).Client
	require.Equal(t, "acme", rule.ClientName)
	require.True(t, enforced("acme"))
	require.False(t, enforced("other"))
	require.Equal(t, []wire.KeyClientConfig{rule}, do[wire.KeyClientConfigPage](w, "GET /admin/api-key-clients", "", 200).Clients)
	require.Equal(t, []wire.KeyClientConfig{rule}, do[wire.KeyConfigReply](w, "GET /admin/api-key-config", "", 200).Clients)

	again := do[wire.KeyClientConfigReply](w, "PUT /admin/api-key-clients/acme", `{"enforce_api_keys":false}`, 200).Client
	require.False(t, again.EnforceAPIKeys)
	require.Equal(t, rule.CreatedAt, again.CreatedAt)

	gone := do[wire.DeletedClientName](w, "DELETE /admin/api-key-clients/acme", "", 200)
	require.Equal(t, "acme", gone.ClientName)
	w.refuse([]refusal{
		{"nothing said", "PUT /admin/api-key-config", `{}`, 400, "enforce_api_keys", "true or false"},
		{"null", "PUT /admin/api-key-config", `{"enforce_api_keys":null}`, 400, "enforce_api_keys", "true or false"},
		{"a word", "PUT /admin/api-key-config", `{"enforce_api_keys":"yes"}`, 400, "enforce_api_keys", "true or false"},
		{"nothing said of a client", "PUT /admin/api-key-clients/acme", `{}`, 400, "enforce_api_keys", "true or false"},
		{"no name", "PUT /admin/api-key-clients/a%20b", `{"enforce_api_keys":true}`, 400, "client_name", "letters"},
		{"no rule", "DELETE /admin/api-key-clients/acme", "", 404, "", "not found"},
	})
}
