package route_test

import (
	"testing"

	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// TestKeysThatClientsAddAreIgnored, as far as they cannot be meant to choose rows.
func TestKeysThatClientsAddAreIgnored(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"operation", "expectedShape", "request_id", "trace_id", "backend", "backend_type", "client", "user_id",
		"organization_id", "forceNoCache", "set", "head", "count", "comment", "tags", "publish_event", "role",
	} {
		body := []byte(`{"` + key + `":1}`)
		for name, decode := range map[string]func() error{
			"delete": func() error { _, err := route.DecodeJSON[wire.DeleteRows](body); return err },
			"insert": func() error { _, err := route.DecodeJSON[wire.InsertRows](body); return err },
			"query":  func() error { _, err := route.DecodeJSON[wire.Query](body); return err },
			"count":  func() error { _, err := route.DecodeJSON[wire.CountRows](body); return err },
		} {
			require.NoError(t, decode(), "%s of a %s", key, name)
		}
	}
}

// TestKeysOfEverySpellingAreKnown: second spellings and other cases are no slips.
func TestKeysOfEverySpellingAreKnown(t *testing.T) {
	t.Parallel()
	in, err := route.DecodeJSON[wire.Fetch]([]byte(`{"Table_Name":"t","order_by":"a","sortBy":{"field":"b"}}`))
	require.NoError(t, err)
	require.Equal(t, "t", in.TableName)
	require.JSONEq(t, `"a"`, string(in.OrderBy))
}
