package rest_test

import (
	_ "embed"
	"testing"

	"athena/http/apitest"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/handlers.sql
var handlers string

func newHandlerWorld(t *testing.T) *world {
	t.Helper()
	w := newPlanWorld(t)
	w.Exec(t, handlers)
	return w
}

// TestHandlers asks for media types that aggregates and functions of the database write.
func TestHandlers(t *testing.T) {
	t.Parallel()
	w := newHandlerWorld(t)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
	for _, tc := range []struct{ name, path, accept, want, media string }{
		{"a table", "spots", "application/vnd.spots", "\x01\xff\x00\x02\xff\x00\x03\xff\x00", "application/vnd.spots"},
		{"filtered", "spots?id=eq.2", "application/vnd.spots", "\x02\xff\x00", "application/vnd.spots"},
		{"in order, bounded", "spots?order=id.desc&limit=2", "application/vnd.spots", "\x03\xff\x00\x02\xff\x00", "application/vnd.spots"},
		{"selected whole", "spots?select=*&id=eq.2", "Application/VND.spots", "\x02\xff\x00", "application/vnd.spots"},
		{"no rows", "spots?id=eq.99", "application/vnd.spots", "", "application/vnd.spots"},
		{"no rows, no value", "books?id=eq.99", "text/xml", "", "text/xml; charset=utf-8"},
		{"XML", "books?id=lt.3&order=id", "text/xml", "<book>Go</book><book>SQL</book>", "text/xml; charset=utf-8"},
		{"any table", "spots", "application/vnd.shape+json", `{"rows" : 3}`, "application/vnd.shape+json"},
		{"any table, else", "labels", "application/vnd.shape+json", `"of labels"`, "application/vnd.shape+json"},
		{"rows of a function for any", "rpc/all_spots", "application/vnd.shape+json", `{"rows" : 3}`, "application/vnd.shape+json"},
		{"rows of a function as those of its table", "rpc/all_labels", "application/vnd.shape+json", `"of labels"`, "application/vnd.shape+json"},
		{"rows of a function", "rpc/all_spots?id=lt.3", "application/vnd.spots", "\x01\xff\x00\x02\xff\x00", "application/vnd.spots"},
		{"a function's value for any", "rpc/five", "row/text", "5\n", "row/text"},
		{"JSON of one view", "boxed", "application/json", `{"boxed": true}`, "application/json; charset=utf-8"},
		{"JSON of all others", "labels?id=eq.1", "application/json", `[{"id":1,"label":"bug"}]`, "application/json; charset=utf-8"},
		{"GeoJSON", "spots?id=eq.1", "application/geo+json", `[{"at": 1}]`, "application/geo+json; charset=utf-8"},
		{"CSV of one table", "spots?id=lt.3&order=id", "text/csv", "\ufeffid;name\n1;one\n2;two\n", "text/csv; charset=utf-8"},
		{"CSV of all others", "labels?id=eq.1", "text/csv", "id,label\n1,bug", "text/csv; charset=utf-8"},
		{"one row is the server's", "boxed?id=eq.1", "application/vnd.pgrst.object", `{"id":1,"label":"bug"}`, "application/vnd.pgrst.object+json; charset=utf-8"},
		{"values between tabs", "labels?id=eq.1", "text/tab-separated-values", "id\tlabel\n1\tbug\n", "text/tab-separated-values"},
		{"what is there of several", "labels?id=eq.1", "text/plain, application/json", `[{"id":1,"label":"bug"}]`, "application/json; charset=utf-8"},
		{"a browser", "labels?id=eq.1", browser, `[{"id":1,"label":"bug"}]`, "application/json; charset=utf-8"},
		{"a browser, of a function", "rpc/all_labels?id=eq.1", browser, `[{"id":1,"label":"bug"}]`, "application/json; charset=utf-8"},

		{"value", "rpc/hello", "text/plain", "Hello", "text/plain; charset=utf-8"},
		{"XML value", "rpc/hello.xml", "text/xml", "<hi/>", "text/xml; charset=utf-8"},
		{"bytes", "rpc/spot?which=2", "application/vnd.spots", "\x00\x02", "application/vnd.spots"},
		{"no value", "rpc/spot?which=77", "application/vnd.spots", "", "application/vnd.spots"},
		{"an image, or anything", "rpc/dot", "image/png, */*", "\x89PNG", "image/png"},
		{"an image for a browser", "rpc/dot", "text/html,application/xml;q=0.9,image/png,*/*;q=0.8", "\x89PNG", "image/png"},
		{"what is liked better", "rpc/hello", "text/plain;q=0.5, application/json", `"Hello"`, "application/json; charset=utf-8"},
		{"which of several functions", "rpc/of_two?v=1", "text/plain", "number", "text/plain; charset=utf-8"},
		{"another of several", "rpc/of_two?word=list", "text/plain", `"list"`, "application/json; charset=utf-8"},

		{"as it is selected: all", "spots?id=lt.3&order=id", "row/text", "(1,one,\"(1,1)\")\n(2,two,\"(2,5)\")\n", "row/text"},
		{"as it is selected: less", "spots?id=eq.1&select=name", "row/text", "(one)\n", "row/text"},
		{"as it is selected: in another order", "spots?id=eq.1&select=at,id", "row/text", "(\"(1,1)\",1)\n", "row/text"},
		{"as it is selected: computed", "spots?id=eq.1&select=id,tell", "row/text", "(1,ONE)\n", "row/text"},
		{"as it is selected: to one", "people?id=eq.2&select=id,companies(name)", "row/text", "(2,\"{\"\"name\"\":\"\"Acme\"\"}\")\n", "row/text"},
		{"as it is selected: to many", "companies?id=eq.2&select=name,people(id)", "row/text", "(Globex,\"[{\"\"id\"\":4}]\")\n", "row/text"},
		{"as it is selected: counted", "spots?select=count()", "row/text", "(3)\n", "row/text"},

		{"any: whatever", "rpc/whatever", "*/*", "any", "application/octet-stream"},
		{"any: something", "rpc/whatever", "app/bingo", "any", "application/octet-stream"},
		{"any: JSON", "rpc/whatever", "application/json", "any", "application/octet-stream"},
		{"any: by its own word", "rpc/picky", "*/*", "one", "app/one"},
		{"any: one that it takes", "rpc/picky", "app/one", "one", "app/one"},
		{"any, of a table: whatever", "dice?eyes=eq.1", "*/*", "1", "application/octet-stream"},
		{"any, of a table: not said", "dice?eyes=eq.1", "", "1", "application/octet-stream"},
		{"any, of a table: something", "dice?eyes=eq.2", "magic/dice", "magic2", "magic/dice"},
		{"any, of a table: something else", "dice?eyes=eq.3", "lucky/dice", "lucky3", "lucky/dice"},
		{"any, of a table: JSON", "dice?eyes=eq.3", "application/json", "3", "application/octet-stream"},
		{"any, of a table: not whole", "dice?eyes=eq.3&select=eyes", "application/json", `[{"eyes":3}]`, "application/json; charset=utf-8"},
		{"any, of a table: what it sees", "dice", "seen/dice", `GET /dice {"accept":"seen/dice"}`, "application/octet-stream"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var headers []string
			if tc.accept != "" {
				headers = []string{"Accept: " + tc.accept}
			}
			reply := w.with(t).bare("GET /rest/v1/"+tc.path, "", headers...)
			require.Equal(t, 200, reply.Status, reply.Body)
			require.Equal(t, tc.want, reply.Body)
			require.Equal(t, tc.media, string(reply.Header.ContentType()))
		})
	}
	t.Run("headers", func(t *testing.T) {
		reply := w.with(t).bare("GET /rest/v1/spots?limit=2", "", "Accept: text/csv", "Prefer: count=exact")
		require.Equal(t, 206, reply.Status, reply.Body)
		require.Equal(t, "0-1/3", string(reply.Header.Peek("Content-Range")))
		require.Equal(t, `attachment; filename="spots.csv"`, string(reply.Header.Peek("Content-Disposition")))
		require.Equal(t, "a, b", string(reply.Header.Peek("X-Tag")))
		reply = w.with(t).bare("GET /rest/v1/labels", "")
		require.Empty(t, reply.Header.Peek("X-Tag"), "the next caller sees nothing of it")
	})
	t.Run("the headers alone", func(t *testing.T) {
		reply := w.with(t).bare("HEAD /rest/v1/spots", "", "Accept: application/vnd.spots")
		require.Equal(t, []string{"0-2/*", ""}, []string{string(reply.Header.Peek("Content-Range")), reply.Body})
		reply = w.with(t).bare("HEAD /rest/v1/rpc/hello", "", "Accept: text/plain")
		require.Equal(t, []string{"0-0/*", ""}, []string{string(reply.Header.Peek("Content-Range")), reply.Body})
	})
	t.Run("status", func(t *testing.T) {
		require.Equal(t, 206, w.with(t).bare("GET /rest/v1/dice", "", "Accept: status/dice").Status)
	})
	t.Run("plan", func(t *testing.T) {
		plan := w.with(t).planOf("GET /rest/v1/spots", "", `; for="application/vnd.spots"; options=verbose`, `for="application/vnd.spots"; options=verbose`)
		require.Contains(t, plan[0].Plan.Output[1], "spots_pack(")
		w.with(t).planOf("GET /rest/v1/rpc/hello.xml", "", `; for="text/xml"`, `for="text/xml"`)
		plan = w.with(t).planOf("DELETE /rest/v1/spots?id=eq.1", "", `; for="application/vnd.spots"`, `for="application/vnd.spots"`, "Prefer: return=representation")
		require.Equal(t, "Aggregate", plan[0].Plan.Type)
		require.Equal(t, "3", w.Value(t, "SELECT count(*)::text FROM spots"))
	})
}

