package chat_test

import (
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestAClientWithoutChatTables: each operation says what is missing, and is no mistake
// of the server's nor of the caller's.
func TestAClientWithoutChatTables(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, dbtest.New(t))
	id := uuid.NewString()
	names := strings.NewReplacer("{room}", id, "{message}", id, "{own}", id, "{self}", "ann")
	for _, p := range permissions {
		t.Run(p.what, func(t *testing.T) {
			t.Parallel()
			reply := w.api.Do(t, names.Replace(p.operation), names.Replace(p.body), apitest.As("acme", "org", "ann")...)
			require.Equal(t, 503, reply.Status, reply.Body)
			f := read[wire.Failure](t, reply)
			require.Equal(t, wire.ChatUnavailable.Name, f.Code)
			require.Contains(t, f.Error, "no chat tables")
			require.NotEmpty(t, f.Hint)
		})
	}
}
