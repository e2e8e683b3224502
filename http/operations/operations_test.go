package operations_test

import (
	"testing"

	"athena/http/operations"
	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestRightsOfRoutesAreInTheCatalog(t *testing.T) {
	t.Parallel()
	for _, table := range (&operations.APIs{}).Tables() {
		for _, r := range table {
			if r.Right != "" {
				require.Contains(t, wire.NativeRights(), r.Right, r.Name())
				require.NotContains(t, []route.Access{route.Public, route.Admin}, r.Access, r.Name())
			}
			if r.Access == route.Session {
				require.NotEmpty(t, r.Right, "%s: which right lets a trusted server name the user?", r.Name())
			}
		}
	}
}
