package rest_test

import (
	"testing"

	"athena/http/apitest"
	"athena/http/rest"
	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// explained is a plan as the server writes it.
type explained []struct {
	Plan     node
	Planning map[string]any
	Settings map[string]any
	Time     float64 `json:"Execution Time"`
}

type node struct {
	Type       string   `json:"Node Type"`
	Operation  string   `json:"Operation"`
	Relation   string   `json:"Relation Name"`
	Cost       float64  `json:"Total Cost"`
	Output     []string `json:"Output"`
	WALRecords *int     `json:"WAL Records"`
	Filter     string   `json:"Filter"`
	Plans      []node   `json:"Plans"`
}

// names are the tables that a plan visits.
func (n *node) names(into map[string]bool) map[string]bool {
	if n.Relation != "" {
		into[n.Relation] = true
	}
	for i := range n.Plans {
		n.Plans[i].names(into)
	}
	return into
}

// planning is the configuration of a client that plans are told to.
var planning = wire.ClientConfig{REST: &wire.RESTConfig{PlanEnabled: &yes}}

var yes = true

const planJSON = "Accept: application/vnd.pgrst.plan+json"

func newPlanWorld(t *testing.T) *world {
	t.Helper()
	w := newWorldWith(t, `{"rest":{"plan_enabled":true}}`)
	w.Exec(t, functions)
	return w
}

// planOf asks for a plan, which must come with its media type.
func (w *world) planOf(operation, body, accept, media string, headers ...string) explained {
	w.t.Helper()
	reply := w.bare(operation, body, append([]string{"Accept: application/vnd.pgrst.plan+json" + accept}, headers...)...)
	require.Equal(w.t, 200, reply.Status, reply.Body)
	require.Equal(w.t, "application/vnd.pgrst.plan+json; "+media+"; charset=utf-8", string(reply.Header.ContentType()))
	require.Empty(w.t, reply.Header.Peek("Content-Range"))
	var plan explained
	require.NoError(w.t, json.Unmarshal([]byte(reply.Body), &plan), reply.Body)
	require.Len(w.t, plan, 1)
	require.Positive(w.t, plan[0].Plan.Cost)
	return plan
}

const ofJSON = `for="application/json"`

// TestPlans asks for the plans of reads, writes and calls.
func TestPlans(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	for _, tc := range []struct {
		name, operation, body string
		tables                map[string]bool
	}{
		{"table", "GET /rest/v1/people?id=in.(1,2)", "", map[string]bool{"people": true}},
		{"view", "GET /rest/v1/adults?id=gt.1", "", map[string]bool{"people": true}},
		{"to one", "GET /rest/v1/people?select=*,companies(*)", "", map[string]bool{"people": true, "companies": true}},
		{"to many", "GET /rest/v1/companies?select=*,people(*)&id=eq.1", "", map[string]bool{"people": true, "companies": true}},
		{"lines", "GET /rest/v1/labels", "", map[string]bool{"labels": true}},
		{"insert", "POST /rest/v1/labels", `{"id":7,"label":"x"}`, map[string]bool{"labels": true}},
		{"many", "POST /rest/v1/labels?select=id", `[{"id":7,"label":"x"},{"id":8,"label":"x"}]`, map[string]bool{"labels": true}},
		{"upsert", "PUT /rest/v1/labels?id=eq.1", `{"id":1,"label":"x"}`, map[string]bool{"labels": true}},
		{"update", "PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, map[string]bool{"labels": true}},
		{"update of each", "PATCH /rest/v1/labels", `[{"id":1,"label":"x"}]`, map[string]bool{"labels": true}},
		{"delete", "DELETE /rest/v1/labels?id=in.(1,2)", "", map[string]bool{"labels": true}},
		{"call that reads", "GET /rest/v1/rpc/elders?age_from=1&id=in.(1,2)", "", map[string]bool{"people": true}},
		{"call that writes", "POST /rest/v1/rpc/label_them?select=id", `{"names":["x"]}`, map[string]bool{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, prefer := range []string{"return=minimal", "return=representation"} {
				plan := w.with(t).planOf(tc.operation, tc.body, "", ofJSON, "Prefer: "+prefer)
				require.Equal(t, tc.tables, plan[0].Plan.names(map[string]bool{}))
				require.Zero(t, plan[0].Time, "nothing was run")
			}
		})
	}
	require.Equal(t, "1 bug,2 idea", w.Value(t, "SELECT string_agg(id || ' ' || label, ',' ORDER BY id) FROM labels"), "nothing is done")
}

// TestPlanOptions has plans tell more, of several forms of an answer.
func TestPlanOptions(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	const read = "GET /rest/v1/people?id=gt.1"
	t.Run("verbose", func(t *testing.T) {
		plan := w.with(t).planOf(read+"&select=id", "", "; options=verbose", ofJSON+"; options=verbose")
		require.NotEmpty(t, plan[0].Plan.Output)
	})
	t.Run("buffers", func(t *testing.T) {
		require.Contains(t, w.with(t).planOf(read, "", ";options=buffers", ofJSON+"; options=buffers")[0].Planning, "Shared Hit Blocks")
	})
	t.Run("settings", func(t *testing.T) {
		w.Exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET random_page_cost = 1.5', current_database()); END $$`)
		node := w.Node(t, gatewaydb.Options{}, planning, cache.Options{}) // whose connections are new
		w := &world{node, t, apitest.New(t, rest.API{Clients: node.Clients, MaxRows: 1000}.Routes())}
		require.Equal(t, "1.5", w.planOf(read, "", ";options=settings", ofJSON+"; options=settings")[0].Settings["random_page_cost"])
	})
	t.Run("all, in their order", func(t *testing.T) {
		plan := w.with(t).planOf(read, "", `; for="text/csv"; options=wal|buffers|settings|verbose|analyze`, `for="text/csv"; options=analyze|verbose|settings|buffers|wal`)
		require.Zero(t, *plan[0].Plan.WALRecords)
		require.Positive(t, plan[0].Time)
	})
	t.Run("none in the list", func(t *testing.T) {
		w.with(t).planOf(read, "", `; for="application/json"; options=;`, ofJSON)
	})
	t.Run("values, not parameters", func(t *testing.T) {
		plan := w.with(t).planOf("GET /rest/v1/people?name=eq.x'y", "", "", ofJSON)
		require.Equal(t, []node{}, append([]node{}, plan[0].Plan.Plans[0].Plans...))
		require.Contains(t, plan[0].Plan.Plans[0].Filter, "x''y")
	})
	for _, tc := range []struct{ name, form, told string }{
		{"one row", "application/vnd.pgrst.object", "application/vnd.pgrst.object+json"},
		{"one row without nulls", "application/vnd.pgrst.object+json;nulls=stripped", "application/vnd.pgrst.object+json;nulls=stripped"},
		{"rows without nulls", "application/vnd.pgrst.array+json; nulls=stripped", "application/vnd.pgrst.array+json;nulls=stripped"},
		{"rows", "application/vnd.pgrst.array", "application/json"},
		{"CSV", "text/csv", "text/csv"},
		{"lines", "application/x-ndjson", "application/x-ndjson"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.with(t).planOf(read, "", `; for="`+tc.form+`"`, `for="`+tc.told+`"`)
		})
	}
	t.Run("text", func(t *testing.T) {
		for _, accept := range []string{"application/vnd.pgrst.plan", "application/vnd.pgrst.plan+text", "text/html, application/vnd.pgrst.plan"} {
			for _, ask := range []func(string, string, ...string) apitest.Reply{w.with(t).bare, w.with(t).do} {
				reply := ask("GET /rest/v1/people?order=name", "", "Accept: "+accept)
				require.Equal(t, 200, reply.Status, reply.Body)
				require.Equal(t, `application/vnd.pgrst.plan+text; for="application/json"; charset=utf-8`, string(reply.Header.ContentType()))
				require.Regexp(t, `^Limit  \(cost=(.*\n)+.*Seq Scan on people t0 .*\n$`, reply.Body)
			}
		}
	})
	t.Run("HEAD", func(t *testing.T) {
		for _, path := range []string{"people", "rpc/elders?age_from=1"} {
			reply := w.with(t).bare("HEAD /rest/v1/"+path, "", planJSON)
			require.Equal(t, 200, reply.Status)
			require.Empty(t, reply.Body)
		}
	})
}

// TestAnalyzedWrites: a plan with what it took is of a write that was done.
func TestAnalyzedWrites(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	w.Exec(t, `CREATE FUNCTION add_label() RETURNS int VOLATILE LANGUAGE sql AS $$INSERT INTO labels (id, label) VALUES (99, 'x') RETURNING id$$;
		CREATE VIEW writer AS SELECT add_label() AS id`)
	const analyze, told = "; options=analyze", ofJSON + "; options=analyze"
	count := func(where string) string { return w.Value(t, "SELECT count(*)::text FROM labels WHERE "+where) }

	require.Equal(t, "Insert", w.planOf("POST /rest/v1/labels", `{"id":7,"label":"new"}`, analyze, told)[0].Plan.Operation)
	require.Equal(t, "1", count("label = 'new'"))
	w.planOf("PATCH /rest/v1/labels?id=eq.7", `{"label":"newer"}`, analyze, told, "Prefer: return=representation")
	require.Equal(t, "1", count("label = 'newer'"))
	w.planOf("PUT /rest/v1/labels?id=eq.7", `{"id":7,"label":"newest"}`, analyze, told)
	require.Equal(t, "1", count("label = 'newest'"))
	w.planOf("POST /rest/v1/rpc/label_them", `{"names":["undone"]}`, analyze, told, "Prefer: tx=rollback")
	require.Equal(t, "3", count("TRUE"), "undone")
	w.planOf("POST /rest/v1/rpc/label_them", `{"names":["called"]}`, analyze, told)
	require.Equal(t, "1", count("label = 'called'"))

	reply := w.bare("DELETE /rest/v1/labels?id=gt.6", "", planJSON+analyze, "Prefer: tx=rollback")
	require.Equal(t, 200, reply.Status, reply.Body)
	require.Equal(t, "tx=rollback", string(reply.Header.Peek("Preference-Applied")))
	require.Equal(t, "4", count("TRUE"), "undone")
	w.planOf("DELETE /rest/v1/labels?id=gt.6", "", analyze, told)
	require.Equal(t, "2", count("TRUE"))

	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		field                 string
	}{
		{"a bound on what is affected", "DELETE /rest/v1/labels?id=gt.0", "", []string{"Prefer: max-affected=1"}, 400, "Prefer"},
		{"what the database refuses", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, nil, 409, "id"},
		{"rows with their relations", "POST /rest/v1/companies", `{"name":"x","people":[{"name":"N"}]}`, nil, 406, "Accept"},
		{"a function that may write, by GET", "GET /rest/v1/rpc/label_them?names={x}", "", nil, 400, "function"},
		{"a view that writes", "GET /rest/v1/writer", "", nil, 403, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.field, w.with(t).refused(tc.status, tc.operation, tc.body, append(tc.headers, planJSON+analyze)...).Field)
			require.Equal(t, "2", w.Value(t, "SELECT count(*)::text FROM labels"))
		})
	}
}

