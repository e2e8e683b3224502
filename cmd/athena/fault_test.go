package main

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"athena/http/operations"
	"athena/http/route"
	"athena/persistence/dbtest"
	"athena/persistence/migrate"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// faulty is a server with a line to its control database and one to that of the
// client demo, whose faults every operation meets.
type faulty struct {
	*process
	sampler         *sampler
	control, tenant *line
	key             string
}

const faultyAdmin = "apikey: the-admin-key"

func newFaulty(t *testing.T, env ...string) *faulty {
	t.Helper()
	f := &faulty{sampler: newSampler(t)}
	own := dbtest.New(t)
	shop := dbtest.New(t, demoSQL)
	require.NoError(t, migrate.Client(t.Context(), shop))
	var control, tenant string
	f.control, control = newLine(t, own)
	f.tenant, tenant = newLine(t, shop)
	h := newHome(t)
	h.config = configFile(t, `
control: {uri: "${CONTROL}"}
postgres_clients: {demo: {pg_uri: "${SHOP}"}}
`)
	h.env = append(env, "CONTROL="+control, "SHOP="+tenant, "ATHENA_KEY_12=the-admin-key", "ATHENA_AUTH_TRUSTED_HEADERS=true")
	f.process = serve(t, h)
	f.key = f.newKey(t)
	made := f.do(t, "POST", "/admin/public-routes", `{"route_key":"matrix","client_name":"demo","allowed_ops":["fetch"]}`, faultyAdmin)
	require.Equal(t, 201, made.status, made.body)
	set := f.do(t, "PUT", "/admin/client-configs/demo", patient, faultyAdmin)
	require.Equal(t, 200, set.status, set.body)
	return f
}

// newKey is the header of a key that may do everything, which no check has seen.
func (f *faulty) newKey(t *testing.T) string {
	t.Helper()
	r := f.do(t, "POST", "/admin/api-keys", `{"name":"faulty","client_name":"demo","rights":["*"]}`, faultyAdmin)
	require.Equal(t, 201, r.status, r.body)
	var made wire.CreatedAPIKey
	require.NoError(t, json.Unmarshal([]byte(r.body), &made))
	return "apikey: " + made.APIKey
}

// ask sends an operation's sample with a key, or the admin's where it wants that.
func (f *faulty) ask(t *testing.T, r *route.Route, key string) reply {
	t.Helper()
	path, body := f.sampler.reach(t, r)
	return f.send(t, r, path, body, key)
}

func (f *faulty) send(t *testing.T, r *route.Route, path, body, key string) reply {
	t.Helper()
	headers := []string{"X-Athena-Client: demo", "Content-Type: application/json", "X-User-Id: ann", "X-Organization-Id: acme"}
	switch r.Access {
	case route.Admin:
		key = faultyAdmin
	case route.Public:
		key = "Accept: */*"
	}
	return f.do(t, r.Method, path, body, append(headers, key)...)
}

// each runs something for every operation, many at a time: most of them only wait, so
// that the bound of parallel tests, which is that of processors, would be far too low.
// A failure ends the operation's own goroutine.
func (f *faulty) each(t *testing.T, name string, do func(t *testing.T, r *route.Route)) {
	t.Run(name, func(t *testing.T) {
		turns := make(chan struct{}, 16)
		var all sync.WaitGroup
		for _, table := range (&operations.APIs{}).Tables() {
			for _, r := range table {
				all.Go(func() {
					turns <- struct{}{}
					passed := false
					defer func() {
						<-turns
						if !passed {
							t.Errorf("%s failed", r.Name())
						}
					}()
					do(t, &r)
					passed = true
				})
			}
		}
		all.Wait()
	})
}

// faults are what happens to a database, with the statuses that then are right for
// an operation which needs it. On a busy machine the deadline may pass with any.
var faults = []struct {
	name  string
	begin func(*line)
	end   func(*testing.T, *line)
	right []int
}{
	{"refuses", func(l *line) { l.become(fault{state: "XX000"}) }, heal, []int{500, 503, 504}},
	{"hangs", func(l *line) { l.become(fault{stuck: true}) }, heal, []int{503, 504}},
	{"is gone", (*line).cut, func(t *testing.T, l *line) { l.restore(t) }, []int{503, 504}},
}

func heal(_ *testing.T, l *line) { l.become(fault{}) }

