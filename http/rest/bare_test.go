package rest_test

import (
	"testing"

	"athena/http/apitest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// bare sends a request whose answer is PostgREST's own.
func (w *world) bare(operation, body string, headers ...string) apitest.Reply {
	w.t.Helper()
	return w.do(operation, body, append([]string{"X-Athena-Envelope: none"}, headers...)...)
}

const one = "Accept: application/vnd.pgrst.object+json"

func TestBareReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, operation string
		headers         []string
		status          int
		want, content   string
	}{
		{"rows", "GET /rest/v1/people?select=id&id=lt.3&order=id", nil, 200, `[{"id":1},{"id":2}]`, "0-1/*"},
		{"no rows", "GET /rest/v1/people?select=id&id=eq.99", nil, 200, `[]`, "*/*"},
		{"counted", "GET /rest/v1/people?select=id&order=id&limit=1", []string{"Prefer: count=exact"}, 206, `[{"id":1}]`, "0-0/4"},
		{"all counted", "GET /rest/v1/people?select=id&order=id", []string{"Prefer: count=exact"}, 200, `[{"id":1},{"id":2},{"id":3},{"id":4}]`, "0-3/4"},
		{"estimated", "GET /rest/v1/people?select=id&order=id&limit=1", []string{"Prefer: count=estimated"}, 206, `[{"id":1}]`, "0-0/4"},
		{"range", "GET /rest/v1/people?select=id&order=id", []string{"Range-Unit: items", "Range: 1-2"}, 200, `[{"id":2},{"id":3}]`, "1-2/*"},
		{"range within the query's", "GET /rest/v1/people?select=id&order=id&offset=1", []string{"Range: 0-2"}, 200, `[{"id":2},{"id":3}]`, "1-2/*"},
		{"query within the range", "GET /rest/v1/people?select=id&order=id&limit=2", []string{"Range: 1-"}, 200, `[{"id":2}]`, "1-1/*"},
		{"no rows of a range", "GET /rest/v1/people?select=id&limit=0", []string{"Range: 1-2"}, 200, `[]`, "*/*"},
		{"just behind the end", "GET /rest/v1/people?offset=4", []string{"Prefer: count=exact"}, 206, `[]`, "*/4"},
		{"one row", "GET /rest/v1/people?select=id,name&id=eq.2", []string{one}, 200, `{"id":2,"name":"Bob"}`, "0-0/*"},
		{"one row without nulls", "GET /rest/v1/people?select=id,email&id=eq.3", []string{one + ";nulls=stripped"}, 200, `{"id":3}`, "0-0/*"},
		{"rows without nulls", "GET /rest/v1/people?select=id,email&id=gt.2&order=id", []string{"Accept: application/vnd.pgrst.array+json;nulls=stripped"}, 200, `[{"id":3},{"id":4,"email":"d@x.io"}]`, "0-1/*"},
		{"a browser", "GET /rest/v1/labels?id=eq.1", []string{"Accept: text/html,application/xhtml+xml,*/*;q=0.8"}, 200, `[{"id":1,"label":"bug"}]`, "0-0/*"},
		{"profile", "GET /rest/v1/accounts?select=id&id=eq.1", []string{"Accept-Profile: vault"}, 200, `[{"id":1}]`, "0-0/*"},
		{"the name is the path", "GET /rest/v1/od%22d.t%20a,%C3%A9?select=%22x.y%22", nil, 200, `[{"x.y":1}]`, "0-0/*"},
		{"return is for writes", "GET /rest/v1/labels?id=eq.1", []string{"Prefer: return=minimal"}, 200, `[{"id":1,"label":"bug"}]`, "0-0/*"},
		{"more than the server gives", "GET /rest/v1/labels?select=id&order=id&limit=100000", nil, 200, `[{"id":1},{"id":2}]`, "0-1/*"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare(tc.operation, "", tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			require.JSONEq(t, tc.want, reply.Body)
			require.Equal(t, tc.content, string(reply.Header.Peek("Content-Range")))
		})
	}
	t.Run("profile is told", func(t *testing.T) {
		reply := w.with(t).bare("GET /rest/v1/accounts?id=eq.1", "", "Accept-Profile: vault")
		require.Equal(t, "vault", string(reply.Header.Peek("Content-Profile")))
	})
	for accept, media := range map[string]string{
		"*/*":                              "application/json; charset=utf-8",
		"application/vnd.pgrst.array+json": "application/json; charset=utf-8",
		"application/vnd.pgrst.object":     "application/vnd.pgrst.object+json; charset=utf-8",
		"text/csv":                         "text/csv; charset=utf-8",
		"application/vnd.pgrst.object+json; nulls=stripped": "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8",
		"application/vnd.pgrst.array;nulls=stripped":        "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			reply := w.with(t).bare(method+" /rest/v1/labels?id=eq.1", "", "Accept: "+accept)
			require.Equal(t, media, string(reply.Header.ContentType()), "%s %s", method, accept)
		}
	}
	require.Equal(t, "id,label\n1,bug", w.bare("GET /rest/v1/labels?id=eq.1", "", "Accept: text/csv").Body)
	t.Run("media type of a failure", func(t *testing.T) {
		reply := w.with(t).bare("GET /rest/v1/labels?id=eq.x", "", "Accept: text/csv")
		require.Equal(t, "application/json; charset=utf-8", string(reply.Header.ContentType()))
	})
	for query, location := range map[string]string{
		"labels": "/rest/v1/labels",
		"labels?label=eq.a%20b%26c&api_key=x&id=gt.1&select=id,label&id=lt.3": "/rest/v1/labels?id=gt.1&id=lt.3&label=eq.a%20b%26c&select=id%2Clabel",
		"od%22d.t%20a,%C3%A9": "/rest/v1/od%22d.t%20a%2C%C3%A9",
	} {
		reply := w.with(t).bare("GET /rest/v1/"+query, "")
		require.Equal(t, location, string(reply.Header.Peek("Content-Location")))
		require.Empty(t, w.with(t).do("GET /rest/v1/"+query, "").Header.Peek("Content-Location"))
	}
	t.Run("one row in a client with envelopes", func(t *testing.T) {
		require.JSONEq(t, `{"id":1,"label":"bug"}`, w.with(t).do("GET /rest/v1/labels?id=eq.1", "", one).Body)
	})
}