// TestRefusedMedia: what no handler writes is refused, and so is what a handler says that
// cannot be sent.
func TestRefusedMedia(t *testing.T) {
	t.Parallel()
	w := newHandlerWorld(t)
	for _, tc := range []struct {
		name, path, accept string
		status             int
		code               string
	}{
		{"none for the table", "spots", "text/plain", 406, "PGRST107"},
		{"none for the rows of a function", "rpc/all_spots", "application/octet-stream", 406, "PGRST107"},
		{"none of the function's type", "rpc/hello", "text/xml", 406, "PGRST107"},
		{"values, for which there is none", "rpc/hellos", "text/plain", 406, "PGRST107"},
		{"no media type at all", "spots", "undefined", 406, "PGRST107"},
		{"not wanted", "spots", "application/vnd.spots;q=0", 406, "PGRST107"},
		{"less than the whole row", "spots?select=id", "application/vnd.spots", 406, "PGRST107"},
		{"more than the whole row", "spots?select=*,id", "application/vnd.spots", 406, "PGRST107"},
		{"in another order", "spots?select=name,id,at", "application/vnd.spots", 406, "PGRST107"},
		{"in the same order", "spots?select=id,name,at", "application/vnd.spots", 406, "PGRST107"},
		{"what the handler does not take", "dice", "no/dice", 404, "PT404"},
		{"what the function does not take", "rpc/picky", "text/csv", 406, "PT406"},
		{"headers that are no list", "dice", "broken/headers", 500, "PGRST111"},
		{"a status that is none", "dice", "broken/status", 500, "PGRST112"},
		{"a header of the connection", "dice", "long/dice", 500, "PGRST111"},
		{"a header with another in it", "dice", "lines/dice", 500, "PGRST111"},
		{"two headers in one", "dice", "two/dice", 500, "PGRST111"},
		{"a cursor", "spots?cursor=start", "application/vnd.spots", 400, "PGRST100"},
		{"counted rows of a function", "rpc/all_spots?limit=1", "application/vnd.spots", 400, "PGRST122"},
		{"an aggregate is not called", "rpc/kind", "*/*", 404, "PGRST202"},
		{"an aggregate is no column", "spots?select=spots_pack", "*/*", 400, "42703"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			headers := []string{"Accept: " + tc.accept}
			if tc.name == "counted rows of a function" {
				headers = append(headers, "Prefer: count=exact")
			}
			reply := w.with(t).bare("GET /rest/v1/"+tc.path, "", headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			require.Contains(t, reply.Body, `"code":"`+tc.code+`"`)
			require.NotContains(t, string(reply.Header.Header()), "b=c")
		})
	}
	t.Run("without the right", func(t *testing.T) {
		reply := w.with(t).bare("GET /rest/v1/spots", "", "Accept: application/vnd.shape+json", apitest.Rights("labels.read"))
		require.Equal(t, 403, reply.Status, reply.Body)
		reply = w.with(t).bare("GET /rest/v1/spots", "", "Accept: application/vnd.spots", apitest.Rights("labels.read"))
		require.Equal(t, 406, reply.Status, "it does not learn what there is of the table")
	})
	t.Run("what a handler would write", func(t *testing.T) {
		w := w.with(t)
		reply := w.bare("GET /rest/v1/notes", "", "Accept: evil/count")
		require.Equal(t, 405, reply.Status, reply.Body)
		require.Equal(t, "1", w.Value(t, "SELECT count(*)::text FROM canary"))
	})
}

