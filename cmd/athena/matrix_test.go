package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"athena/http/operations"
	"athena/http/route"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// request is one that gets as far as the check of rights, for an operation
// whose right follows from the request.
type request struct {
	rest  string // of the path; whole where it begins with a slash
	body  string
	right string // empty: the answer tells it
}

var samples = map[string]request{
	"POST /gateway/fetch":          {"", `{"table_name":"products","limit":1}`, "products.read"},
	"POST /gateway/data":           {"", `{"table_name":"products","limit":1}`, "products.read"},
	"GET /data":                    {"?view=products&limit=1", "", "products.read"},
	"PUT /gateway/insert":          {"", `{"table_name":"products","insert_body":{"name":"lamp","price":1}}`, "products.write"},
	"POST /gateway/update":         {"", `{"table_name":"products","update_body":{"price":2},"conditions":[{"column":"id","operator":"eq","value":0}]}`, "products.write"},
	"DELETE /gateway/delete":       {"", `{"table_name":"products","conditions":[{"column":"id","operator":"eq","value":0}]}`, "products.delete"},
	"POST /gateway/query":          {"", `{"query":"SELECT 1"}`, "gateway.query"},
	"POST /gateway/transaction":    {"", `{"operations":[{"id":"a","kind":"fetch","payload":{"table_name":"products","limit":1}}]}`, "products.read"},
	"POST /gateway/rpc":            {"", `{"function":"lower","args":["A"]}`, "gateway.rpc.execute"},
	"POST /rpc/{function_name}":    {"", `{}`, "gateway.rpc.execute"},
	"GET /rpc/{function_name}":     {"", "", "gateway.rpc.execute"},
	"PUT /rest/v1/{table}":         {"?id=eq.0", `{"id":0,"name":"lamp","price":1}`, "products.write"},
	"GET /rest/v1/{table}":         {"?limit=1", "", "products.read"},
	"HEAD /rest/v1/{table}":        {"?limit=1", "", "products.read"},
	"POST /rest/v1/{table}":        {"", `{"name":"lamp","price":1}`, "products.write"},
	"PATCH /rest/v1/{table}":       {"?id=eq.0", `{"price":2}`, "products.write"},
	"DELETE /rest/v1/{table}":      {"?id=eq.0", "", "products.delete"},
	"GET /rest/v1/rpc/{function}":  {"", "", "gateway.rpc.execute"},
	"HEAD /rest/v1/rpc/{function}": {"", "", "gateway.rpc.execute"},
	"POST /rest/v1/rpc/{function}": {"", "{}", "gateway.rpc.execute"},
	"POST /query/sql":              {"", `{"query":"SELECT 1","driver":"postgresql","db_name":"demo"}`, "gateway.query"},
	"POST /gateway/sql":            {"", `{"query":"SELECT 1","driver":"postgresql","db_name":"demo"}`, "gateway.query"},
	"POST /gateway/sql/d1/migrate": {"", `{"schemaSql":"SELECT 1","driver":"d1","dbName":"demo"}`, "gateway.query"},
	"POST /query/count":            {"", `{"table_name":"products","driver":"postgresql","db_name":"demo"}`, "products.read"},
	"GET /schema/columns":          {"?table_name=products", "", "products.read"},
	"GET /schema/constraints":      {"?table_name=products", "", "products.read"},

	"GET /gateway/deferred/{request_id}":          {"/gateway/deferred/" + matrixDeferred, "", "products.write"},
	"POST /gateway/deferred/{request_id}/requeue": {"/gateway/deferred/" + matrixDeferred + "/requeue", "", "products.write"},

	"POST /public/{route_key}/{op}": {"/public/matrix/fetch", `{"table_name":"products","limit":1}`, "products.read"},
}

// matrixDeferred is the id of the matrix's deferred write.
const matrixDeferred = "00000000-0000-4000-8000-000000000001"

// filtered are the operations that answer every key, each with what it may see.
var filtered = []string{"GET /schema", "GET /schema/tables"}

