package gateway_test

import (
	"strings"
	"testing"
	"time"

	"athena/http/apitest"
	"athena/http/gateway"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// world is the gateway over a tenant of its own.
type world struct {
	*apitest.Tenant
	t   testing.TB
	api *apitest.API
}

const maxRows = 1000

func newWorld(t testing.TB) *world { return newWorldWith(t, gatewaydb.Options{}) }

func newWorldWith(t testing.TB, options gatewaydb.Options) *world {
	t.Helper()
	tenant := apitest.NewTenant(t, options)
	return &world{tenant, t, apitest.New(t, gateway.API{Clients: tenant.Clients, Windows: tenant.Windows, MaxRows: maxRows}.Routes())}
}

// with is the same world for a subtest.
func (w *world) with(t testing.TB) *world { return &world{w.Tenant, t, w.api} }

// do sends a request as the tenant's client.
func (w *world) do(operation, body string, headers ...string) apitest.Reply {
	w.t.Helper()
	return w.api.Do(w.t, operation, body, append([]string{"X-Athena-Client: " + apitest.Client}, headers...)...)
}

// answer is what tests look at in an answer of success.
type answer struct {
	Status   string
	Message  string
	Data     json.RawMessage
	Count    *int64
	CacheKey string          `json:"cache_key"`
	Groups   json.RawMessage `json:"post_processing"`
	Affected *int64          `json:"affected_rows"`
}

// ok sends a request that must succeed.
func (w *world) ok(operation, body string, headers ...string) answer {
	w.t.Helper()
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, 200, reply.Status, reply.Body)
	return read[answer](w.t, reply.Body)
}

// fetch is ok for a read; it gives the rows.
func (w *world) fetch(body string, headers ...string) string {
	w.t.Helper()
	return string(w.ok("POST /gateway/fetch", body, headers...).Data)
}

// refused sends a request that must fail, as the envelope.
func (w *world) refused(status int, operation, body string, headers ...string) wire.Failure {
	w.t.Helper()
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, status, reply.Status, reply.Body)
	failure := read[wire.Failure](w.t, reply.Body)
	require.Equal(w.t, "error", failure.Status, reply.Body)
	require.NotEmpty(w.t, failure.Message, reply.Body)
	require.NotEmpty(w.t, failure.Error, reply.Body)
	return failure
}

// eventually repeats what the gateway does behind its callers' backs allows only
// after a while.
func (w *world) eventually(done func() bool) {
	w.t.Helper()
	require.Eventually(w.t, done, 30*time.Second, 20*time.Millisecond)
}

func read[T any](t testing.TB, text string) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &out), text)
	return out
}

// rows spells rows of one column briefly: "id: 1 2" is [{"id":1},{"id":2}].
func rows(text string) string {
	column, values, _ := strings.Cut(text, ":")
	var list []string
	for _, value := range strings.Fields(values) {
		list = append(list, `{"`+column+`":`+value+`}`)
	}
	return "[" + strings.Join(list, ",") + "]"
}
