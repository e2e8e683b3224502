package migrate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
)

func TestChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	const key = "INSERT INTO api_keys (public_id, name, key_salt, key_hash) VALUES ('p', 'n', 's', 'h')"
	for _, tc := range []struct{ name, before, change, channel, table string }{
		{"client made", "", "INSERT INTO athena_clients (client_name) VALUES ('a')", "athena_catalog", "athena_clients"},
		{"client frozen", "", "UPDATE athena_clients SET is_frozen = true", "athena_catalog", "athena_clients"},
		{"key made", "", key, "athena_keys", "api_keys"},
		{"key switched off", key, "UPDATE api_keys SET is_active = false", "athena_keys", "api_keys"},
		{"key deleted", key, "DELETE FROM api_keys", "athena_keys", "api_keys"},
		{"right made", "", "INSERT INTO api_key_rights (name) VALUES ('r')", "athena_keys", "api_key_rights"},
		{"right withdrawn", "", "DELETE FROM api_key_right_grants", "athena_keys", "api_key_right_grants"},
		{"keys enforced", "", "UPDATE api_key_config SET enforce_api_keys = true", "athena_keys", "api_key_config"},
		{"keys enforced for a client", "", "INSERT INTO api_key_client_config VALUES ('a', true)", "athena_keys", "api_key_client_config"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			uri := dbtest.Control(t)
			listener, writer := connect(t, uri), connect(t, uri)
			if tc.before != "" {
				exec(t, writer, tc.before)
			}
			exec(t, listener, "LISTEN athena_catalog")
			exec(t, listener, "LISTEN athena_keys")
			exec(t, writer, tc.change)
			got, err := listener.WaitForNotification(t.Context())
			require.NoError(t, err)
			require.Equal(t, tc.channel, got.Channel)
			require.Equal(t, tc.table, got.Payload)
		})
	}
}

func TestUseIsNotAnnounced(t *testing.T) {
	t.Parallel()
	uri := dbtest.Control(t)
	listener, writer := connect(t, uri), connect(t, uri)
	exec(t, listener, "LISTEN athena_catalog")
	exec(t, listener, "LISTEN athena_keys")
	exec(t, writer, "UPDATE api_keys SET last_used_at = now(), virgin_request_count = 1")
	exec(t, writer, "UPDATE athena_clients SET last_seen_at = now()")
	exec(t, writer, "SELECT pg_notify('athena_keys', 'end')")
	got, err := listener.WaitForNotification(t.Context())
	require.NoError(t, err)
	require.Equal(t, "end", got.Payload, "nothing came before the end")
}

func TestDeletedClientGivesItsNameFree(t *testing.T) {
	t.Parallel()
	conn := connect(t, dbtest.Control(t))
	const add = "INSERT INTO athena_clients (client_name) VALUES ('a')"
	exec(t, conn, add)
	_, err := conn.Exec(t.Context(), add)
	require.ErrorContains(t, err, "athena_clients_name")
	exec(t, conn, "UPDATE athena_clients SET deleted_at = now()")
	exec(t, conn, add)
}

func TestKeyConfigIsOneRow(t *testing.T) {
	t.Parallel()
	conn := connect(t, dbtest.Control(t))
	for _, row := range []string{"DEFAULT VALUES", "(singleton) VALUES (false)"} {
		_, err := conn.Exec(t.Context(), "INSERT INTO api_key_config "+row)
		require.Error(t, err)
	}
}