// TestRefusedPlans: nobody learns a plan, and nothing is done, where plans are not told
// or cannot be.
func TestRefusedPlans(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	const analyze = "Accept: application/vnd.pgrst.plan+json; options=analyze"
	for _, operation := range []string{"GET /rest/v1/people", "GET /rest/v1/rpc/elders?age_from=1", "DELETE /rest/v1/labels?id=gt.0"} {
		reply := w.bare(operation, "", analyze)
		require.Equal(t, 406, reply.Status, reply.Body)
		require.Contains(t, reply.Body, `"code":"PGRST107"`)
		f := w.refused(406, operation, "", analyze)
		require.Contains(t, f.Hint, "rest.plan_enabled")
	}
	require.JSONEq(t, `[{"id":1}]`, w.bare("GET /rest/v1/labels?select=id&id=eq.1", "", planJSON+", application/json;q=0.1").Body, "what is told")
	require.Equal(t, "2", w.Value(t, "SELECT count(*)::text FROM labels"))

	w = newPlanWorld(t)
	for _, tc := range []struct {
		name, accept  string
		status        int
		field, inHint string
	}{
		{"an option that there is not", planJSON + "; options=verbose|costs", 400, "Accept", "wal"},
		{"an option that needs another", planJSON + "; options=wal", 400, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := w.with(t).refused(tc.status, "GET /rest/v1/people", "", tc.accept)
			require.Equal(t, tc.field, f.Field)
			require.Contains(t, f.Hint, tc.inHint)
		})
	}
	for _, of := range []string{"image/png", "application/vnd.pgrst.plan"} {
		require.Equal(t, 406, w.bare("GET /rest/v1/people", "", planJSON+`; for="`+of+`"`).Status, of)
	}
	t.Run("tables without a right", func(t *testing.T) {
		w := w.with(t)
		w.refused(403, "GET /rest/v1/people?select=companies(*)", "", planJSON, apitest.Rights("people.read"))
		w.refused(403, "DELETE /rest/v1/people?id=eq.1", "", planJSON, apitest.Rights("people.read"))
		w.refused(403, "GET /rest/v1/rpc/elders?age_from=1", "", planJSON, apitest.Rights("people.read"))
	})
}
