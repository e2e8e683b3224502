package rest_test

import (
	"testing"

	"athena/http/apitest"

	"github.com/stretchr/testify/require"
)

const (
	csv  = "Content-Type: text/csv; charset=utf-8"
	form = "Content-Type: application/x-www-form-urlencoded"
)

// TestBodies writes rows that come as CSV or as a form.
func TestBodies(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, operation, body, media, want string }{
		{"rows", "POST /rest/v1/people?select=id,name,age,tags,data,born",
			"id,name,age,tags,data,born\n20,\"A, \"\"B\"\"\",NULL,\"{a,b}\",\"{\"\"x\"\": [1]}\",NULL\n21,,5,{},NULL,2024-01-02 03:04:05+00\n", csv,
			`[{"id":20,"name":"A, \"B\"","age":null,"tags":["a","b"],"data":{"x":[1]},"born":null},{"id":21,"name":"","age":5,"tags":[],"data":null,"born":"2024-01-02T03:04:05+00:00"}]`},
		{"one row", "POST /rest/v1/people?select=name,data,tags", "name,data,tags\r\nA,\"[1, null]\",{}\r\n", csv, `[{"name":"A","data":[1,null],"tags":[]}]`},
		{"no row", "POST /rest/v1/labels", "id,label\n", csv, `[]`},
		{"a mark in front", "POST /rest/v1/labels", "\ufeffid,label\n7,x\n", csv, `[{"id":7,"label":"x"}]`},
		{"some columns", "POST /rest/v1/labels?columns=id,label", "id,more,label\n7,y,x\n", csv, `[{"id":7,"label":"x"}]`},
		{"each row changed", "PATCH /rest/v1/people?select=id,data", "id,data\n1,\"{\"\"a\"\": 1}\"\n2,NULL\n", csv, `[{"id":1,"data":{"a":1}},{"id":2,"data":null}]`},
		{"changed", "PATCH /rest/v1/people?id=gt.3&select=id,age", "age\n18\n", csv, `[{"id":4,"age":18}]`},
		{"form", "POST /rest/v1/people?select=name,age,tags,data", "name=A+%26+B&age=5&tags=%7Bx%7D&data=%7B%22a%22%3A1%7D", form, `[{"name":"A & B","age":5,"tags":["x"],"data":{"a":1}}]`},
		{"form, changed", "PATCH /rest/v1/people?id=eq.2&select=name", "name=", form, `[{"name":""}]`},
		{"form, put", "PUT /rest/v1/labels?id=eq.9", "id=9&label=x", form, `[{"id":9,"label":"x"}]`},
		{"JSON that says it is a form", "POST /rest/v1/labels", ` {"id":9,"label":"x"}`, form, `[{"id":9,"label":"x"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, tc.want, newWorld(t).rows(200, tc.operation, tc.body, tc.media))
		})
	}
	t.Run("merged", func(t *testing.T) {
		t.Parallel()
		require.JSONEq(t, `[{"id":1,"label":"x"},{"id":7,"label":"y"}]`,
			newWorld(t).rows(200, "POST /rest/v1/labels?on_conflict=id", "id,label\n1,x\n7,y\n", csv, "Prefer: resolution=merge-duplicates"))
	})
}

func TestBodyRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const digest = "SELECT (SELECT count(*) FROM people) || ' ' || (SELECT count(*) FROM labels)"
	before := w.Value(t, digest)
	for _, tc := range []struct{ name, operation, body, media, field, words string }{
		{"too few fields", "POST /rest/v1/labels", "id,label\n7\n", csv, "body", "line 2"},
		{"too many fields", "POST /rest/v1/labels", "id,label\n7,x,y\n", csv, "body", "line 2"},
		{"an open quote", "POST /rest/v1/labels", "id,label\n7,\"x\n", csv, "body", "quote"},
		{"a column twice", "POST /rest/v1/labels", "id,id\n7,8\n", csv, "body", "twice"},
		{"a column without a name", "POST /rest/v1/labels", "id,\n7,8\n", csv, "column", "empty"},
		{"an unknown column", "POST /rest/v1/labels", "id,labl\n7,x\n", csv, "labl", "label"},
		{"not a number", "POST /rest/v1/labels", "id,label\n7,x\nseven,y\n", csv, "", "seven"},
		{"not a document", "POST /rest/v1/people", "name,data\nA,{\nB,{}\n", csv, "", "json"},
		{"too large for its column", "POST /rest/v1/people", "name,balance\nA,1\nB,123456789012345\n", csv, "", "overflow"},
		{"NUL", "POST /rest/v1/labels", "id,label\n7,\x00\n", csv, "body", "NUL"},
		{"not UTF-8", "POST /rest/v1/labels", "id,label\n7,\xff\n", csv, "body", "UTF-8"},
		{"empty", "POST /rest/v1/labels", " ", csv, "body", "body"},
		{"form with a field twice", "POST /rest/v1/labels", "id=7&id=8", form, "id", "twice"},
		{"form with a broken escape", "POST /rest/v1/labels", "id=%zz", form, "body", "form"},
		{"form with NUL", "POST /rest/v1/labels", "id=7&label=%00", form, "body", "NUL"},
		{"form without a name", "POST /rest/v1/labels", "=7", form, "column", "empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := w.with(t).refused(400, tc.operation, tc.body, tc.media)
			require.Equal(t, tc.field, f.Field, f.Error)
			require.Contains(t, f.Error+" "+f.Hint, tc.words)
		})
	}
	require.Equal(t, before, w.Value(t, digest))
}

// TestWholeBodies calls functions whose one argument is the body.
func TestWholeBodies(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	w.Exec(t, `CREATE FUNCTION shout(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';
		CREATE FUNCTION size(bytea) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT length($1)';
		CREATE FUNCTION root(xml) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT (xpath('name(/*)', $1))[1]::text$$;
		CREATE FUNCTION told(json) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'json'$$;
		CREATE FUNCTION told(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'text'$$;
		CREATE FUNCTION told(bytea) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'bytes'$$`)
	const plain, bytes, xml = "Content-Type: text/plain", "Content-Type: application/octet-stream", "Content-Type: text/xml"
	for _, tc := range []struct{ name, function, body, media, want string }{
		{"text", "shout", ` a "b" `, plain, `" A \"B\" "`},
		{"bytes", "size", "\x00\xff{", bytes, `3`},
		{"xml", "root", "<a><b/></a>", xml, `"a"`},
		{"form", "plus", "a=1&b=2", form, `3`},
		{"which of several: json", "told", "{}", "Content-Type: application/json", `"json"`},
		{"which of several: text", "told", "{}", plain, `"text"`},
		{"which of several: bytes", "told", "{}", bytes, `"bytes"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare("POST /rest/v1/rpc/"+tc.function, tc.body, tc.media)
			require.Equal(t, 200, reply.Status, reply.Body)
			require.JSONEq(t, tc.want, reply.Body)
		})
	}
	t.Run("not UTF-8", func(t *testing.T) {
		require.Equal(t, "body", w.with(t).refused(400, "POST /rest/v1/rpc/shout", "\xff", plain).Field)
	})
}