// instead are rights that do as well as the one that an operation names.
var instead = map[string]string{
	"GET /schema/columns":     "management.read",
	"GET /schema/constraints": "management.read",
	"GET /schema/migrations":  "management.read",
}

// matrix asks every operation as callers with various rights.
type matrix struct {
	*process
	admin string
	all   []string // every right but the one for everything
	mu    sync.Mutex
	keys  map[string]string // by their rights
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	h := installed(t)
	h.env = append(h.env, "ATHENA_KEY_12=the-admin-key", "ATHENA_AUTH_TRUSTED_HEADERS=true")
	m := &matrix{process: serve(t, h), admin: "apikey: the-admin-key", keys: map[string]string{}}
	for _, right := range []string{"products.read", "products.write", "products.delete", "orders.read", "orders.write", "orders.delete"} {
		r := m.do(t, "POST", "/admin/api-key-rights", `{"name":"`+right+`"}`, m.admin)
		require.Equal(t, 201, r.status, r.body)
	}
	made := m.do(t, "POST", "/admin/public-routes", `{"route_key":"matrix","client_name":"demo","allowed_ops":["fetch"]}`, m.admin)
	require.Equal(t, 201, made.status, made.body)
	later := m.do(t, "PUT", "/gateway/insert", `{"table_name":"products","insert_body":{"name":"later","price":1}}`, m.admin, "X-Athena-Client: demo", "X-Athena-Defer: true")
	require.Equal(t, 202, later.status, later.body)
	dbtest.Exec(t, h.succeed(t, "client", "uri", "athena_logging"), "UPDATE gateway_deferred_requests SET id = '"+matrixDeferred+"'")
	catalog := m.do(t, "GET", "/admin/rights/catalog", "", m.admin).body
	var page struct{ Data wire.RightCatalog }
	require.NoError(t, json.Unmarshal([]byte(catalog), &page))
	for _, right := range page.Data.Rights {
		if right.Kind != wire.RightTemplate && right.Key != "*" {
			m.all = append(m.all, right.Key)
		}
	}
	require.Subset(t, m.all, append(wire.NativeRights(), "products.read"), catalog)
	return m
}

// key is the header of a caller with these rights.
func (m *matrix) key(t *testing.T, rights []string) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	known := strings.Join(rights, " ")
	if m.keys[known] == "" {
		body, err := json.Marshal(map[string]any{"name": "matrix", "client_name": "demo", "rights": rights})
		require.NoError(t, err)
		r := m.do(t, "POST", "/admin/api-keys", string(body), m.admin)
		require.Equal(t, 201, r.status, r.body)
		m.keys[known] = "apikey: " + regexp.MustCompile(`ath_[0-9a-f]+\.[0-9a-f]+`).FindString(r.body)
	}
	return m.keys[known]
}

// without are all rights but those that cover one of these.
func (m *matrix) without(wanted ...string) []string {
	return slices.DeleteFunc(slices.Clone(m.all), func(held string) bool {
		return slices.ContainsFunc(wanted, func(right string) bool { return wire.RightCovers(held, right) })
	})
}

// variable is a variable of a path.
var variable = regexp.MustCompile(`\{[^}]*\}`)

// pathOf is the path of an operation's sample, or its own with variables that harm
// nobody.
func pathOf(r *route.Route) string {
	rest := samples[r.Name()].rest
	if strings.HasPrefix(rest, "/") {
		return rest
	}
	return filled(r) + rest
}

// filled is a path with its variables filled.
func filled(r *route.Route) string {
	return variable.ReplaceAllStringFunc(r.Path, func(name string) string {
		switch name = strings.Trim(name, "{}"); {
		case strings.HasPrefix(name, "table"):
			return "products"
		case name == "id" || strings.HasSuffix(name, "_id"):
			return uuid.NewString()
		}
		return "nothing"
	})
}