func TestHead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, query string
		headers     []string
		status      int
		content     string
	}{
		{"rows", "people?id=lt.3", nil, 200, "0-1/*"},
		{"counted", "people?limit=2", []string{"Prefer: count=exact"}, 206, "0-1/4"},
		{"counted from", "people?offset=3&limit=2", []string{"Prefer: count=exact"}, 206, "3-3/4"},
		{"none counted", "people?id=eq.99", []string{"Prefer: count=exact"}, 200, "*/0"},
		{"beyond the end", "people?offset=10", []string{"Prefer: count=exact"}, 416, "*/4"},
		{"unknown table", "peopel", nil, 404, ""},
		{"not one row", "people", []string{one, "Prefer: count=exact"}, 406, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare("HEAD /rest/v1/"+tc.query, "", tc.headers...)
			require.Equal(t, tc.status, reply.Status)
			require.Empty(t, reply.Body)
			require.Equal(t, tc.content, string(reply.Header.Peek("Content-Range")))
		})
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, query, want string }{
		{"values", "people?select=id,name,tags,data&order=id", "id,name,tags,data\n1,Ann,\"{a,b}\",\"{\"\"city\"\": \"\"Rome\"\", \"\"langs\"\": [\"\"it\"\", \"\"en\"\"]}\"\n" +
			"2,Bob,{b},\"{\"\"city\"\": null}\"\n3,Cid,,\n4,\"D\"\"e, (f)\",\"{\"\"x,y\"\",\"\"q\\\"\"r\"\"}\",\"[1, 2]\""},
		{"none", "people?select=id,name&id=eq.99", "id,name"},
		{"to one", "people?select=id,companies(name)&order=id&limit=3", "id,companies\n1,\"{\"\"name\"\":\"\"Acme\"\"}\"\n2,\"{\"\"name\"\":\"\"Acme\"\"}\"\n3,"},
		{"to many", "companies?select=people(id),name&order=id&people.order=id", "people,name\n\"[{\"\"id\"\":1},{\"\"id\"\":2}]\",Acme\n\"[{\"\"id\"\":4}]\",Globex"},
		{"to many last", "companies?select=name,people(id)&order=id&people.id=eq.4", "name,people\nAcme,[]\nGlobex,\"[{\"\"id\"\":4}]\""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for i, ask := range []func(string, string, ...string) apitest.Reply{w.with(t).bare, w.with(t).do} {
				reply := ask("GET /rest/v1/"+tc.query, "", "Accept: text/csv")
				require.Equal(t, 200, reply.Status, reply.Body)
				require.Equal(t, tc.want+[]string{"", "\n"}[i], reply.Body)
				require.Equal(t, "text/csv; charset=utf-8", string(reply.Header.ContentType()))
			}
		})
	}
	t.Run("of a write", func(t *testing.T) {
		reply := w.with(t).bare("POST /rest/v1/notes?select=n,line", `[{"n":1,"line":"a"},{"n":2,"line":""}]`, "Accept: text/csv", "Prefer: return=representation")
		require.Equal(t, 201, reply.Status)
		require.Equal(t, "n,line\n1,a\n2,\"\"", reply.Body)
	})
}

