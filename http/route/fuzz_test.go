package route

import (
	"context"
	stdjson "encoding/json"
	"net/url"
	"slices"
	"testing"
	"unicode/utf8"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// refused checks that an error is a problem of the caller's.
func refused(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Contains(t, []int{400, 422}, p.Code.Status, "%v", err)
	require.NotEmpty(t, p.Detail)
	return true
}

// bodyOf reads a body as a request of one type and has the request check itself.
func bodyOf[In any](body []byte) error {
	in, err := DecodeJSON[In](body)
	if err != nil {
		return err
	}
	if c, ok := any(in).(Checker); ok {
		return c.Check()
	}
	return nil
}

// bodies are requests with something of every kind that the decoder knows.
var bodies = []func([]byte) error{
	bodyOf[wire.Fetch], bodyOf[wire.InsertRows], bodyOf[wire.UpdateRows], bodyOf[wire.DeleteRows], bodyOf[wire.Transaction], bodyOf[wire.FunctionCall],
	bodyOf[wire.Query], bodyOf[wire.ExecuteSQL], bodyOf[wire.CountRows], bodyOf[wire.MigrateD1], bodyOf[wire.CreateTable], bodyOf[wire.UpsertFunction],
	bodyOf[wire.CreateAPIKey], bodyOf[wire.UpdateAPIKey], bodyOf[wire.ChangeKeyIPs], bodyOf[wire.SaveGlobalIPRule], bodyOf[wire.SaveKeyRight],
	bodyOf[wire.SaveAthenaClient], bodyOf[wire.UpdateAthenaClient], bodyOf[wire.SaveClientConfig], bodyOf[wire.SavePublicRoute], bodyOf[wire.UpdatePublicRoute], bodyOf[wire.SaveServiceRoute],
	bodyOf[wire.CreateChatRoom], bodyOf[wire.UpdateChatRoom], bodyOf[wire.SendChatMessage], bodyOf[wire.EditChatMessage], bodyOf[wire.ReadChatUpTo], bodyOf[wire.SearchChat], bodyOf[wire.AddChatMembers],
}

// FuzzBody: whatever a body holds, an operation gets valid JSON or the caller a
// problem.
func FuzzBody(f *testing.F) {
	for kind, body := range map[byte]string{
		0:  `{"table_name":"t","conditions":[{"column":"a","value":[1,{"b":null}]}],"sort_by":{"field":"a"},"orderBy":"x"}`,
		1:  `{"table_name":"t","insert_body":[{"a":1},{"b":"\u00e9"}],"on_conflict":"a"}`,
		4:  `{"operations":[{"id":1,"kind":"fetch","payload":{}}],"options":{"read_only":true},"idempotencyKey":"k","idempotency_key":"k"}`,
		8:  `{"query":"SELECT count(*) FROM t","db_name":"d","driver":"d1"}`,
		10: `{"table_name":"t","columns":[{"name":"a","data_type":"int","nullable":false}]}`,
		12: `{"name":"n","client_name":"c","expires_at":"2030-01-01T00:00:00Z","whitelist":["1.2.3.4"],"rights":["a.read"]}`,
		18: `{"description":null,"is_active":false,"pg_uri":"jdbc:postgresql://h/d"}`,
		20: `{"route_key":"r","client_name":"c","allowed_ops":["fetch"],"metadata":{"a":[]}}`,
		25: `{"body_text":"x","attachments":[{"file_id":"f"}],"metadata_json":{"a":{}}}`,
		28: `{"query":"x","limit":5,"cursor":"MA"}`,
	} {
		f.Add(kind, []byte(body))
	}
	for _, body := range []string{``, `[]`, `{"a":1+2-}`, `{"conditions":[{"column"}]}`, `{"where":{"a":[1}}}`, `{"where":tru}`, `{"conditions":[{]}`, `{"table_name":"t"}x`} {
		f.Add(byte(0), []byte(body))
	}
	f.Fuzz(func(t *testing.T, kind byte, body []byte) {
		if !refused(t, bodies[int(kind)%len(bodies)](body)) {
			require.True(t, len(body) == 0 || stdjson.Valid(body), "%s", body)
		}
	})
}

// FuzzQuery: the pairs of a query string are those that net/url sees, in order.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&a=2&b", "a=%C3%A9&%22x%22=eq.1", "a=%zz", "a=%00", "%ff=1", "a=1;b=2", "a+b=c+d", "=&&=", "a==b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		pairs, err := queryPairs([]byte(query))
		if refused(t, err) {
			return
		}
		got := url.Values{}
		for _, pair := range pairs {
			require.True(t, utf8.ValidString(pair.Name) && utf8.ValidString(pair.Value))
			got.Add(pair.Name, pair.Value)
		}
		if want, err := url.ParseQuery(query); err == nil { // which refuses semicolons
			require.Equal(t, want, got)
		}
	})
}

// FuzzKept: a request that is kept for later is read again as it was sent.
func FuzzKept(f *testing.F) {
	f.Add("/rest/v1/t?id=eq.1", "t", "return=minimal", []byte(`{"a":1}`))
	f.Add("/rest/v1/%2F?a=%00&api_key=k&b=%22", `"; \`, "a, respond-async", []byte{0xff})
	f.Add("/rest/v1/t?=&api%5Fkey=k&a", "t", "", []byte("x"))
	f.Add("//x/?#y", "é\u2028", "", []byte{})
	f.Fuzz(func(t *testing.T, uri, table, prefer string, body []byte) {
		if new(fasthttp.URI).Parse(nil, []byte(uri)) != nil || !utf8.ValidString(table) { // no request
			return
		}
		type kept struct {
			Table  string      `path:"table"`
			Prefer string      `header:"Prefer"`
			Body   []byte      `body:"raw"`
			Pairs  []wire.Pair `query:"*"`
		}
		r := &Route{Method: "POST", Path: "/rest/v1/{table}", Do: JSON(func(context.Context, *kept) (any, error) { return nil, nil })}
		var rc fasthttp.RequestCtx
		rc.Init(&fasthttp.Request{}, nil, nil)
		rc.Request.Header.SetMethod("POST")
		rc.Request.SetRequestURI(uri)
		rc.Request.SetBody(body)
		rc.Request.Header.Set("Prefer", prefer)
		rc.SetUserValue("table", url.PathEscape(table))
		var before, after kept
		if refused(t, r.Do.in.decode(&rc, &before)) { // and so is never kept
			return
		}
		text, err := json.Marshal(r.Record(&rc))
		require.NoError(t, err)
		var recorded wire.RecordedRequest
		require.NoError(t, json.Unmarshal(text, &recorded))
		restored := r.Restore(&recorded, body)
		require.False(t, restored.QueryArgs().Has("api_key") || restored.QueryArgs().Has("apikey"))
		require.NoError(t, r.Do.in.decode(restored, &after))
		before.Pairs = slices.DeleteFunc(before.Pairs, func(p wire.Pair) bool { return p.Name == "api_key" || p.Name == "apikey" })
		if len(before.Pairs) == 0 {
			before.Pairs = nil
		}
		require.Equal(t, before, after)
	})
}
