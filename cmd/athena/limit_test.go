package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"athena/http/route"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestLimitsOfEveryOperation has every operation that works on a client's database meet
// the limits of that client: that of requests in a window, and that of requests under
// way.
func TestLimitsOfEveryOperation(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, "ATHENA_API_REQUEST_TIMEOUT=10m") // what keeps the client busy lasts as long as the test
	set := func(config string) {
		r := f.do(t, "PUT", "/admin/client-configs/demo", `{"config":`+config+`}`, faultyAdmin)
		require.Equal(t, 200, r.status, r.body)
	}
	refused := func(name string, allowed func(*route.Route) bool) {
		f.each(t, name, func(t *testing.T, r *route.Route) {
			if r.Access == route.Admin || r.Access == route.Public { // some set the limits anew
				return
			}
			answer := f.ask(t, r, f.key)
			if answer.status != 429 { // it may be the first in a new window
				answer = f.ask(t, r, f.key)
			}
			if answer.status == 429 {
				require.NotEmpty(t, answer.header.Get("Retry-After"), answer.body)
			} else {
				require.True(t, allowed(r), "%d %s", answer.status, answer.body)
			}
		})
	}
	const one = `{"query":"SELECT 1"}`
	set(`{"admission":{"limit":1,"window_ms":60000}}`)
	f.becomes(t, 429, "POST", "/gateway/query", one, "X-Athena-Client: demo", f.key)
	refused("too many in a window", func(r *route.Route) bool { return r.Access != route.Gateway && r.Access != route.Alias })

	set(`{"resilience":{"max_in_flight":1}}`)
	var busy sync.WaitGroup
	require.Eventually(t, func() bool {
		if f.do(t, "POST", "/gateway/query", one, "X-Athena-Client: demo", f.key).status == 429 {
			return true
		}
		busy.Go(func() { // it may still find the pool that goes with the old configuration
			r, err := f.try("POST", "/gateway/query", `{"query":"SELECT pg_sleep(600)"}`, "X-Athena-Client: demo", f.key)
			assert.NoError(t, err)
			assert.Contains(t, []int{429, 503, 504}, r.status, r.body)
		})
		return false
	}, patience, 50*time.Millisecond)
	refused("too many under way", func(r *route.Route) bool { return r.Access != route.Gateway || strings.Contains(r.Path, "/deferred/") })
	f.becomes(t, 429, "POST", "/gateway/query", one, "X-Athena-Client: demo", f.key)
	f.tenant.cut()
	busy.Wait()
}