// TestHandledWrites: what a write answers is written so, too.
func TestHandledWrites(t *testing.T) {
	t.Parallel()
	w := newHandlerWorld(t)
	const back, packed = "Prefer: return=representation", "Accept: application/vnd.spots"
	for _, tc := range []struct {
		name, operation, body string
		headers               []string
		status                int
		want                  string
	}{
		{"insert", "POST /rest/v1/spots", `{"id":7,"name":"x"}`, []string{back, packed}, 201, "\x07\xff\x00"},
		{"insert of many", "POST /rest/v1/spots?order=id.desc", `[{"id":8},{"id":9}]`, []string{back, packed}, 201, "\x09\xff\x00\x08\xff\x00"},
		{"put", "PUT /rest/v1/spots?id=eq.7", `{"id":7,"name":"y"}`, []string{back, packed}, 200, "\x07\xff\x00"},
		{"update", "PATCH /rest/v1/spots?id=eq.7", `{"name":"z"}`, []string{back, packed}, 200, "\x07\xff\x00"},
		{"update, bounded", "PATCH /rest/v1/spots?id=gt.6&order=id.desc&limit=1", `{"name":"z"}`, []string{back, packed}, 200, "\x09\xff\x00"},
		{"update of each", "PATCH /rest/v1/spots", `[{"id":7,"name":"a"}]`, []string{back, packed}, 200, "\x07\xff\x00"},
		{"more than may be", "DELETE /rest/v1/spots?id=gt.6", "", []string{back + ", max-affected=2", packed}, 400, ""},
		{"undone", "DELETE /rest/v1/spots?id=gt.6&order=id", "", []string{back + ", tx=rollback", packed}, 200, "\x07\xff\x00\x08\xff\x00\x09\xff\x00"},
		{"nothing is asked for", "PATCH /rest/v1/spots?id=eq.7", `{"name":"z"}`, []string{packed}, 204, ""},
		{"of any", "PATCH /rest/v1/spots?id=eq.7&select=name", `{"name":"w"}`, []string{back, "Accept: row/text"}, 200, "(w)\n"},
		{"delete", "DELETE /rest/v1/spots?id=gt.6&order=id", "", []string{back, packed}, 200, "\x07\xff\x00\x08\xff\x00\x09\xff\x00"},
		{"nothing is met", "DELETE /rest/v1/spots?id=gt.6", "", []string{back, packed}, 200, ""},
		{"put of a new row", "PUT /rest/v1/spots?id=eq.20", `{"id":20,"name":"new"}`, []string{back, packed}, 201, "\x14\xff\x00"},
		{"upsert of one that is there", "POST /rest/v1/spots", `{"id":20,"name":"newer"}`, []string{back + ", resolution=merge-duplicates", packed}, 200, "\x14\xff\x00"},
		{"and gone", "DELETE /rest/v1/spots?id=eq.20", "", []string{back, packed}, 200, "\x14\xff\x00"},
		{"rows with their relations", "POST /rest/v1/companies", `{"name":"x","people":[{"name":"N"}]}`, []string{back, "Accept: row/text"}, 406, ""},
		{"none for the table", "DELETE /rest/v1/spots?id=gt.0", "", []string{back, "Accept: text/xml"}, 406, ""},
		{"a handler that refuses", "DELETE /rest/v1/dice?eyes=gt.0", "", []string{back, "Accept: no/dice"}, 404, ""},
		{"a handler that says what cannot be sent", "DELETE /rest/v1/dice?eyes=gt.0", "", []string{back, "Accept: broken/headers"}, 500, ""},
		{"what the handler sees", "DELETE /rest/v1/dice?eyes=eq.6", "", []string{back, "Accept: seen/dice"}, 200, `DELETE /dice {"accept":"seen/dice","prefer":"return=representation"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).bare(tc.operation, tc.body, tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			if tc.status < 300 {
				require.Equal(t, tc.want, reply.Body)
			}
		})
	}
	require.Equal(t, "3 5", w.Value(t, "SELECT (SELECT count(*) FROM spots) || ' ' || (SELECT count(*) FROM dice)"), "what was refused was undone")
}

// TestHandlersBesideTheEnvelope: who names a media type gets it; JSON, and whatever there
// is, mean the envelope.
func TestHandlersBesideTheEnvelope(t *testing.T) {
	t.Parallel()
	w := newHandlerWorld(t)
	for _, tc := range []struct{ path, accept, want string }{
		{"spots?id=eq.2", "application/vnd.spots", "\x02\xff\x00"},
		{"rpc/hello", "text/plain", "Hello"},
		{"boxed?id=eq.1", "application/json", `{"data":[{"id":1,"label":"bug"}]}`},
		{"boxed?id=eq.1", "*/*", `{"data":[{"id":1,"label":"bug"}]}`},
		{"dice?eyes=eq.1", "magic/dice", `{"data":[{"eyes":1}]}`},
		{"rpc/whatever", "app/bingo", `{"data":[{"whatever":"\\x616e79"}]}`},
		{"rpc/of_two?word=list", "text/plain", `{"data":[{"of_two":"list"}]}`},
	} {
		reply := w.do("GET /rest/v1/"+tc.path, "", "Accept: "+tc.accept)
		require.Equal(t, 200, reply.Status, reply.Body)
		require.Equal(t, tc.want, reply.Body, tc.path)
	}
}
