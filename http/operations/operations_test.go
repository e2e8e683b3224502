package operations_test

import (
	"context"
	"regexp"
	"slices"
	"testing"

	"athena/http/apitest"
	"athena/http/operations"
	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
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

// TestMistakesOfOurs has the operations that no store can fail meet the one failure
// that is left: a mistake in their own code.
func TestMistakesOfOurs(t *testing.T) {
	t.Parallel()
	var broken route.Table
	for _, table := range (&operations.APIs{}).Tables() {
		for _, r := range table {
			if r.Static || r.Access == route.Public || slices.Contains(known, r.Name()) {
				r.Do = route.Raw("", func(context.Context, *fasthttp.RequestCtx) error { panic("a mistake") })
				broken = append(broken, r)
			}
		}
	}
	require.Greater(t, len(broken), len(known))
	api := apitest.New(t, broken)
	for _, r := range broken {
		path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(r.Path, "x")
		failure := apitest.Answer[wire.Failure](t, api, 500, r.Method+" "+path, "", append(apitest.As("demo", "acme", "ann"), apitest.Rights("*"))...)
		require.Equal(t, wire.Internal.Name, failure.Code)
		require.NotContains(t, failure.Error, "mistake")
	}
}

// known are operations that answer from what the process knows of a client, or a store that does not fail without that of the keys; where these
// cannot be reached, that is told as such.
var known = []string{
	"GET /schema", "GET /admin/clients/{client_name}/table-row-estimates",
	"GET /gateway/deferred/{request_id}", "POST /gateway/deferred/{request_id}/requeue",
}
