package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// many is a part of a request n times, with commas; each may have its number.
func many(n int, part string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(part, "#", fmt.Sprint(i))
	}
	return strings.Join(parts, ",")
}

func nested(n int, open, inner, shut string) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
}

// TestAbsurdRequests: what is far too deep or too wide is refused with words that say
// so, before it costs much, and the server serves on.
func TestAbsurdRequests(t *testing.T) {
	t.Parallel()
	h := installed(t)
	h.env = append(h.env, "ATHENA_KEY_12=the-admin-key", "ATHENA_API_HEADER_LIMIT=4194304") // so that the parsers see them
	p := serve(t, h)
	const million = 1_000_000
	sum := "1" + strings.Repeat("+1", 200_000) // its tree is as deep as it is long
	for _, tc := range []struct{ name, operation, body, words string }{
		{"filters", "GET /rest/v1/products?" + strings.ReplaceAll(many(100_000, "id=eq.#"), ",", "&"), "", "more than 2000"},
		{"filters of a delete", "DELETE /rest/v1/products?" + strings.ReplaceAll(many(100_000, "id=eq.#"), ",", "&"), "", "more than 2000"},
		{"list", "GET /rest/v1/products?id=in.(" + many(million, "1") + ")", "", "more than 32767"},
		{"columns", "GET /rest/v1/products?select=" + many(100_000, "id"), "", "more than 500"},
		{"order", "GET /rest/v1/products?order=" + many(100_000, "id"), "", "more than 500"},
		{"logic", "GET /rest/v1/products?and=(" + nested(10_000, "and(", "id.eq.1", ")") + ")", "", "more than 16 deep"},
		{"logic without end", "GET /rest/v1/products?or=" + strings.Repeat("(not.and", 10_000), "", "or:"},
		{"embeds", "GET /rest/v1/products?select=" + nested(1000, "orders(", "id", ")"), "", "more than 16 deep"},
		{"embeds beside one another", "GET /rest/v1/products?select=" + many(1000, "e#:orders(id)"), "", "more than 500"},
		{"path into JSON", "GET /rest/v1/products?select=details" + strings.Repeat("->a", 100_000), "", "more than 500"},
		{"body", "POST /rest/v1/products", nested(10_000, "[", "", "]"), "more than 1000 deep"},
		{"body of open brackets", "POST /rest/v1/products", strings.Repeat(`{"a":`, million), "more than 1000 deep"},
		{"value", "PATCH /rest/v1/products?id=eq.0", `{"details":` + nested(10_000, `{"a":`, "1", "}") + `}`, "more than 1000 deep"},
		{"row", "POST /rest/v1/products", "{" + many(100_000, `"c#":1`) + "}", "more than 1600 columns"},
		{"rows of different columns", "POST /rest/v1/products", "[" + many(100_000, `{"c#":1}`) + "]", "more than 1600 columns"},
		{"arguments of a function", "POST /rest/v1/rpc/lower", nested(10_000, "[", "", "]"), "function"},
		{"fetch", "POST /gateway/fetch", `{"table_name":"products","where":` + nested(10_000, `{"or":[`, `{"id":1}`, `]}`) + `}`, "more than 1000 deep"},
		{"where", "POST /gateway/fetch", `{"table_name":"products","where":` + nested(400, `{"or":[`, `{"id":1}`, `]}`) + `}`, "more than 16 deep"},
		{"conditions", "POST /gateway/fetch", `{"table_name":"products","conditions":[` + many(100_000, `{"column":"id","value":#}`) + `]}`, "than"},
		{"members of where", "POST /gateway/fetch", `{"table_name":"products","where":{` + many(100_000, `"c#":1`) + `}}`, "than"},
		{"in of a fetch", "POST /gateway/fetch", `{"table_name":"products","where":{"id":{"in":[` + many(million, "1") + `]}}}`, "more than 32767"},
		{"columns of a fetch", "POST /gateway/fetch", `{"table_name":"products","columns":[` + many(100_000, `"id"`) + `]}`, "more than 2000"},
		{"select of a fetch", "POST /gateway/fetch", `{"table_name":"products","select":` + nested(450, `{"orders":{"select":`, `{"id":true}`, `}}`) + `}`, "16 deep"},
		{"keys", "POST /gateway/fetch", "{" + many(100_000, `"c#":1`) + "}", "more than 100 keys"},
		{"insert", "PUT /gateway/insert", `{"table_name":"products","insert_body":` + nested(10_000, "[", "", "]") + `}`, "more than 1000 deep"},
		{"update", "POST /gateway/update", `{"table_name":"products","update_body":{"details":` + nested(10_000, "[", "", "]") + `},"where":{"id":0}}`, "more than 1000 deep"},
		{"delete", "DELETE /gateway/delete", `{"table_name":"products","where":{"id":{"in":[` + many(million, "1") + `]}}}`, "more than 32767"},
		{"parameters", "POST /gateway/query", `{"query":"SELECT 1","params":[` + many(million, "1") + `]}`, "parameters"},
		{"operations", "POST /gateway/transaction", `{"operations":[` + many(50_000, `{"id":#,"kind":"fetch","payload":{}}`) + `]}`, "at most 100"},
		{"operation", "POST /gateway/transaction", `{"operations":[{"id":` + nested(10_000, "[", "", "]") + `,"kind":"fetch","payload":{}}]}`, "more than 1000 deep"},
		{"call", "POST /gateway/rpc", `{"function":"lower","args":` + nested(10_000, "[", "", "]") + `}`, "more than 1000 deep"},
		{"call by path", "POST /rpc/lower", nested(10_000, `{"a":`, "1", "}"), "more than 1000 deep"},
		{"SQL", "POST /gateway/query", `{"query":"SELECT ` + sum + `"}`, "stack depth|too complex|too long"},
		{"SQL of a count", "POST /query/count", `{"query":"SELECT count(*) FROM products WHERE ` + sum + ` = 1","driver":"postgresql","db_name":"demo"}`, "nested too deep"},
		{"SQL of set operations", "POST /query/count", `{"query":"SELECT count(*) FROM (` + strings.Repeat("SELECT 1 UNION ", 50_000) + `SELECT 1) x","driver":"postgresql","db_name":"demo"}`, "nested too deep"},
		{"SQL for D1", "POST /gateway/sql/d1/migrate", `{"schemaSql":"SELECT ` + sum + `","driver":"d1","dbName":"demo"}`, "nested too deep"},
		{"addresses of a key", "POST /admin/api-keys", `{"name":"x","client_name":"demo","rights":["*"],"whitelist":` + nested(10_000, "[", "", "]") + `}`, "more than 1000 deep"},
		{"metadata", "POST /admin/public-routes", `{"route_key":"x","client_name":"demo","allowed_ops":["fetch"],"metadata":` + nested(10_000, `{"a":`, "1", "}") + `}`, "more than 1000 deep"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			method, path, _ := strings.Cut(tc.operation, " ")
			answer, err := p.try(method, path, tc.body, "apikey: the-admin-key", "X-Athena-Client: demo", "Content-Type: application/json")
			require.NoError(t, err)
			require.True(t, answer.status >= 400 && answer.status < 500, "%d: %.300s", answer.status, answer.body)
			require.Regexp(t, tc.words, answer.body[:min(len(answer.body), 2000)])
		})
	}
	require.Equal(t, 200, p.do(t, "GET", "/rest/v1/products?limit=1", "", "apikey: the-admin-key", "X-Athena-Client: demo").status, "it serves on")
}