// TestNative calls functions whose value has a media type of its own.
func TestNative(t *testing.T) {
	t.Parallel()
	w := newCallWorld(t)
	w.Exec(t, `CREATE DOMAIN "text/html" AS text; CREATE DOMAIN "image/png" AS bytea; CREATE DOMAIN "application/geo+json" AS json;
		CREATE FUNCTION page(who text) RETURNS "text/html" STABLE LANGUAGE sql AS $$SELECT '<p title="' || who || '">'$$;
		CREATE FUNCTION dot() RETURNS "image/png" STABLE LANGUAGE sql AS $$SELECT '\x89504e47'::bytea$$;
		CREATE FUNCTION place() RETURNS "application/geo+json" STABLE LANGUAGE sql AS $$SELECT '{"type": "Point"}'::json$$;
		CREATE FUNCTION missing() RETURNS "text/html" STABLE LANGUAGE sql AS 'SELECT NULL::text';
		CREATE DOMAIN plainly AS text; CREATE FUNCTION plainly() RETURNS plainly STABLE LANGUAGE sql AS $$SELECT 'x'$$;
		CREATE DOMAIN "no type/at all" AS text; CREATE FUNCTION oddly() RETURNS "no type/at all" STABLE LANGUAGE sql AS $$SELECT 'x'$$`)
	type ask = func(string, string, ...string) apitest.Reply
	for _, tc := range []struct {
		name        string
		ask         ask
		call, media string
		status      int
		want, is    string
	}{
		{"text", w.bare, "page?who=me", "text/html", 200, `<p title="me">`, "text/html"},
		{"text, among others", w.bare, "page?who=me", "text/plain, text/html;q=0.9", 200, `<p title="me">`, "text/html"},
		{"whatever there is", w.bare, "page?who=me", "*/*", 200, `<p title="me">`, "text/html"},
		{"as JSON", w.bare, "page?who=me", "application/json", 200, `"<p title=\"me\">"`, "application/json; charset=utf-8"},
		{"as something else", w.bare, "page?who=me", "text/plain", 406, "", ""},
		{"bytes", w.bare, "dot", "image/png", 200, "\x89PNG", "image/png"},
		{"document", w.bare, "place", "application/geo+json", 200, `{"type": "Point"}`, "application/geo+json; charset=utf-8"},
		{"no value", w.bare, "missing", "text/html", 200, "", "text/html"},
		{"in spite of the envelope", w.do, "page?who=me", "text/html", 200, `<p title="me">`, "text/html"},
		{"in the envelope", w.do, "page?who=me", "*/*", 200, `{"data":[{"page":"<p title=\"me\">"}]}`, "application/json"},
		{"a domain of another name", w.bare, "plainly", "*/*", 200, `"x"`, "application/json; charset=utf-8"},
		{"a domain that no media type is named like", w.bare, "oddly", "*/*", 200, `"x"`, "application/json; charset=utf-8"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := tc.ask("GET /rest/v1/rpc/"+tc.call, "", "Accept: "+tc.media)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			if tc.status == 200 {
				require.Equal(t, tc.want, reply.Body)
				require.Equal(t, tc.is, string(reply.Header.ContentType()))
			}
		})
	}
}