// TestFaultsOfDatabases has every operation of the table meet what can happen to
// the two databases. Whatever it answers is in its document; it waits no longer
// than it may, and tells nothing of the store.
func TestFaultsOfDatabases(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, "ATHENA_API_REQUEST_TIMEOUT=1s")
	f.becomes(t, 200, "POST", "/gateway/query", `{"query":"SELECT 1"}`, "X-Athena-Client: demo", f.key)
	for name, l := range map[string]*line{"control": f.control, "tenant": f.tenant} {
		for _, fault := range faults {
			fault.begin(l)
			var met atomic.Int64
			f.each(t, name+" "+fault.name, func(t *testing.T, r *route.Route) {
				answer := f.ask(t, r, f.key)
				if answer.status >= 500 {
					met.Add(1)
					require.Contains(t, fault.right, answer.status, "%s\n%s", answer.body, f.about(answer))
				}
				requireDiscreet(t, answer)
			})
			fault.end(t, l)
			require.True(t, met.Load() > 20, "%s %s: %d operations met it", name, fault.name, met.Load())
			f.becomes(t, 200, "GET", "/admin/api-keys", "", faultyAdmin)
			f.becomes(t, 200, "POST", "/gateway/query", `{"query":"SELECT 1"}`, "X-Athena-Client: demo", f.key)
		}
	}
}

// TestFaultsAtTheFirstUse has every operation be the first to need a client's database.
func TestFaultsAtTheFirstUse(t *testing.T) {
	t.Parallel()
	for _, fault := range faults[:2] {
		f := newFaulty(t, "ATHENA_API_REQUEST_TIMEOUT=1s")
		fault.begin(f.tenant)
		f.each(t, fault.name, func(t *testing.T, r *route.Route) {
			answer := f.ask(t, r, f.key)
			if answer.status >= 500 {
				require.Contains(t, fault.right, answer.status, "%s\n%s", answer.body, f.about(answer))
			}
			requireDiscreet(t, answer)
		})
	}
}

// TestKeysWithoutTheirStore turns away every caller whose key nobody knows yet.
func TestKeysWithoutTheirStore(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, "ATHENA_API_REQUEST_TIMEOUT=1s")
	fresh := f.newKey(t)
	for _, fault := range faults[1:] {
		fault.begin(f.control)
		f.each(t, fault.name, func(t *testing.T, r *route.Route) {
			answer := f.ask(t, r, fresh)
			requireDiscreet(t, answer)
			if r.Access != route.Public && r.Access != route.Admin {
				require.Contains(t, fault.right, answer.status, "%s\n%s", answer.body, f.about(answer))
			}
		})
		fault.end(t, f.control)
	}
}

// TestSessionsWithoutTheirStore turns away every user whose session nobody knows yet.
// One after the other: each takes a connection with it.
func TestSessionsWithoutTheirStore(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, "ATHENA_API_REQUEST_TIMEOUT=500ms")
	f.becomes(t, 401, "GET", "/chat/rooms", "", "X-Athena-Client: demo", "Authorization: Bearer stranger")
	f.tenant.become(fault{stuck: true})
	for _, table := range (&operations.APIs{}).Tables() {
		for _, r := range table {
			if r.Access != route.Session {
				continue
			}
			path, body := f.sampler.reach(t, &r)
			answer := f.do(t, r.Method, path, body, "X-Athena-Client: demo", "Authorization: Bearer unknown-token")
			require.Equal(t, 504, answer.status, "%s: %s", r.Name(), answer.body)
			requireDiscreet(t, answer)
		}
	}
}

// about is what the log has about a request.
func (f *faulty) about(r reply) string {
	var lines []string
	for line := range strings.Lines(f.errs.String()) {
		if strings.Contains(line, r.header.Get("X-Request-Id")) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// requireDiscreet holds a failure to say when to come back, and nothing of the store.
func requireDiscreet(t *testing.T, answer reply) {
	t.Helper()
	if answer.status == 503 {
		require.NotEmpty(t, answer.header.Get("Retry-After"), answer.body)
	}
	if answer.status >= 500 {
		require.NotContains(t, answer.body, secretOfStore)
		require.NotContains(t, answer.body, "SELECT")
	}
}

// TestUnreadableRequests sends what cannot be read to every operation.
func TestUnreadableRequests(t *testing.T) {
	t.Parallel()
	f := newFaulty(t, "ATHENA_API_BODY_LIMIT=5000")
	f.each(t, "body too large", func(t *testing.T, r *route.Route) {
		if r.Do.HasBody() {
			path, _ := f.sampler.request(t, r)
			// The server answers and closes while the rest of the body is still on its way:
			// the answer can be lost on a connection that the client used before.
			for attempt := 0; ; attempt++ {
				answer, err := f.try(r.Method, path, strings.Repeat(" ", 5001))
				if err != nil && attempt < 5 {
					continue
				}
				require.NoError(t, err)
				documented(t, r.Method, f.url(path), answer)
				require.Equal(t, 413, answer.status, answer.body)
				return
			}
		}
	})
	f.each(t, "path", func(t *testing.T, r *route.Route) {
		if slices.Contains(r.Failures(), 400) && strings.Contains(r.Path, "{") {
			answer := f.send(t, r, variable.ReplaceAllString(r.Path, "%00"), "", f.key)
			require.Contains(t, []int{400, 404}, answer.status, answer.body)
		}
	})
}
