package keys_test

import (
	"strings"
	"testing"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

// TestATableOfTheServersOwnIsMissing blames no caller.
func TestATableOfTheServersOwnIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.db.Exec(t.Context(), "ALTER TABLE api_key_rights RENAME TO elsewhere")
	require.NoError(t, err)
	failure := do[wire.Failure](w, "GET /admin/api-key-rights", "", 500)
	require.Equal(t, wire.Internal.Name, failure.Code)
	require.NotContains(t, failure.Error, "api_key_rights")
	require.Contains(t, failure.Hint, "athena migrate")
}

func TestRightForTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := do[wire.KeyRightReply](w, "POST /admin/api-key-rights", `{"name":"orders.read","description":"Read orders"}`, 201).Right
	key := w.key(`{"name":"ci","rights":["orders.read"]}`)
	require.Equal(t, []string{"orders.read"}, key.Record.Rights)

	page := do[wire.KeyRightPage](w, "GET /admin/api-key-rights", "", 200)
	require.Contains(t, page.Rights, made)

	renamed := do[wire.KeyRightReply](w, at("PATCH /admin/api-key-rights/%s", made.ID), `{"name":"orders.*"}`, 200).Right
	require.Equal(t, "Read orders", *renamed.Description, "what is left out stays")
	record := do[wire.APIKeyReply](w, at("GET "+keyPath, key.Record.ID), "", 200).Record
	require.Equal(t, []string{"orders.*"}, record.Rights, "a key keeps a right under its new name")

	cleared := do[wire.KeyRightReply](w, at("PATCH /admin/api-key-rights/%s", made.ID), `{"name":"orders.*","description":null}`, 200).Right
	require.Nil(t, cleared.Description)

	do[wire.DeletedID](w, at("DELETE /admin/api-key-rights/%s", made.ID), "", 200)
	record = do[wire.APIKeyReply](w, at("GET "+keyPath, key.Record.ID), "", 200).Record
	require.Empty(t, record.Rights, "a deleted right is withdrawn")
}

func TestBadRightsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := do[wire.KeyRightReply](w, "POST /admin/api-key-rights", `{"name":"orders.read"}`, 201).Right.ID
	update := at("PATCH /admin/api-key-rights/%s", id)
	w.refuse([]refusal{
		{"no name", "POST /admin/api-key-rights", `{}`, 400, "name", "RESOURCE.ACTION"},
		{"no action", "POST /admin/api-key-rights", `{"name":"orders"}`, 400, "name", "RESOURCE.ACTION"},
		{"half an asterisk", "POST /admin/api-key-rights", `{"name":"ord*.read"}`, 400, "name", "whole"},
		{"same name twice", "POST /admin/api-key-rights", `{"name":"orders.read"}`, 409, "", "duplicate"},
		{"taken name", update, `{"name":"gateway.read"}`, 409, "", "duplicate"},
		{"nameless", update, `{"description":"x"}`, 400, "name", "RESOURCE.ACTION"},
		{"unknown", "PATCH /admin/api-key-rights/" + stranger, `{"name":"a.read"}`, 404, "", "not found"},
		{"not an id", "PATCH /admin/api-key-rights/7", `{"name":"a.read"}`, 400, "id", "UUID"},
		{"delete unknown", "DELETE /admin/api-key-rights/" + stranger, "", 404, "", "not found"},
	})
}

func TestCatalogExplainsEveryRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	do[wire.KeyRightReply](w, "POST /admin/api-key-rights", `{"name":"orders.read"}`, 201)
	catalog := do[wire.Success[wire.RightCatalog]](w, "GET /admin/rights/catalog", "", 200).Data
	byKey := map[string]wire.RightEntry{}
	for _, entry := range catalog.Rights {
		byKey[entry.Key] = entry
	}
	require.Equal(t, wire.RightEntry{Key: "orders.read", Resource: "orders", Action: "read", Kind: "capability", Source: "store"}, byKey["orders.read"])
	require.Equal(t, "template", byKey["{table}.read"].Kind)
	for _, name := range wire.NativeRights() {
		require.Equal(t, "native", byKey[name].Source, name)
		require.NotEmpty(t, byKey[name].Description, name)
	}
	w.key(`{"name":"all","rights":["` + strings.Join(wire.NativeRights(), `","`) + `"]}`)
}