// TestZone reads and writes times in the caller's zone.
func TestZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE FUNCTION noon(d date) RETURNS timestamptz STABLE LANGUAGE sql AS $$SELECT d + time '12:00'$$;
		CREATE FUNCTION noted(d date) RETURNS timestamptz VOLATILE LANGUAGE sql AS $$SELECT d + time '12:00'$$`)
	const zone = "Prefer: timezone=America/New_York"
	const at = "GET /rest/v1/tickets?select=opened_at&limit=1"
	reply := w.bare(at, "", zone)
	require.JSONEq(t, `[{"opened_at":"2024-05-01T06:15:00-04:00"}]`, reply.Body)
	require.Equal(t, "timezone=America/New_York", string(reply.Header.Peek("Preference-Applied")))
	require.JSONEq(t, `[{"opened_at":"2024-05-01T10:15:00+00:00"}]`, w.bare(at, "").Body, "the next caller has the zone of the database")
	require.Equal(t, "{\"opened_at\":\"2024-05-01T06:15:00-04:00\"}\n", w.bare(at, "", zone, "Accept: application/x-ndjson").Body)

	reply = w.bare("PATCH /rest/v1/people?id=eq.1&select=born", `{"born":"2024-01-02 03:00"}`, zone, "Prefer: return=representation")
	require.JSONEq(t, `[{"born":"2024-01-02T03:00:00-05:00"}]`, reply.Body)
	reply = w.bare("POST /rest/v1/people?select=born", `{"name":"N","born":"2024-01-02 03:00"}`, zone, "Prefer: return=representation")
	require.JSONEq(t, `[{"born":"2024-01-02T03:00:00-05:00"}]`, reply.Body)
	reply = w.bare("POST /rest/v1/companies?select=name,people(born)", `{"name":"New","people":[{"name":"N","born":"2024-01-02 03:00"}]}`, zone, "Prefer: return=representation")
	require.JSONEq(t, `[{"name":"New","people":[{"born":"2024-01-02T03:00:00-05:00"}]}]`, reply.Body)

	require.JSONEq(t, `"2024-01-02T12:00:00-05:00"`, w.bare("GET /rest/v1/rpc/noon?d=2024-01-02", "", zone).Body)
	require.JSONEq(t, `"2024-01-02T12:00:00-05:00"`, w.bare("POST /rest/v1/rpc/noted", `{"d":"2024-01-02"}`, zone).Body)

	for _, unknown := range []string{"timezone=Nowhere/Here", "timezone=", "timezone=Local"} {
		reply = w.bare(at, "", "Prefer: "+unknown)
		require.Equal(t, 200, reply.Status, reply.Body)
		require.Empty(t, reply.Header.Peek("Preference-Applied"))
		require.Equal(t, 400, w.bare(at, "", "Prefer: handling=strict, "+unknown).Status)
	}
}

// TestAnswersInOrder sorts and narrows what writes answer.
func TestAnswersInOrder(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, operation, body, want string }{
		{"insert", "POST /rest/v1/labels?order=label.desc&select=id", `[{"id":7,"label":"a"},{"id":8,"label":"b"}]`, `[{"id":8},{"id":7}]`},
		{"insert one", "POST /rest/v1/labels?order=id&select=id", `{"id":7,"label":"a"}`, `[{"id":7}]`},
		{"insert with relations", "POST /rest/v1/people?select=name,companies(name)&order=companies(name).desc", `[{"name":"a","company_id":1},{"name":"b","company_id":2}]`,
			`[{"name":"b","companies":{"name":"Globex"}},{"name":"a","companies":{"name":"Acme"}}]`},
		{"nested insert", "POST /rest/v1/companies?select=name&order=name.desc", `[{"name":"x","people":[{"name":"N"}]},{"name":"y","people":[]}]`, `[{"name":"y"},{"name":"x"}]`},
		{"update", "PATCH /rest/v1/people?id=lt.4&order=id.desc&select=id", `{"age":1}`, `[{"id":3},{"id":2},{"id":1}]`},
		{"bounded update", "PATCH /rest/v1/people?id=lt.4&order=id.desc&limit=2&select=id", `{"age":1}`, `[{"id":3},{"id":2}]`},
		{"update of each", "PATCH /rest/v1/people?select=id&order=id.desc", `[{"id":1,"age":1},{"id":2,"age":1}]`, `[{"id":2},{"id":1}]`},
		{"delete", "DELETE /rest/v1/books?id=gt.0&order=id.desc&select=id", "", `[{"id":3},{"id":2},{"id":1}]`},
		{"relations narrowed", "PATCH /rest/v1/people?id=eq.1&select=id,tickets!tickets_author(title)&tickets.title=eq.second", `{"age":1}`, `[{"id":1,"tickets":[{"title":"second"}]}]`},
		{"relations narrowed, of an insert", "POST /rest/v1/people?select=name,companies(name)&companies.name=eq.Globex", `{"name":"a","company_id":1}`, `[{"name":"a","companies":null}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, tc.want, newWorld(t).rows(200, tc.operation, tc.body))
		})
	}
	w := newWorld(t)
	for _, tc := range []struct{ name, operation, body, prefer, field string }{
		{"unknown column", "POST /rest/v1/labels?order=labl", `{"id":7,"label":"a"}`, "return=representation", "labl"},
		{"unknown column, nothing answered", "PATCH /rest/v1/people?id=eq.1&order=nme", `{"age":1}`, "return=minimal", "nme"},
		{"filter of an insert", "POST /rest/v1/people?select=name,companies(name)&companies.name=eq.x&name=eq.y", `{"name":"a"}`, "return=representation", "name"},
		{"limit of an insert", "POST /rest/v1/labels?limit=1", `{"id":7,"label":"a"}`, "return=representation", "limit"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.field, w.with(t).refused(400, tc.operation, tc.body, "Prefer: "+tc.prefer).Field)
		})
	}
	require.Equal(t, "0", w.Value(t, "SELECT count(*)::text FROM labels WHERE id > 6"))
}
