package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"athena/http/apitest"

	"github.com/stretchr/testify/require"
)

// spells are what attackers write, as names and as values.
var spells = []string{
	`'; DROP TABLE canary; --`, `"; DROP TABLE canary; --`, `canary"; DROP TABLE canary; --`, `' OR '1'='1`, `1; DELETE FROM canary`,
	`1) OR (1=1`, `$1`, `$$; DROP TABLE canary; $$`, `\'; DROP TABLE canary; --`, `E'\\'; DROP TABLE canary`, `/* */`, `--`, `id; --`,
	`canary" UNION SELECT 1 --`, `(SELECT word FROM canary)`, `word::regclass`, `pg_sleep(10)`, `a.b.c.d`, `"`, `""`, `'`, `\`, `%`, `*`, `.`, ` `,
	"id\n; DROP TABLE canary", "ıd", "id\u200b", "\u202eid", "𝒾𝒹", strings.Repeat("x", 10_000), strings.Repeat(`"`, 1001), strings.Repeat("é", 5000),
	`and(id.eq.1)`, `id.eq.1),or(id.gt.0`, `->>`, `a->b->>c`, `id::int); DROP TABLE canary; --`,
}

// TestSpells: in every place that takes a name or a value, a spell is refused or
// is nothing but text.
func TestSpells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	places := map[string]struct{ operation, body string }{
		"table":            {"POST /gateway/fetch", `{"table_name":%s}`},
		"view":             {"POST /gateway/fetch", `{"view_name":%s}`},
		"schema":           {"POST /gateway/fetch", `{"table_name":"canary","schema_name":%s}`},
		"column":           {"POST /gateway/fetch", `{"table_name":"canary","columns":[%s]}`},
		"columns":          {"POST /gateway/fetch", `{"table_name":"canary","columns":%s}`},
		"select key":       {"POST /gateway/fetch", `{"table_name":"canary","select":{%s:true}}`},
		"select relation":  {"POST /gateway/fetch", `{"table_name":"canary","select":{%s:{}}}`},
		"select via":       {"POST /gateway/fetch", `{"table_name":"people","select":{"companies":{"via":%s}}}`},
		"select as":        {"POST /gateway/fetch", `{"table_name":"people","select":{"companies":{"as":%s}}}`},
		"condition column": {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"column":%s,"value":1}]}`},
		"condition op":     {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"column":"id","operator":%s,"value":1}]}`},
		"condition value":  {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"column":"word","value":%s}]}`},
		"condition or":     {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"operator":"or","value":%s}]}`},
		"condition in":     {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"column":"word","operator":"in","value":%s}]}`},
		"column cast":      {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"column":"id","value":"1","column_cast":%s}]}`},
		"value cast":       {"POST /gateway/fetch", `{"table_name":"canary","conditions":[{"column":"id","value":"1","value_cast":%s}]}`},
		"where":            {"POST /gateway/fetch", `{"table_name":"canary","where":{%s:1}}`},
		"where value":      {"POST /gateway/fetch", `{"table_name":"canary","where":{"word":{"like":%s}}}`},
		"order":            {"POST /gateway/fetch", `{"table_name":"canary","orderBy":%s}`},
		"order column":     {"POST /gateway/fetch", `{"table_name":"canary","orderBy":{%s:"asc"}}`},
		"order direction":  {"POST /gateway/fetch", `{"table_name":"canary","orderBy":{"id":%s}}`},
		"group":            {"POST /gateway/fetch", `{"table_name":"canary","group_by":%s}`},
		"granularity":      {"POST /gateway/fetch", `{"table_name":"canary","group_by":"id","time_granularity":%s}`},
		"aggregated":       {"POST /gateway/fetch", `{"table_name":"canary","group_by":"id","aggregation_column":%s}`},
		"inserted column":  {"PUT /gateway/insert", `{"table_name":"canary","insert_body":{%s:1}}`},
		"on_conflict":      {"PUT /gateway/insert", `{"table_name":"canary","insert_body":{"id":1},"on_conflict":[%s]}`},
		"set column":       {"POST /gateway/update", `{"table_name":"canary","where":{"id":1},"update_body":{%s:1}}`},
		"resource id":      {"DELETE /gateway/delete", `{"table_name":"canary","resource_id":%s}`},
		"delete value":     {"DELETE /gateway/delete", `{"table_name":"canary","where":{"word":%s}}`},
		"parameter":        {"POST /gateway/query", `{"query":"SELECT $1::text","params":[%s]}`},
		"query schema":     {"POST /gateway/query", `{"query":"SELECT 1","schema_name":%s}`},
	}
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := w.with(t)
			for _, spell := range spells {
				reply := w.do(place.operation, fmt.Sprintf(place.body, quote(spell)))
				requireTame(t, reply, spell)
			}
		})
	}
	t.Cleanup(func() { require.Equal(t, "(1,alive)", w.Value(t, "SELECT string_agg(c::text, ';') FROM canary c")) })
}