func TestBareWrites(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		want, content, where  string
	}{
		{"insert", "POST /rest/v1/labels", `{"id":9,"label":"x"}`, nil, 201, ``, "*/*", ""},
		{"insert counted", "POST /rest/v1/labels", `[{"id":9,"label":"x"},{"id":8,"label":"y"}]`, []string{"Prefer: count=exact"}, 201, ``, "*/2", ""},
		{"insert with rows", "POST /rest/v1/labels?select=id", `{"id":9,"label":"x"}`, []string{"Prefer: return=representation"}, 201, `[{"id":9}]`, "*/*", ""},
		{"insert one", "POST /rest/v1/labels?select=id", `{"id":9,"label":"x"}`, []string{"Prefer: return=representation", one}, 201, `{"id":9}`, "*/*", ""},
		{"insert with an address", "POST /rest/v1/labels", `{"id":9,"label":"x"}`, []string{"Prefer: return=headers-only"}, 201, ``, "*/*", "/rest/v1/labels?id=eq.9"},
		{"address of two columns", "POST /rest/v1/shelves", `{"room":7,"place":8,"name":"x"}`, []string{"Prefer: return=headers-only"}, 201, ``, "*/*", "/rest/v1/shelves?room=eq.7&place=eq.8"},
		{"address of an odd name", "POST /rest/v1/od%22d.t%20a,%C3%A9", `{"x.y":7}`, []string{"Prefer: return=headers-only"}, 201, ``, "*/*", "/rest/v1/od%22d.t%20a%2C%C3%A9?%22x.y%22=eq.7"},
		{"no address without a key", "POST /rest/v1/notes", `{"n":9}`, []string{"Prefer: return=headers-only"}, 201, ``, "*/*", ""},
		{"no address of two", "POST /rest/v1/labels", `[{"id":9,"label":"x"},{"id":8,"label":"y"}]`, []string{"Prefer: return=headers-only"}, 201, ``, "*/*", ""},
		{"into a profile", "POST /rest/v1/accounts", `{"id":9}`, []string{"Content-Profile: vault"}, 201, ``, "*/*", ""},
		{"upsert", "POST /rest/v1/labels?on_conflict=id", `{"id":1,"label":"x"}`, []string{"Prefer: resolution=merge-duplicates, return=representation"}, 200, `[{"id":1,"label":"x"}]`, "*/*", ""},
		{"on_conflict alone means nothing", "POST /rest/v1/labels?on_conflict=id", `{"id":9,"label":"x"}`, nil, 201, ``, "*/*", ""},
		{"columns", "POST /rest/v1/labels?columns=%22id%22,%22label%22", `[{"id":9,"label":"x","more":1}]`, nil, 201, ``, "*/*", ""},
		{"put", "PUT /rest/v1/labels?id=eq.9", `{"id":9,"label":"x"}`, nil, 204, ``, "*/*", ""},
		{"put with rows", "PUT /rest/v1/labels?id=eq.1", `{"id":1,"label":"x"}`, []string{"Prefer: return=representation"}, 200, `[{"id":1,"label":"x"}]`, "*/*", ""},
		{"update", "PATCH /rest/v1/labels?id=gt.0", `{"label":"x"}`, nil, 204, ``, "0-1/*", ""},
		{"update counted", "PATCH /rest/v1/labels?id=gt.0", `{"label":"x"}`, []string{"Prefer: count=exact"}, 204, ``, "0-1/2", ""},
		{"update none", "PATCH /rest/v1/labels?id=eq.99", `{"label":"x"}`, nil, 204, ``, "*/*", ""},
		{"update with rows", "PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, []string{"Prefer: return=representation"}, 200, `[{"id":1,"label":"x"}]`, "0-0/*", ""},
		{"update one", "PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, []string{"Prefer: return=representation", one}, 200, `{"id":1,"label":"x"}`, "0-0/*", ""},
		{"delete", "DELETE /rest/v1/books?id=eq.1", ``, nil, 204, ``, "*/*", ""},
		{"delete with rows", "DELETE /rest/v1/books?id=eq.1&select=title", ``, []string{"Prefer: return=representation, count=exact"}, 200, `[{"title":"Go"}]`, "*/1", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			reply := newWorld(t).bare(tc.operation, tc.body, tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			if tc.want == "" {
				require.Empty(t, reply.Body)
			} else {
				require.JSONEq(t, tc.want, reply.Body)
			}
			require.Equal(t, tc.content, string(reply.Header.Peek("Content-Range")))
			require.Equal(t, tc.where, string(reply.Header.Peek("Location")))
		})
	}
}

