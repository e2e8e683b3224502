package main

import (
	"testing"
	"time"

	"athena/http/route"

	"github.com/goccy/go-json"
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
	f.becomes(t, 200, "POST", "/gateway/query", one, "X-Athena-Client: demo", f.key)
	var pools struct {
		Pools []struct {
			InFlight int `json:"in_flight"`
		}
	}
	busy := make(chan reply, 1)
	go func() {
		r, _ := f.try("POST", "/gateway/query", `{"query":"SELECT pg_sleep(600)"}`, "X-Athena-Client: demo", f.key)
		busy <- r
	}()
	require.Eventually(t, func() bool {
		require.NoError(t, json.Unmarshal([]byte(f.do(t, "GET", "/admin/pools", "", faultyAdmin).body), &pools))
		return len(pools.Pools) == 1 && pools.Pools[0].InFlight == 1
	}, patience, 5*time.Millisecond)
	refused("too many under way", func(*route.Route) bool { return true })
	f.becomes(t, 429, "POST", "/gateway/query", one, "X-Athena-Client: demo", f.key)
	f.tenant.cut()
	require.Contains(t, []int{503, 504}, (<-busy).status)
}