// requireTame accepts success and refusals that tell nothing of the inside.
func requireTame(t *testing.T, reply apitest.Reply, about string) {
	t.Helper()
	if len(about) > 80 {
		about = about[:80]
	}
	require.True(t, reply.Status == 200 || reply.Status >= 400 && reply.Status < 500, "%q: %d %.300s", about, reply.Status, reply.Body)
	if reply.Status != 200 {
		require.Contains(t, reply.Body, `"status":"error"`)
		require.Less(t, len(reply.Body), 2000, "%q", about)
	}
	for _, inside := range []string{"goroutine ", ".go:", "SELECT t0", "INSERT INTO \"", "password", "/tmp/", "postgres://"} {
		require.NotContains(t, reply.Body, inside, "%q", about)
	}
}

// TestMalformedBodies are 400, whatever is wrong with them.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deep := func(open, inner, shut string) string {
		const levels = 10_000
		return strings.Repeat(open, levels) + inner + strings.Repeat(shut, levels)
	}
	below := func(open, inner, shut string) string { // what the decoder itself lets pass
		const levels = 4_000
		return strings.Repeat(open, levels) + inner + strings.Repeat(shut, levels)
	}
	for name, body := range map[string]string{
		"empty":                   ``,
		"blank":                   ` `,
		"not JSON":                `table_name=people`,
		"cut off":                 `{"table_name":"people"`,
		"trailing":                `{"table_name":"people"}{}`,
		"array":                   `[]`,
		"number":                  `5`,
		"null":                    `null`,
		"table a number":          `{"table_name":5}`,
		"table an object":         `{"table_name":{"a":1}}`,
		"strip_nulls a word":      `{"table_name":"people","strip_nulls":"yes"}`,
		"NUL":                     "{\"table_name\":\"peo\x00ple\"}",
		"escaped NUL":             `{"table_name":"people","where":{"name":"\u0000"}}`,
		"not UTF-8":               "{\"table_name\":\"people\",\"where\":{\"name\":\"\xff\"}}",
		"half a surrogate":        `{"table_name":"\ud800"}`,
		"key twice":               `{"table_name":"people","table_name":"canary"}`,
		"many keys":               `{` + strings.TrimSuffix(strings.Repeat(`"k":1,`, 200), ",") + `}`,
		"deep array":              `{"table_name":"people","conditions":` + deep("[", "1", "]") + `}`,
		"deep where":              `{"table_name":"people","where":` + deep(`{"or":[`, `{"id":1}`, `]}`) + `}`,
		"deep where below":        `{"table_name":"people","where":` + below(`{"or":[`, `{"id":1}`, `]}`) + `}`,
		"deep not":                `{"table_name":"people","where":` + below(`{"not":`, `{"id":1}`, `}`) + `}`,
		"deep column not":         `{"table_name":"people","where":{"id":` + below(`{"not":`, `1`, `}`) + `}}`,
		"deep select":             `{"table_name":"people","select":` + below(`{"people":{"select":`, `{"id":true}`, `}}`) + `}`,
		"deep select string":      `{"table_name":"people","select":"` + below(`people(`, `id`, `)`) + `"}`,
		"deep order":              `{"table_name":"people","orderBy":` + below(`[`, `"id"`, `]`) + `}`,
		"deep or string":          `{"table_name":"people","conditions":[{"operator":"or","value":"` + below(`and(`, `id.eq.1`, `)`) + `"}]}`,
		"deep json path":          `{"table_name":"people","columns":["data` + strings.Repeat("->a", 4000) + `"]}`,
		"17 relations deep":       `{"table_name":"people","select":` + strings.Repeat(`{"boss_id":{"select":`, 17) + `{"id":true}` + strings.Repeat(`}}`, 17) + `}`,
		"many conditions":         `{"table_name":"people","conditions":[` + strings.Repeat(`{"column":"id","value":1},`, 5000) + `{"column":"id","value":1}]}`,
		"many columns":            `{"table_name":"people","columns":[` + strings.Repeat(`"id",`, 5000) + `"id"]}`,
		"many orders":             `{"table_name":"people","orderBy":[` + strings.Repeat(`"id",`, 5000) + `"id"]}`,
		"many terms":              `{"table_name":"people","where":{"or":[` + strings.Repeat(`{"id":1},`, 5000) + `{"id":1}]}}`,
		"many members of in":      `{"table_name":"people","where":{"id":{"in":[` + strings.Repeat(`1,`, 40_000) + `1]}}}`,
		"many operators":          `{"table_name":"people","where":{"id":{` + strings.Repeat(`"gt":0,`, 5000) + `"gt":0}}}`,
		"10 kB of an odd literal": `{"table_name":"people","where":{"id":` + strings.Repeat("9", 10_000) + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply := w.with(t).do("POST /gateway/fetch", body)
			require.Equal(t, 400, reply.Status, "%.300s", reply.Body)
			requireTame(t, reply, name)
		})
	}
	for name, body := range map[string]string{
		"deep value":   `{"table_name":"people","insert_body":{"name":"x","data":` + below("[", "1", "]") + `}}`,
		"many rows":    `{"table_name":"notes","insert_body":[` + strings.Repeat(`{"n":1},`, 20_000) + `{"n":1}],"columns":["n"]}`,
		"huge array":   `{"table_name":"people","insert_body":{"name":"x","tags":[` + strings.Repeat(`"a",`, 100_000) + `"a"]},"columns":["id"]}`,
		"huge text":    `{"table_name":"people","insert_body":{"name":"` + strings.Repeat("x", 1<<20) + `"},"columns":["id"]}`,
		"many shapes":  `{"table_name":"notes","insert_body":[` + strings.Repeat(`{"n":1},{"line":"x"},`, 500) + `{}],"columns":["n"]}`,
		"many columns": `{"table_name":"notes","insert_body":{` + columns(2000) + `}}`,
	} {
		t.Run("insert "+name, func(t *testing.T) {
			t.Parallel()
			requireTame(t, w.with(t).do("PUT /gateway/insert", body), name)
		})
	}
}

func columns(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"c%d":1`, i))
	}
	return strings.Join(list, ",")
}

// TestWrongRequests are answered by the front end, in the same envelope.
func TestWrongRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, "method_not_allowed", w.refused(405, "GET /gateway/fetch", "").Code)
	require.Equal(t, "method_not_allowed", w.refused(405, "POST /gateway/insert", `{}`).Code)
	require.Equal(t, "route_not_found", w.refused(404, "POST /gateway/nothing", `{}`).Code)
	f := read[struct{ Code, Field string }](t, w.api.Do(t, "POST /gateway/fetch", `{"table_name":"people"}`, "X-Athena-Client: nobody").Body)
	require.Equal(t, "client_unknown", f.Code)
	require.Equal(t, "X-Athena-Client", f.Field)
}