// TestUndone: what is answered as undone, or refused, has not happened.
func TestUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const digest = "SELECT (SELECT string_agg(l::text, ',' ORDER BY id) FROM labels l) || (SELECT count(*) FROM books)"
	before := w.Value(t, digest)
	const answer = ", return=representation"
	require.JSONEq(t, `[{"id":9,"label":"x"}]`, w.bare("POST /rest/v1/labels", `{"id":9,"label":"x"}`, "Prefer: tx=rollback"+answer).Body)
	require.JSONEq(t, `[{"id":1,"label":"x"}]`, w.bare("PUT /rest/v1/labels?id=eq.1", `{"id":1,"label":"x"}`, "Prefer: tx=rollback"+answer).Body)
	require.JSONEq(t, `[{"id":1,"label":"x"}]`, w.bare("PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, "Prefer: tx=rollback"+answer).Body)
	reply := w.bare("DELETE /rest/v1/books?id=gt.0&select=id", ``, "Prefer: tx=rollback"+answer)
	require.Equal(t, "return=representation, tx=rollback", string(reply.Header.Peek("Preference-Applied")))
	require.JSONEq(t, `[{"id":1},{"id":2},{"id":3}]`, reply.Body)
	require.Equal(t, 406, w.bare("PATCH /rest/v1/labels?id=gt.0", `{"label":"x"}`, one).Status)
	require.Equal(t, 406, w.bare("POST /rest/v1/labels", `[{"id":9,"label":"x"},{"id":8,"label":"y"}]`, one, "Prefer: return=representation").Status)
	require.Equal(t, 400, w.bare("DELETE /rest/v1/books?id=gt.0", ``, "Prefer: handling=strict, max-affected=2").Status)
	require.Equal(t, 409, w.bare("POST /rest/v1/labels", `{"id":1,"label":"x"}`, "Prefer: tx=rollback").Status)
	require.Equal(t, before, w.Value(t, digest))
	require.Equal(t, 204, w.bare("DELETE /rest/v1/books?id=eq.3", ``, "Prefer: tx=commit, max-affected=1").Status)
	require.NotEqual(t, before, w.Value(t, digest))
}

func TestBareFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		code, message         string
		details               string
	}{
		{"unknown table", "GET /rest/v1/peopel", "", nil, 404, "PGRST205", "peopel", "in table"},
		{"unknown column", "GET /rest/v1/people?nme=eq.1", "", nil, 400, "42703", "nme", "in nme"},
		{"broken filter", "GET /rest/v1/people?name=near.1", "", nil, 400, "PGRST100", "near", "in name"},
		{"broken select", "GET /rest/v1/people?select=id,companies(", "", nil, 400, "PGRST100", "select", ""},
		{"aggregate in a spread of many", "GET /rest/v1/companies?select=...people(age.max())", "", nil, 400, "PGRST127", "cannot be spread", ""},
		{"filter of what is not embedded", "GET /rest/v1/companies?people.age=gt.1", "", nil, 400, "PGRST108", "people", "in people.age"},
		{"filter of what is not embedded in a tree", "GET /rest/v1/companies?or=(people.age.gt.1,id.eq.1)", "", nil, 400, "PGRST108", "people", ""},
		{"order by what is not embedded", "GET /rest/v1/people?order=companies(name)", "", nil, 400, "PGRST108", "companies", ""},
		{"order by many", "GET /rest/v1/companies?select=id,people(id)&order=people(age)", "", nil, 400, "PGRST118", "people", ""},
		{"comparison of a relation", "GET /rest/v1/companies?select=id,people(id)&people=gt.1", "", nil, 400, "PGRST120", "people", "in people"},
		{"unrelated", "GET /rest/v1/people?select=id,canary(id)", "", nil, 400, "PGRST200", "not related", ""},
		{"ambiguous", "GET /rest/v1/people?select=tickets(id)", "", nil, 300, "PGRST201", "more than one", ""},
		{"beyond the end", "GET /rest/v1/people?offset=10", "", []string{"Prefer: count=exact"}, 416, "PGRST103", "10", "in offset"},
		{"negative limit", "GET /rest/v1/people?limit=-1", "", nil, 416, "PGRST103", "limit", "in limit"},
		{"range from behind", "GET /rest/v1/people", "", []string{"Range: 2-1"}, 416, "PGRST103", "2-1", "in Range"},
		{"range beside the query's", "GET /rest/v1/people?limit=1", "", []string{"Range: 1-2"}, 416, "PGRST103", "1-2", "in Range"},
		{"profile", "GET /rest/v1/people", "", []string{"Accept-Profile: nowhere"}, 406, "PGRST106", "nowhere", "in Profile"},
		{"media", "GET /rest/v1/people", "", []string{"Accept: image/png"}, 406, "PGRST107", "image/png", "in Accept"},
		{"no row", "GET /rest/v1/people?id=eq.99", "", []string{one}, 406, "PGRST116", "JSON object requested, multiple (or no) rows returned", "The result contains 0 rows"},
		{"many rows", "GET /rest/v1/people", "", []string{one}, 406, "PGRST116", "JSON object requested, multiple (or no) rows returned", "The result contains 4 rows"},
		{"strict", "GET /rest/v1/people", "", []string{"Prefer: handling=strict, anything"}, 400, "PGRST122", "anything", ""},
		{"affected", "PATCH /rest/v1/people?id=gt.1", `{"age":1}`, []string{"Prefer: handling=strict, max-affected=1"}, 400, "PGRST124", "max-affected", "The query affects 3 rows"},
		{"body", "POST /rest/v1/labels", `{"id":`, nil, 400, "PGRST102", "JSON", "in body"},
		{"body of no objects", "POST /rest/v1/labels", `[{"id":9,"label":"x"},5]`, nil, 400, "PGRST102", "object", "in body"},
		{"body of uneven rows", "POST /rest/v1/labels", `[{"id":9,"label":"x"},{"id":8}]`, nil, 400, "PGRST102", "row 2", "in body"},
		{"lines of uneven length", "POST /rest/v1/labels", "id,label\n9\n", []string{csv}, 400, "PGRST102", "CSV", "in body"},
		{"column to store", "POST /rest/v1/labels", `{"id":9,"lable":"x"}`, nil, 400, "PGRST204", "lable", "in lable"},
		{"column to list", "POST /rest/v1/labels?columns=id,lable", `{"id":9}`, nil, 400, "PGRST204", "lable", "in lable"},
		{"column to change", "PATCH /rest/v1/labels?id=eq.1", `{"lable":"x"}`, nil, 400, "PGRST204", "lable", "in lable"},
		{"column to find by", "PATCH /rest/v1/labels?lable=eq.1", `{"label":"x"}`, nil, 400, "42703", "lable", "in lable"},
		{"no columns listed", "POST /rest/v1/labels?columns=", `{"id":9}`, nil, 400, "PGRST100", "columns", "in columns"},
		{"unknown table, before the filter", "PATCH /rest/v1/lables", `{"label":"x"}`, nil, 404, "PGRST205", "lables", "in table"},
		{"unknown table, without values", "PATCH /rest/v1/lables", `{}`, nil, 404, "PGRST205", "lables", "in table"},
		{"unknown table, to delete from", "DELETE /rest/v1/lables", ``, nil, 404, "PGRST205", "lables", "in table"},
		{"put with bounds", "PUT /rest/v1/labels?id=eq.1&limit=1", `{"id":1,"label":"x"}`, nil, 400, "PGRST114", "limit", "in limit"},
		{"put of another key", "PUT /rest/v1/labels?id=eq.1", `{"id":2,"label":"x"}`, nil, 400, "PGRST115", "differ", "in id"},
		{"put by a tree", "PUT /rest/v1/labels?and=(id.eq.1)", `{"id":1,"label":"x"}`, nil, 405, "PGRST105", "primary key", ""},
		{"put", "PUT /rest/v1/labels", `{"id":1,"label":"x"}`, nil, 405, "PGRST105", "primary key", ""},
		{"duplicate", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, nil, 409, "23505", `duplicate key value violates unique constraint "labels_pkey"`, "Key (id)=(1) already exists."},
		{"referenced", "DELETE /rest/v1/companies?id=eq.1", ``, nil, 409, "23503", "companies", "Key (id)=(1) is still referenced"},
		{"value", "GET /rest/v1/people?age=eq.old", "", nil, 400, "22P02", `invalid input syntax for type integer: "old"`, ""},
		{"not null", "POST /rest/v1/labels", `{"id":9,"label":null}`, nil, 400, "23502", "null value", "Failing row"},
		{"no filter", "DELETE /rest/v1/books", ``, nil, 400, "missing_filter", "every row", ""},
		{"right", "GET /rest/v1/people", "", []string{apitest.Rights("labels.read")}, 403, "42501", "people.read", ""},
		{"path", "GET /rest/v1/%ff", "", nil, 400, "PGRST100", "UTF-8", "in table"},
		{"encoding of a column called like the body", "GET /rest/v1/people?body=like.%zz", "", nil, 400, "PGRST100", "percent-encoded", "in body"},
		{"twice", "GET /rest/v1/people?limit=1&limit=2", "", nil, 400, "PGRST100", "twice", "in limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare(tc.operation, tc.body, tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			var members map[string]any
			require.NoError(t, json.Unmarshal([]byte(reply.Body), &members))
			require.Len(t, members, 4, reply.Body)
			var f wire.RestFailure
			require.NoError(t, json.Unmarshal([]byte(reply.Body), &f))
			require.Equal(t, tc.code, f.Code)
			require.Contains(t, f.Message, tc.message)
			if tc.details != "" {
				require.NotNil(t, f.Details)
				require.Contains(t, *f.Details, tc.details)
			}
		})
	}
}
