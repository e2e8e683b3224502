package rest_test

import (
	"testing"

	"athena/http/apitest"
	"athena/http/rest"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// world is the REST interface over a tenant of its own.
type world struct {
	*apitest.Tenant
	t   testing.TB
	api *apitest.API
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, `{}`)
}

// newWorldWith configures the client.
func newWorldWith(t testing.TB, config string) *world {
	t.Helper()
	parsed, err := wire.ParseClientConfig([]byte(config))
	require.NoError(t, err)
	tenant := apitest.NewTenantWith(t, gatewaydb.Options{}, parsed)
	return &world{tenant, t, apitest.New(t, rest.API{Clients: tenant.Clients, Windows: tenant.Windows, MaxRows: 1000}.Routes())}
}

func (w *world) with(t testing.TB) *world { return &world{w.Tenant, t, w.api} }

func (w *world) do(operation, body string, headers ...string) apitest.Reply {
	w.t.Helper()
	return w.api.Do(w.t, operation, body, append([]string{"X-Athena-Client: " + apitest.Client}, headers...)...)
}

// rows sends a request that must succeed with a status; it gives the rows.
func (w *world) rows(status int, operation, body string, headers ...string) string {
	w.t.Helper()
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, status, reply.Status, reply.Body)
	var answer struct{ Data json.RawMessage }
	require.NoError(w.t, json.Unmarshal([]byte(reply.Body), &answer), reply.Body)
	return string(answer.Data)
}

func (w *world) refused(status int, operation, body string, headers ...string) wire.Failure {
	w.t.Helper()
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, status, reply.Status, reply.Body)
	var f wire.Failure
	require.NoError(w.t, json.Unmarshal([]byte(reply.Body), &f), reply.Body)
	require.NotEmpty(w.t, f.Error, reply.Body)
	return f
}

func TestRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, query, want string }{
		{"filter", "people?select=id&name=eq.Bob", `[{"id":2}]`},
		{"second spelling", "people?select=id&name.eq=Bob", `[{"id":2}]`},
		{"both spellings", "people?select=id&age.gt=20&company_id=eq.1", `[{"id":1}]`},
		{"the same column twice", "people?select=id&age=gte.17&age=lt.41&order=id", `[{"id":2},{"id":4}]`},
		{"not", "people?select=id&id=not.in.(1,2)&order=id", `[{"id":3},{"id":4}]`},
		{"is", "people?select=id&email=is.null", `[{"id":3}]`},
		{"is not", "people?select=id&email=not.is.null&order=id&limit=1", `[{"id":1}]`},
		{"in", "people?select=id&id=in.(1,3)&order=id", `[{"id":1},{"id":3}]`},
		{"in quoted", "people?select=id&name=in.(%22D%5C%22e,%20(f)%22)", `[{"id":4}]`},
		{"like", "people?select=id&name=like.*i*", `[{"id":3}]`},
		{"ilike", "people?select=id&name.ilike=*B", `[{"id":2}]`},
		{"contains", "people?select=id&tags=cs.{a}", `[{"id":1}]`},
		{"contains by its long name", "people?select=id&tags.contains={a}", `[{"id":1}]`},
		{"or", "people?select=id&or=(age.eq.17,name.eq.Cid)&order=id", `[{"id":2},{"id":3}]`},
		{"or of and", "people?select=id&or=(age.eq.17,and(age.gt.20,mood.eq.happy))&order=id", `[{"id":1},{"id":2}]`},
		{"not or", "people?select=id&not.or=(age.eq.17,name.eq.Cid)&order=id", `[{"id":1},{"id":4}]`},
		{"and", "people?select=id&and=(age.gt.1,age.lt.20)", `[{"id":2}]`},
		{"json path", "people?select=id&data->>city=eq.Rome", `[{"id":1}]`},
		{"select alias and cast", "people?select=n:name,age::text&id=eq.2", `[{"n":"Bob","age":"17"}]`},
		{"select json path", "people?select=data->>city,second:data->langs->1&id=eq.1", `[{"city":"Rome","second":"en"}]`},
		{"embed", "people?select=name,companies(name)&id=eq.2", `[{"name":"Bob","companies":{"name":"Acme"}}]`},
		{"embed by alias and hint", "people?select=id,wrote:tickets!tickets_author(title)&id=eq.2", `[{"id":2,"wrote":[{"title":"third"}]}]`},
		{"embed filtered and ordered", "people?select=id,t:tickets!tickets_author(title)&id=eq.1&t.order=title.desc&t.limit=1", `[{"id":1,"t":[{"title":"second"}]}]`},
		{"embed inner", "people?select=id,companies!inner(name)&companies.name=eq.Globex", `[{"id":4,"companies":{"name":"Globex"}}]`},
		{"embed in another schema", "people?select=id,vault.accounts(id)&id=eq.1", `[{"id":1,"accounts":[{"id":1}]}]`},
		{"order", "people?select=id&order=mood.desc,id.desc", `[{"id":1},{"id":4},{"id":2},{"id":3}]`},
		{"order nulls", "people?select=id&order=age.desc.nullslast", `[{"id":1},{"id":4},{"id":2},{"id":3}]`},
		{"limit and offset", "people?select=id&order=id&limit=2&offset=1", `[{"id":2},{"id":3}]`},
		{"view", "adults?select=id&order=id&limit=1", `[{"id":1}]`},
		{"other schema", "vault.accounts?select=id&id=eq.1", `[{"id":1}]`},
		{"quoted name", "%22odd%20%22%22table%22%22.n%C3%A9v%22?select=%22a%20b%22&%22a%20b%22=eq.1", `[{"a b":1}]`},
		{"key in the address is no filter", "people?select=id&id=eq.1&api_key=x", `[{"id":1}]`},
		{"camelCase", "people?select=id&camelCase=eq.Cc1", `[{"id":1}]`},
		{"injection is a value", "people?select=id&name=eq.x'%20OR%20'1'='1", `[]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, tc.want, w.with(t).rows(200, "GET /rest/v1/"+tc.query, ""))
		})
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, query   string
		headers       []string
		status        int
		want, content string
	}{
		{"plain", "select=id&order=id", nil, 200, `[{"id":1},{"id":2},{"id":3},{"id":4}]`, "0-3/*"},
		{"none", "select=id&id=eq.99", nil, 200, `[]`, "*/*"},
		{"range", "select=id&order=id", []string{"Range: 1-2"}, 200, `[{"id":2},{"id":3}]`, "1-2/*"},
		{"range with unit", "select=id&order=id", []string{"Range: items=1-2"}, 200, `[{"id":2},{"id":3}]`, "1-2/*"},
		{"open range", "select=id&order=id", []string{"Range: 3-"}, 200, `[{"id":4}]`, "3-3/*"},
		{"largest range", "select=id&order=id", []string{"Range: 0-999"}, 200, `[{"id":1},{"id":2},{"id":3},{"id":4}]`, "0-3/*"},
		{"the header goes first", "select=id&order=id&limit=1", []string{"Range: 1-2"}, 200, `[{"id":2},{"id":3}]`, "1-2/*"},
		{"just behind the end", "select=id&order=id&offset=4", []string{"Prefer: count=exact"}, 206, `[]`, "*/4"},
		{"count all", "select=id&order=id", []string{"Prefer: count=exact"}, 200, `[{"id":1},{"id":2},{"id":3},{"id":4}]`, "0-3/4"},
		{"count part", "select=id&order=id&limit=2&offset=1", []string{"Prefer: count=exact"}, 206, `[{"id":2},{"id":3}]`, "1-2/4"},
		{"count filtered", "select=id&order=id&age=gt.1&limit=1", []string{"Prefer: count=exact"}, 206, `[{"id":1}]`, "0-0/3"},
		{"count none", "select=id&id=eq.99", []string{"Prefer: count=exact"}, 200, `[]`, "*/0"},
		{"several preferences", "select=id&order=id&limit=1", []string{"Prefer: return=representation, count=exact"}, 206, `[{"id":1}]`, "0-0/4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := w.with(t)
			reply := w.do("GET /rest/v1/people?"+tc.query, "", tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			require.JSONEq(t, `{"data":`+tc.want+`}`, reply.Body)
			require.Equal(t, tc.content, string(reply.Header.Peek("Content-Range")))
		})
	}
	t.Run("beyond the end", func(t *testing.T) {
		t.Parallel()
		f := w.with(t).refused(416, "GET /rest/v1/people?offset=10", "", "Prefer: count=exact")
		require.Equal(t, "range_not_satisfiable", f.Code)
	})
	t.Run("planned", func(t *testing.T) {
		t.Parallel()
		for _, mode := range []string{"planned", "estimated"} {
			reply := w.with(t).do("GET /rest/v1/people?select=id&order=id&limit=1", "", "Prefer: count="+mode)
			require.Regexp(t, `^0-0/\d+$`, string(reply.Header.Peek("Content-Range")))
		}
	})
	t.Run("100 by default", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.Exec(t, "INSERT INTO notes SELECT 'n', g FROM generate_series(1, 150) g")
		reply := w.do("GET /rest/v1/notes?select=n", "", "Prefer: count=exact")
		require.Equal(t, "0-99/153", string(reply.Header.Peek("Content-Range")))
		require.Equal(t, 206, reply.Status)
	})
}

func TestWrites(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, operation, body, prefer string
		status                        int
		want                          string
	}{
		{"insert", "POST /rest/v1/labels", `{"id":5,"label":"x"}`, "", 200, `[{"id":5,"label":"x"}]`},
		{"insert many", "POST /rest/v1/labels?select=id", `[{"id":5,"label":"x"},{"id":6,"label":"y"}]`, "", 200, `[{"id":5},{"id":6}]`},
		{"insert nothing", "POST /rest/v1/labels", `[]`, "", 200, `[]`},
		{"insert minimal", "POST /rest/v1/labels", `{"id":5,"label":"x"}`, "return=minimal", 204, ``},
		{"insert missing is null", "POST /rest/v1/fresh?select=note", `[{"name":"a","note":"b"},{"name":"c"}]`, "", 200, `[{"note":"b"},{"note":null}]`},
		{"insert missing is default", "POST /rest/v1/fresh?select=note", `[{"name":"a","note":"b"},{"name":"c"}]`, "missing=default", 200, `[{"note":"b"},{"note":"default"}]`},
		{"insert some columns", "POST /rest/v1/fresh?columns=name&select=name,note", `{"name":"a","note":"b"}`, "", 200, `[{"name":"a","note":"default"}]`},
		{"insert embeds", "POST /rest/v1/people?select=name,companies(name)", `{"name":"N","company_id":2}`, "", 200, `[{"name":"N","companies":{"name":"Globex"}}]`},
		{"merge", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, "resolution=merge-duplicates", 200, `[{"id":1,"label":"x"}]`},
		{"merge by a column", "POST /rest/v1/people?on_conflict=email&select=id,name", `{"name":"B","email":"bob@x.io"}`, "resolution=merge-duplicates", 200, `[{"id":2,"name":"B"}]`},
		{"ignore", "POST /rest/v1/labels", `[{"id":1,"label":"x"},{"id":7,"label":"y"}]`, "resolution=ignore-duplicates", 200, `[{"id":7,"label":"y"}]`},
		{"update", "PATCH /rest/v1/people?id=eq.2&select=id,age", `{"age":18}`, "", 200, `[{"id":2,"age":18}]`},
		{"update second spelling", "PATCH /rest/v1/people?id.eq=2&select=id,age", `{"age":18}`, "", 200, `[{"id":2,"age":18}]`},
		{"update minimal", "PATCH /rest/v1/people?id=eq.2", `{"age":18}`, "return=minimal", 204, ``},
		{"update bounded", "PATCH /rest/v1/people?id=gt.0&order=id.desc&limit=1&select=id", `{"age":18}`, "", 200, `[{"id":4}]`},
		{"update by or", "PATCH /rest/v1/people?or=(id.eq.2,id.eq.3)&select=age", `{"age":18}`, "", 200, `[{"age":18},{"age":18}]`},
		{"update none", "PATCH /rest/v1/people?id=eq.99", `{"age":18}`, "", 200, `[]`},
		{"update some columns", "PATCH /rest/v1/people?id=eq.2&select=name,age&columns=age", `{"name":"x","age":18}`, "", 200, `[{"name":"Bob","age":18}]`},
		{"update each row", "PATCH /rest/v1/people?select=id,age", `[{"id":1,"age":18},{"id":2,"age":19},{"id":99,"age":20}]`, "", 200, `[{"id":1,"age":18},{"id":2,"age":19}]`},
		{"update each row by another key", "PATCH /rest/v1/people?on_conflict=email&select=id,age", `[{"email":"ann@x.io","age":18},{"email":"bob@x.io","age":19}]`, "", 200, `[{"id":1,"age":18},{"id":2,"age":19}]`},
		{"update each row that may be", "PATCH /rest/v1/people?age=gt.20&select=id,age", `[{"id":1,"age":18},{"id":2,"age":19}]`, "", 200, `[{"id":1,"age":18}]`},
		{"update one row of a list", "PATCH /rest/v1/people?select=id,age", `[{"id":2,"age":18}]`, "", 200, `[{"id":2,"age":18}]`},
		{"update within bounds", "PATCH /rest/v1/people?id=gt.2&select=id", `{"age":18}`, "max-affected=2", 200, `[{"id":3},{"id":4}]`},
		{"put anew", "PUT /rest/v1/labels?id=eq.9", `{"id":9,"label":"x"}`, "", 200, `[{"id":9,"label":"x"}]`},
		{"put in place", "PUT /rest/v1/shelves?room=eq.1&place=eq.2", `{"room":1,"place":2,"name":"top"}`, "", 200, `[{"room":1,"place":2,"name":"top"}]`},
		{"put minimal", "PUT /rest/v1/labels?id=eq.1", `{"id":1,"label":"x"}`, "return=minimal", 204, ``},
		{"delete", "DELETE /rest/v1/books?id=eq.3&select=title", ``, "", 200, `[{"title":"Lost"}]`},
		{"delete minimal", "DELETE /rest/v1/books?id=eq.3", ``, "return=minimal", 204, ``},
		{"delete bounded", "DELETE /rest/v1/books?id=gt.0&order=id&limit=1&select=id", ``, "", 200, `[{"id":1}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var headers []string
			if tc.prefer != "" {
				headers = append(headers, "Prefer: "+tc.prefer)
			}
			reply := w.do(tc.operation, tc.body, headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			require.Equal(t, tc.prefer, string(reply.Header.Peek("Preference-Applied")))
			if tc.want == "" {
				require.Empty(t, reply.Body)
				return
			}
			require.JSONEq(t, `{"data":`+tc.want+`}`, reply.Body)
		})
	}
	t.Run("counted", func(t *testing.T) {
		t.Parallel()
		reply := newWorld(t).do("PATCH /rest/v1/people?id=gt.2", `{"age":18}`, "Prefer: count=exact, return=minimal")
		require.Equal(t, "*/2", string(reply.Header.Peek("Content-Range")))
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const digest = "SELECT (SELECT count(*) FROM people) || (SELECT string_agg(p::text, ',' ORDER BY id) FROM people p) || (SELECT count(*) FROM books) || (SELECT count(*) FROM labels)"
	before := w.Value(t, digest)
	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		code, field, words    string
	}{
		{"unknown table", "GET /rest/v1/peopel", "", nil, 400, "unknown_table", "table", "peopel"},
		{"unknown column", "GET /rest/v1/people?nme=eq.1", "", nil, 400, "unknown_column", "nme", "nme"},
		{"unknown operator", "GET /rest/v1/people?name=near.1", "", nil, 400, "invalid_filter", "name", "near"},
		{"no operator", "GET /rest/v1/people?name=Bob", "", nil, 400, "invalid_filter", "name", ""},
		{"value of another type", "GET /rest/v1/people?age=eq.old", "", nil, 400, "invalid_value", "age", "age"},
		{"broken or", "GET /rest/v1/people?or=(age.eq.1", "", nil, 400, "invalid_filter", "or", ""},
		{"broken select", "GET /rest/v1/people?select=id,companies(", "", nil, 400, "invalid_structured_select_request", "select", ""},
		{"broken order", "GET /rest/v1/people?order=id.up", "", nil, 400, "invalid_order", "order", ""},
		{"filter on what is not embedded", "GET /rest/v1/people?companies.name=eq.x", "", nil, 400, "invalid_filter", "companies.name", ""},
		{"ambiguous", "GET /rest/v1/people?select=tickets(id)", "", nil, 400, "invalid_structured_select_request", "tickets", "more than one"},
		{"limit", "GET /rest/v1/people?limit=-1", "", nil, 400, "", "limit", ""},
		{"absurd limit", "GET /rest/v1/people?limit=1001", "", nil, 400, "invalid_request", "limit", "1000"},
		{"limit twice", "GET /rest/v1/people?limit=1&limit=2", "", nil, 400, "", "limit", ""},
		{"select twice", "GET /rest/v1/people?select=id&select=name", "", nil, 400, "", "select", "twice"},
		{"range", "GET /rest/v1/people", "", []string{"Range: a-b"}, 400, "invalid_request", "Range", "a-b"},
		{"range backwards", "GET /rest/v1/people", "", []string{"Range: 5-1"}, 400, "invalid_request", "Range", ""},
		{"range beyond numbers", "GET /rest/v1/people", "", []string{"Range: 0-9223372036854775807"}, 400, "invalid_request", "limit", "1000"},
		{"strict preference", "GET /rest/v1/people", "", []string{"Prefer: handling=strict, tx=rolback"}, 400, "invalid_request", "Prefer", "tx=rolback"},
		{"percent", "GET /rest/v1/people?name=eq.%zz", "", nil, 400, "invalid_request", "name", ""},
		{"NUL", "GET /rest/v1/people?name=eq.%00", "", nil, 400, "invalid_request", "name", "NUL"},
		{"not UTF-8", "GET /rest/v1/people?name=eq.%ff", "", nil, 400, "invalid_request", "name", "UTF-8"},
		{"table not UTF-8", "GET /rest/v1/%ff", "", nil, 400, "invalid_request", "table", "UTF-8"},
		{"no body", "POST /rest/v1/labels", "", nil, 400, "invalid_json", "body", ""},
		{"broken body", "POST /rest/v1/labels", `{"id":`, nil, 400, "invalid_json", "body", ""},
		{"body a number", "POST /rest/v1/labels", `5`, nil, 400, "invalid_request", "body", ""},
		{"body with NUL", "POST /rest/v1/labels", `{"id":9,"label":"\u0000"}`, nil, 400, "invalid_value", "label", "NUL"},
		{"insert with a filter", "POST /rest/v1/labels?id=eq.9", `{"id":9,"label":"x"}`, nil, 400, "invalid_filter", "id", "filter"},
		{"insert unknown column", "POST /rest/v1/labels", `{"id":9,"lable":"x"}`, nil, 400, "unknown_column", "lable", ""},
		{"columns that are not there", "POST /rest/v1/labels?columns=id,lable", `{"id":9,"label":"x"}`, nil, 400, "unknown_column", "lable", ""},
		{"duplicate", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, nil, 409, "unique_violation", "id", "already exists"},
		{"update without filter", "PATCH /rest/v1/people", `{"age":1}`, nil, 400, "missing_filter", "", "every row"},
		{"update with bounds alone", "PATCH /rest/v1/people?limit=1&order=id", `{"age":1}`, nil, 400, "missing_filter", "", "every row"},
		{"update of rows without their key", "PATCH /rest/v1/people?id=eq.1", `[{"age":1},{"age":2}]`, nil, 400, "invalid_request", "id", "finds the row"},
		{"update of rows with holes", "PATCH /rest/v1/people", `[{"id":1,"age":1},{"id":2}]`, nil, 400, "invalid_request", "age", "row 2"},
		{"update of rows by what is no column", "PATCH /rest/v1/people?on_conflict=nme", `[{"id":1,"age":1}]`, nil, 400, "unknown_column", "nme", ""},
		{"update of no rows", "PATCH /rest/v1/people", `[]`, nil, 400, "invalid_request", "body", "empty"},
		{"update of rows with bounds", "PATCH /rest/v1/people?limit=1", `[{"id":1,"age":1}]`, nil, 400, "invalid_request", "limit", ""},
		{"update by another key", "PATCH /rest/v1/people?id=eq.1&on_conflict=email", `{"age":1}`, nil, 400, "invalid_request", "on_conflict", ""},
		{"delete with columns", "DELETE /rest/v1/people?id=eq.1&columns=id", ``, nil, 400, "invalid_request", "columns", ""},
		{"read with columns", "GET /rest/v1/people?columns=id", ``, nil, 400, "invalid_request", "columns", ""},
		{"on_conflict alone", "POST /rest/v1/labels?on_conflict=id", `{"id":9,"label":"x"}`, nil, 400, "invalid_request", "on_conflict", "resolution"},
		{"envelope", "GET /rest/v1/people", "", []string{"X-Athena-Envelope: some"}, 400, "invalid_request", "X-Athena-Envelope", "none or data"},
		{"profile", "GET /rest/v1/people", "", []string{"Accept-Profile: nowhere"}, 406, "unknown_schema", "Profile", "nowhere"},
		{"table of another profile", "GET /rest/v1/people", "", []string{"Accept-Profile: vault"}, 400, "unknown_table", "table", ""},
		{"more than allowed", "PATCH /rest/v1/people?id=gt.1", `{"age":1}`, []string{"Prefer: max-affected=2"}, 400, "too_many_rows_affected", "Prefer", "3 rows"},
		{"not one row", "DELETE /rest/v1/books?id=gt.1", ``, []string{"Accept: application/vnd.pgrst.object+json"}, 406, "not_one_row", "Accept", "2 rows"},
		{"put without key", "PUT /rest/v1/labels", `{"id":1,"label":"x"}`, nil, 405, "primary_key_filters", "", "primary key"},
		{"put by another column", "PUT /rest/v1/labels?label=eq.x", `{"id":1,"label":"x"}`, nil, 405, "primary_key_filters", "", "primary key"},
		{"put by a comparison", "PUT /rest/v1/labels?id=gt.1", `{"id":1,"label":"x"}`, nil, 405, "primary_key_filters", "", ""},
		{"put half a key", "PUT /rest/v1/shelves?room=eq.1", `{"room":1,"place":1,"name":"x"}`, nil, 405, "primary_key_filters", "", ""},
		{"put of another key", "PUT /rest/v1/labels?id=eq.1", `{"id":2,"label":"x"}`, nil, 400, "invalid_request", "id", "differ"},
		{"put of several", "PUT /rest/v1/labels?id=eq.1", `[{"id":1,"label":"x"},{"id":1,"label":"x"}]`, nil, 400, "invalid_request", "body", "one row"},
		{"put with bounds", "PUT /rest/v1/labels?id=eq.1&limit=1", `{"id":1,"label":"x"}`, nil, 400, "invalid_request", "limit", ""},
		{"put into a table without key", "PUT /rest/v1/notes?n=eq.1", `{"n":1}`, nil, 405, "primary_key_filters", "", ""},
		{"update empty", "PATCH /rest/v1/people?id=eq.1", `{}`, nil, 400, "invalid_request", "body", ""},
		{"update check", "PATCH /rest/v1/people?id=eq.1", `{"age":-1}`, nil, 400, "check_violation", "", "people_age_check"},
		{"delete without filter", "DELETE /rest/v1/books", ``, nil, 400, "missing_filter", "", "every row"},
		{"delete referenced", "DELETE /rest/v1/companies?id=eq.1", ``, nil, 409, "foreign_key_violation", "", "people"},
		{"wrong method", "TRACE /rest/v1/books", ``, nil, 405, "method_not_allowed", "", ""},

		{"right to read", "GET /rest/v1/people", "", []string{apitest.Rights("labels.read")}, 403, "right_missing", "", "people.read"},
		{"right to embed", "GET /rest/v1/people?select=id,companies(nam)", "", []string{apitest.Rights("people.read")}, 403, "right_missing", "", "companies.read"},
		{"right to another schema", "GET /rest/v1/vault.accounts", "", []string{apitest.Rights("accounts.read")}, 403, "right_missing", "", "gateway.read"},
		{"right to write", "POST /rest/v1/labels", `{"id":9,"label":"x"}`, []string{apitest.Rights("labels.read")}, 403, "right_missing", "", "labels.write"},
		{"right to change", "PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, []string{apitest.Rights("labels.read")}, 403, "right_missing", "", "labels.write"},
		{"right to delete", "DELETE /rest/v1/labels?id=eq.1", ``, []string{apitest.Rights("labels.write")}, 403, "right_missing", "", "labels.delete"},
		{"right to a table that is not there", "GET /rest/v1/peopel", "", []string{apitest.Rights("people.read")}, 403, "right_missing", "", "peopel.read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := w.with(t).refused(tc.status, tc.operation, tc.body, tc.headers...)
			if tc.code != "" {
				require.Equal(t, tc.code, f.Code, "%+v", f)
			}
			require.Equal(t, tc.field, f.Field, "%+v", f)
			require.Contains(t, f.Error, tc.words)
		})
	}
	require.Equal(t, before, w.Value(t, digest), "a refused request changed something")
}