// ask sends the sample of an operation, or what its route alone tells of it.
func (m *matrix) ask(t *testing.T, r *route.Route, headers ...string) reply {
	t.Helper()
	s, given := samples[r.Name()]
	if !given && r.Do.HasBody() {
		s.body = "{}"
	}
	return m.do(t, r.Method, pathOf(r), s.body, append(headers, "X-Athena-Client: demo", "Content-Type: application/json")...)
}

var lacks = regexp.MustCompile(`lacks the right ([^\s"\\]+)`)

// missing is the right whose want an answer tells; empty for another answer.
func missing(r reply) string {
	if found := lacks.FindStringSubmatch(r.body); found != nil && r.status == 403 {
		return found[1]
	}
	return ""
}

// TestRightsOfEveryOperation is driven by the route table: an operation that is
// added is held to the same.
func TestRightsOfEveryOperation(t *testing.T) {
	t.Parallel()
	m := newMatrix(t)
	for _, table := range (&operations.APIs{}).Tables() {
		for _, r := range table {
			t.Run(r.Name(), func(t *testing.T) {
				switch r.Access {
				case route.Public:
					require.NotContains(t, []int{401, 403}, m.ask(t, &r).status)
				case route.Admin:
					m.admins(t, &r)
				case route.Session:
					m.sessions(t, &r)
				default:
					m.keyed(t, &r)
				}
			})
		}
	}
}

// admins holds an operation to the admin key.
func (m *matrix) admins(t *testing.T, r *route.Route) {
	require.Equal(t, 401, m.ask(t, r).status, "without a key")
	require.Equal(t, 401, m.ask(t, r, m.key(t, m.all)).status, "every right there is does not make an admin")
	accepted(t, m.ask(t, r, m.admin))
}

// sessions holds an operation to a session, or to the right to name its user.
func (m *matrix) sessions(t *testing.T, r *route.Route) {
	require.Equal(t, 401, m.ask(t, r).status, "without a session")
	require.Equal(t, 401, m.ask(t, r, m.key(t, m.all)).status, "a key is no session")
	m.rights(t, r, "X-User-Id: ann", "X-Organization-Id: acme")
}

// keyed holds an operation to a key with its rights.
func (m *matrix) keyed(t *testing.T, r *route.Route) {
	require.Equal(t, 401, m.ask(t, r).status, "without a key")
	r401 := m.do(t, r.Method, pathOf(r), `{"broken`, "X-Athena-Client: demo")
	require.Equal(t, 401, r401.status, "the key is looked at before the body")
	if slices.Contains(filtered, r.Name()) {
		accepted(t, m.ask(t, r, m.key(t, []string{irrelevant})))
		return
	}
	m.rights(t, r)
}

// rights holds an operation to its rights: a key with just these is accepted, one
// that has all others is refused.
func (m *matrix) rights(t *testing.T, r *route.Route, headers ...string) {
	needed := m.needed(t, r, headers...)
	accepted(t, m.ask(t, r, append(headers, m.key(t, needed))...))
	for _, right := range needed {
		answer := m.ask(t, r, append(headers, m.key(t, m.without(right, instead[r.Name()])))...)
		require.Equal(t, 403, answer.status, answer.body)
	}
}

// needed are the rights that an operation needs: that of its route, that of its
// sample, or those that its refusals tell, one after the other.
func (m *matrix) needed(t *testing.T, r *route.Route, headers ...string) []string {
	if right := cmp.Or(r.Right, samples[r.Name()].right); right != "" {
		return []string{right}
	}
	held := []string{irrelevant}
	for {
		right := missing(m.ask(t, r, append(headers, m.key(t, held))...))
		if right == "" {
			break
		}
		require.NotContains(t, held, right, "the key has the right that it is said to lack")
		held = append(held, right)
	}
	require.Greater(t, len(held), 1, "it asks for no right; where its right follows from the request, give it a sample")
	return held[1:]
}

// irrelevant is a right that no operation asks for; a key has to have one.
const irrelevant = "invoice.open"

func accepted(t *testing.T, answer reply) {
	t.Helper()
	require.NotContains(t, []int{401, 403}, answer.status, answer.body)
}
