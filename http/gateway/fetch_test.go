package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestColumnsAndSelect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const one = `"table_name":"people","where":{"id":2}`
	for _, tc := range []struct{ name, body, want string }{
		{"names", one + `,"columns":["id","name"]`, `[{"id":2,"name":"Bob"}]`},
		{"string", one + `,"columns":"id,name"`, `[{"id":2,"name":"Bob"}]`},
		{"string with relation", one + `,"columns":"name,company:companies(name)"`, `[{"name":"Bob","company":{"name":"Acme"}}]`},
		{"by column", one + `,"columns":"name,chief:boss_id(name)"`, `[{"name":"Bob","chief":{"name":"Ann"}}]`},
		{"names with alias and cast", one + `,"columns":["n:name","age::text"]`, `[{"n":"Bob","age":"17"}]`},
		{"names with a relation", one + `,"columns":["id","companies(name)"]`, `[{"id":2,"companies":{"name":"Acme"}}]`},
		{"json path", `"table_name":"people","where":{"id":1},"columns":"data->>city,data->langs->0"`, `[{"city":"Rome","langs":"it"}]`},
		{"camelCase stays", one + `,"columns":["camelCase","snakeCase"]`, `[{"camelCase":"Cc2","snakeCase":"s2"}]`},
		{"computed", one + `,"columns":["initial"]`, `[{"initial":"B"}]`},
		{"select string", one + `,"select":"id,name"`, `[{"id":2,"name":"Bob"}]`},
		{"select object", one + `,"select":{"id":true,"name":true,"age":false}`, `[{"id":2,"name":"Bob"}]`},
		{"select goes before columns", one + `,"select":{"id":true},"columns":["name"]`, `[{"id":2}]`},
		{"select relation", one + `,"select":{"id":true,"companies":{"select":{"name":true}}}`, `[{"id":2,"companies":{"name":"Acme"}}]`},
		{"select relation as", one + `,"select":{"id":true,"companies":{"as":"firm","select":{"name":true}}}`, `[{"id":2,"firm":{"name":"Acme"}}]`},
		{"select relation by string", one + `,"select":{"companies":{"select":"name"}}`, `[{"companies":{"name":"Acme"}}]`},
		{"select whole relation", one + `,"select":{"companies":{}}`, `[{"companies":{"id":1,"name":"Acme"}}]`},
		{"select relation in a schema", one + `,"select":{"accounts":{"schema":"vault","select":{"id":true}}}`, `[{"accounts":[{"id":2}]}]`},
		{"string relation in a schema", one + `,"columns":"a:vault.accounts(id)"`, `[{"a":[{"id":2}]}]`},
		{"select to-many", one + `,"select":{"tickets":{"foreign_key":"tickets_author","select":{"title":true}}}`, `[{"tickets":[{"title":"third"}]}]`},
		{"foreign key by column", one + `,"select":{"tickets":{"foreign_key":"assignee_id","select":{"title":true}}}`, `[{"tickets":[{"title":"first"}]}]`},
		{"via a column", one + `,"select":{"tickets":{"via":"assignee_id","select":{"title":true}}}`, `[{"tickets":[{"title":"first"}]}]`},
		{"via and schema", one + `,"select":{"accounts":{"schema":"vault","via":"owner_id","select":{"id":true}}}`, `[{"accounts":[{"id":2}]}]`},
		{"a key that only via explains", one + `,"select":{"chief":{"via":"boss_id","select":{"name":true}}}`, `[{"chief":{"name":"Ann"}}]`},
		{"self reference", `"table_name":"people","where":{"id":1},"select":{"people":{"as":"reports","select":{"id":true},"orderBy":{"id":"desc"}}}`, `[{"reports":[{"id":3},{"id":2}]}]`},
		{"relation bounds", `"table_name":"people","where":{"id":1},"select":{"people":{"as":"r","select":{"id":true},"orderBy":{"id":"desc"},"limit":1,"offset":1}}`, `[{"r":[{"id":2}]}]`},
		{"relation where", `"table_name":"people","where":{"id":1},"select":{"people":{"as":"r","select":{"id":true},"where":{"name":"Cid"}}}`, `[{"r":[{"id":3}]}]`},
		{"inner", `"table_name":"people","orderBy":"id","select":{"id":true,"tickets":{"foreign_key":"tickets_author","inner":true,"select":{"title":true},"where":{"title":"third"}}}`, `[{"id":2,"tickets":[{"title":"third"}]}]`},
		{"junction", `"table_name":"tickets","where":{"title":"first"},"select":{"labels":{"select":{"label":true},"orderBy":"id"}}`, `[{"labels":[{"label":"bug"},{"label":"idea"}]}]`},
		{"composite key", `"table_name":"books","where":{"id":2},"select":{"title":true,"shelves":{"select":{"name":true}}}`, `[{"title":"SQL","shelves":{"name":"high"}}]`},
		{"composite key without a row", `"table_name":"books","where":{"id":3},"select":{"title":true,"shelves":{"select":{"name":true}}}`, `[{"title":"Lost","shelves":null}]`},
		{"three deep", `"table_name":"companies","where":{"id":1},"select":{"people":{"select":{"tickets":{"foreign_key":"tickets_author","select":{"ticket_labels":{"select":{"label_id":true},"orderBy":"label_id"}},"orderBy":"title"}},"where":{"id":1}}}`,
			`[{"people":[{"tickets":[{"ticket_labels":[{"label_id":1},{"label_id":2}]},{"ticket_labels":[]}]}]}]`},
		{"view", `"view_name":"adults","orderBy":"id","columns":["name"],"limit":1`, `[{"name":"Ann"}]`},
		{"other schema", `"table_name":"accounts","schema_name":"vault","where":{"id":1}`, `[{"id":1,"owner_id":1,"secret":"hidden"}]`},
		{"schema in the name", `"table_name":"vault.accounts","where":{"id":1},"columns":["id"]`, `[{"id":1}]`},
		{"schema in both", `"table_name":"vault.accounts","schema_name":"vault","where":{"id":1},"columns":["id"]`, `[{"id":1}]`},
		{"odd names", `"table_name":"\"odd \"\"table\"\".név\"","where":{"a b":1}`, `[{"a b":1,"q\"uote":"q","dot.ted":"d","ünï":"u"}]`},
		{"odd columns", `"table_name":"\"odd \"\"table\"\".név\"","columns":["a b","ünï"],"orderBy":{"a b":"asc"}`, `[{"a b":1,"ünï":"u"}]`},
		{"odd columns in select", `"table_name":"\"odd \"\"table\"\".név\"","select":{"q\"uote":true,"dot.ted":true}`, `[{"q\"uote":"q","dot.ted":"d"}]`},
		{"duplicates in a table without a key", `"table_name":"notes","where":{"line":"x"}`, `[{"line":"x","n":1},{"line":"x","n":1}]`},
		{"types", `"table_name":"people","where":{"id":1},"columns":["tags","data","balance","mood","born"]`,
			`[{"tags":["a","b"],"data":{"city":"Rome","langs":["it","en"]},"balance":100.50,"mood":"happy","born":"1983-01-02T03:04:05+00:00"}]`},
		{"nulls", `"table_name":"people","where":{"id":3},"columns":["id","age","tags"]`, `[{"id":3,"age":null,"tags":null}]`},
		{"strip nulls", `"table_name":"people","where":{"id":3},"columns":["id","age","tags"],"strip_nulls":true`, `[{"id":3}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, tc.want, w.with(t).fetch(`{`+tc.body+`}`))
		})
	}
	t.Run("strip nulls by header", func(t *testing.T) {
		t.Parallel()
		require.JSONEq(t, `[{"id":3}]`, w.with(t).fetch(`{"table_name":"people","where":{"id":3},"columns":["id","age"]}`, "X-Strip-Nulls: true"))
	})
	t.Run("alias path", func(t *testing.T) {
		t.Parallel()
		require.JSONEq(t, `[{"id":2}]`, string(w.with(t).ok("POST /gateway/data", `{`+one+`,"columns":["id"]}`).Data))
	})
}

func TestOrderAndBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, body, want string }{
		{"object", `"orderBy":{"name":"desc"},"limit":2`, "id: 4 3"},
		{"object of two", `"orderBy":{"mood":"desc","id":"desc"}`, "id: 1 4 2 3"},
		{"array of objects", `"orderBy":[{"mood":"asc"},{"id":"desc"}]`, "id: 3 4 2 1"},
		{"terms", `"orderBy":[{"column":"mood"},{"field":"id","direction":"descending"}]`, "id: 3 4 2 1"},
		{"ascending false", `"orderBy":{"column":"id","ascending":false}`, "id: 4 3 2 1"},
		{"string", `"orderBy":"age.desc.nullslast,id"`, "id: 1 4 2 3"},
		{"strings", `"orderBy":["company_id.nullsfirst","id.desc"]`, "id: 3 2 1 4"},
		{"nulls", `"orderBy":{"column":"age","direction":"desc","nulls":"last"}`, "id: 1 4 2 3"},
		{"nulls first", `"orderBy":{"column":"age","nullsFirst":true}`, "id: 3 2 4 1"},
		{"nulls not first", `"orderBy":{"column":"age","direction":"desc","nullsFirst":false}`, "id: 1 4 2 3"},
		{"sort_by", `"sort_by":{"field":"id","direction":"desc"}`, "id: 4 3 2 1"},
		{"sortBy", `"sortBy":{"field":"id","direction":"DESC"}`, "id: 4 3 2 1"},
		{"sort_by without direction", `"sort_by":{"field":"id"}`, "id: 1 2 3 4"},
		{"order_by", `"order_by":{"id":"desc"}`, "id: 4 3 2 1"},
		{"both", `"orderBy":{"mood":"asc"},"sort_by":{"field":"id","direction":"desc"}`, "id: 3 4 2 1"},
		{"json path", `"orderBy":"data->>city,id","where":{"data":{"neq":null}}`, "id: 1 2 4"},
		{"limit and offset", `"orderBy":"id","limit":2,"offset":1`, "id: 2 3"},
		{"limit 0", `"orderBy":"id","limit":0`, "id:"},
		{"far offset", `"orderBy":"id","offset":9000000000000000000`, "id:"},
		{"page", `"orderBy":"id","current_page":2,"page_size":3`, "id: 4"},
		{"first page", `"orderBy":"id","current_page":1,"page_size":2`, "id: 1 2"},
		{"page of limit", `"orderBy":"id","current_page":2,"limit":1`, "id: 2"},
		{"page size alone", `"orderBy":"id","page_size":1`, "id: 1"},
		{"total pages are ignored", `"orderBy":"id","page_size":1,"total_pages":7`, "id: 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, rows(tc.want), w.with(t).fetch(`{"table_name":"people","columns":["id"],`+tc.body+`}`))
		})
	}
}

func TestFetchesThatCannotBeHonoured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, body, field, words, hint string }{
		{"no table", `{}`, "table_name", "missing", ""},
		{"filters", `{"table_name":"people","filters":[{"column":"id","value":1}]}`, "filters", "filters", "where_filters"},
		{"conditions with a slip", `{"table_name":"people","conditons":[]}`, "conditons", "conditons", "conditions"},
		{"a page", `{"table_name":"people","page":2,"page_size":1}`, "page", "page", "current_page"},
		{"camel case", `{"table_name":"people","schemaName":"vault"}`, "schemaName", "schemaName", "schema_name"},
		{"unknown table", `{"table_name":"peple"}`, "table", "peple", "people"},
		{"unknown schema", `{"table_name":"people","schema_name":"publik"}`, "table", "publik.people", ""},
		{"two schemas", `{"table_name":"vault.accounts","schema_name":"public"}`, "schema_name", "", ""},
		{"empty name", `{"table_name":"vault."}`, "table", "", ""},
		{"open quote", `{"table_name":"\"people"}`, "table_name", "", ""},
		{"unknown column", `{"table_name":"people","columns":["nme"]}`, "nme", "nme", "name"},
		{"columns of numbers", `{"table_name":"people","columns":[1]}`, "columns", "", ""},
		{"columns an object", `{"table_name":"people","columns":{"id":true}}`, "columns", "", ""},
		{"columns broken", `{"table_name":"people","columns":"id,companies(name"}`, "", "", ""},
		{"select array", `{"table_name":"people","select":["id"]}`, "select", "", ""},
		{"select nothing", `{"table_name":"people","select":{"id":false}}`, "select", "", "id"},
		{"select a number", `{"table_name":"people","select":{"id":1}}`, "select.id", "", ""},
		{"select unknown member", `{"table_name":"people","select":{"companies":{"selct":{}}}}`, "select.companies", "selct", ""},
		{"select bad limit", `{"table_name":"people","select":{"people":{"limit":-1}}}`, "select.people", "limit", ""},
		{"select bad inner", `{"table_name":"people","select":{"companies":{"inner":"yes"}}}`, "select.companies", "inner", ""},
		{"select bad alias", `{"table_name":"people","select":{"companies":{"as":5}}}`, "select.companies", "as", ""},
		{"unknown relation", `{"table_name":"people","select":{"compnies":{}}}`, "compnies", "compnies", "companies"},
		{"unrelated", `{"table_name":"people","select":{"labels":{}}}`, "labels", "", "companies"},
		{"ambiguous", `{"table_name":"people","select":{"tickets":{}}}`, "tickets", "more than one", "tickets!tickets_assignee, tickets!tickets_author"},
		{"unknown foreign key", `{"table_name":"people","select":{"tickets":{"foreign_key":"nope"}}}`, "tickets", "nope", "tickets"},
		{"unknown column in a relation", `{"table_name":"people","select":{"companies":{"select":{"nam":true}}}}`, "nam", "nam", "name"},
		{"negative limit", `{"table_name":"people","limit":-1}`, "limit", "", ""},
		{"absurd limit", `{"table_name":"people","limit":1001}`, "limit", "1000", ""},
		{"largest limit", `{"table_name":"people","limit":9223372036854775807}`, "limit", "1000", ""},
		{"limit beyond numbers", `{"table_name":"people","limit":9223372036854775808}`, "limit", "", ""},
		{"limit a fraction", `{"table_name":"people","limit":1.5}`, "limit", "", ""},
		{"limit a word", `{"table_name":"people","limit":"5"}`, "limit", "number", ""},
		{"negative offset", `{"table_name":"people","offset":-1}`, "offset", "", ""},
		{"page 0", `{"table_name":"people","current_page":0,"page_size":5}`, "current_page", "", ""},
		{"page without size", `{"table_name":"people","current_page":1}`, "page_size", "", ""},
		{"page beyond numbers", `{"table_name":"people","current_page":9223372036854775807,"page_size":1000}`, "current_page", "", ""},
		{"order a number", `{"table_name":"people","orderBy":5}`, "orderBy", "", ""},
		{"order by nothing", `{"table_name":"people","orderBy":{"":"asc"}}`, "orderBy", "", ""},
		{"order direction", `{"table_name":"people","orderBy":{"id":"up"}}`, "", "up", ""},
		{"order direction of a number", `{"table_name":"people","orderBy":{"id":1}}`, "orderBy", "", ""},
		{"order nulls", `{"table_name":"people","orderBy":{"column":"id","nulls":"middle"}}`, "orderBy", "nulls", ""},
		{"order nullsFirst", `{"table_name":"people","orderBy":{"column":"id","nullsFirst":"yes"}}`, "orderBy", "nullsFirst", ""},
		{"order both ways", `{"table_name":"people","orderBy":{"column":"id","direction":"asc","ascending":false}}`, "orderBy", "direction", ""},
		{"order arrays in arrays", `{"table_name":"people","orderBy":[[{"id":"asc"}]]}`, "orderBy", "", ""},
		{"order unknown column", `{"table_name":"people","orderBy":{"nme":"asc"}}`, "nme", "", "name"},
		{"count", `{"table_name":"people","count":"roughly"}`, "count", "", ""},
		{"group unknown", `{"table_name":"people","group_by":"mod"}`, "mod", "", "mood"},
		{"granularity", `{"table_name":"tickets","group_by":"opened_at","time_granularity":"fortnight"}`, "time_granularity", "", ""},
		{"granularity without group", `{"table_name":"tickets","time_granularity":"day"}`, "group_by", "", ""},
		{"granularity of text", `{"table_name":"people","group_by":"name","time_granularity":"day"}`, "time_granularity", "name", ""},
		{"sum of text", `{"table_name":"people","group_by":"mood","aggregation_column":"name"}`, "aggregation_column", "name", ""},
		{"strategy", `{"table_name":"people","group_by":"mood","aggregation_column":"age","aggregation_strategy":"median"}`, "aggregation_strategy", "", ""},
		{"strategy without column", `{"table_name":"people","group_by":"mood","aggregation_strategy":"cumulative_sum"}`, "aggregation_column", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(400, "POST /gateway/fetch", tc.body)
			if tc.field != "" {
				require.Equal(t, tc.field, f.Field, "%+v", f)
			}
			require.Contains(t, f.Error, tc.words)
			require.Contains(t, f.Hint, tc.hint)
		})
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := func(more string) string {
		return `{"table_name":"people","columns":["id"],"orderBy":"id","where":{"age":{"gt":1}},"limit":1` + more + `}`
	}
	a := w.ok("POST /gateway/fetch", body(`,"count":"exact"`))
	require.JSONEq(t, `[{"id":1}]`, string(a.Data))
	require.EqualValues(t, 3, *a.Count)

	a = w.ok("POST /gateway/fetch", body(`,"count":"exact","head":true`))
	require.JSONEq(t, `[]`, string(a.Data))
	require.EqualValues(t, 3, *a.Count)

	a = w.ok("POST /gateway/fetch", body(`,"head":true`))
	require.EqualValues(t, 3, *a.Count)

	for _, mode := range []string{"planned", "estimated"} {
		require.Positive(t, *w.ok("POST /gateway/fetch", body(`,"count":"`+mode+`"`)).Count)
	}
	require.Nil(t, w.ok("POST /gateway/fetch", body("")).Count)

	inner := `{"table_name":"people","select":"id,tickets!tickets_author!inner(id)","limit":1,"count":"exact"}`
	require.EqualValues(t, 2, *w.ok("POST /gateway/fetch", inner).Count)
}

// TestCacheKeysNameReads: the same read has the same name, another another.
func TestCacheKeysNameReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := func(body string) string { return w.ok("POST /gateway/fetch", body).CacheKey }
	first := key(people(`"where":{"id":1}`))
	require.Contains(t, first, "people:")
	require.Equal(t, first, key(people(`"where":{"id":1}`)))
	require.NotEqual(t, first, key(people(`"where":{"id":2}`)))
	require.NotEqual(t, first, key(people(`"where":{"id":{"gt":1}}`)))
}

func TestGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, body, want string }{
		{"count", `"table_name":"people","group_by":"mood"`,
			`{"group_by":"mood","groups":[{"key":"sad","count":1},{"key":"ok","count":2},{"key":"happy","count":1}]}`},
		{"null is a group", `"table_name":"people","group_by":"company_id"`,
			`{"group_by":"company_id","groups":[{"key":1,"count":2},{"key":2,"count":1},{"key":null,"count":1}]}`},
		{"beyond the limit", `"table_name":"people","group_by":"mood","limit":1,"where":{"mood":"ok"}`,
			`{"group_by":"mood","groups":[{"key":"ok","count":2}]}`},
		{"sum", `"table_name":"people","group_by":"mood","aggregation_column":"balance"`,
			`{"group_by":"mood","aggregation_column":"balance","groups":[{"key":"sad","count":1,"sum":0.00},{"key":"ok","count":2,"sum":12345678.90},{"key":"happy","count":1,"sum":100.50}]}`},
		{"sum by day, cumulative", `"table_name":"tickets","group_by":"opened_at","time_granularity":"day","aggregation_column":"points","aggregation_strategy":"cumulative_sum"`,
			`{"group_by":"opened_at","time_granularity":"day","aggregation_column":"points","aggregation_strategy":"cumulative_sum","groups":[
				{"key":"2024-05-01T00:00:00+00:00","count":2,"sum":3.5,"cumulative_sum":3.5},
				{"key":"2024-05-03T00:00:00+00:00","count":1,"sum":2.0,"cumulative_sum":5.5}]}`},
		{"by hour", `"table_name":"tickets","group_by":"opened_at","time_granularity":"hour","where":{"title":"first"}`,
			`{"group_by":"opened_at","time_granularity":"hour","groups":[{"key":"2024-05-01T10:00:00+00:00","count":1}]}`},
		{"by minute", `"table_name":"tickets","group_by":"opened_at","time_granularity":"minute","where":{"title":"first"}`,
			`{"group_by":"opened_at","time_granularity":"minute","groups":[{"key":"2024-05-01T10:15:00+00:00","count":1}]}`},
		{"equal values once", `"table_name":"notes","group_by":"line","aggregation_column":"n","aggregation_dedup":true`,
			`{"group_by":"line","aggregation_column":"n","groups":[{"key":"x","count":2,"sum":1},{"key":"y","count":1,"sum":2}]}`},
		{"no rows", `"table_name":"people","group_by":"mood","where":{"id":99}`, `{"group_by":"mood","groups":[]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, tc.want, string(w.with(t).ok("POST /gateway/fetch", `{`+tc.body+`}`).Groups))
		})
	}
	t.Run("more groups than an answer holds", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.ok("POST /gateway/query", `{"query":"INSERT INTO notes SELECT 'many', g FROM generate_series(1, 10001) g"}`)
		f := w.refused(400, "POST /gateway/fetch", `{"table_name":"notes","group_by":"n","limit":1}`)
		require.Equal(t, "group_by", f.Field)
		f = w.refused(400, "POST /gateway/fetch", `{"table_name":"notes","group_by":"line","aggregation_column":"n","aggregation_dedup":true,"limit":1}`)
		require.Equal(t, "group_by", f.Field)
	})
}

func TestFetchByQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, query, want string }{
		{"all", "view=people&columns=id&sort_by=id", "id: 1 2 3 4"},
		{"equal", "view=people&columns=id&eq_column=name&eq_value=Bob", "id: 2"},
		{"equal to nothing", "view=people&columns=id&eq_column=name&eq_value=", "id:"},
		{"sorted", "view=people&columns=id&sort_by=id&sort_direction=desc&limit=2&offset=1", "id: 3 2"},
		{"paged", "view=people&columns=id&sort_by=id&current_page=2&page_size=3", "id: 4"},
		{"a view", "view=adults&columns=id&sort_by=id", "id: 1 4"},
		{"stripped", "view=people&columns=id,age&eq_column=id&eq_value=3&strip_nulls=true", "id: 3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, rows(tc.want), string(w.with(t).ok("GET /data?"+tc.query, "").Data))
		})
	}
	groups := w.ok("GET /data?view=people&group_by=mood&aggregation_column=age&eq_column=mood&eq_value=ok", "").Groups
	require.JSONEq(t, `{"group_by":"mood","aggregation_column":"age","groups":[{"key":"ok","count":2,"sum":47}]}`, string(groups))
	for _, tc := range []struct{ name, query, field string }{
		{"no view", "columns=id", "table_name"},
		{"column without value", "view=people&eq_column=id", "eq_column"},
		{"value without column", "view=people&eq_value=1", "eq_column"},
		{"value of another type", "view=people&eq_column=id&eq_value=x", "id"},
		{"limit", "view=people&limit=x", "limit"},
		{"strip_nulls", "view=people&strip_nulls=perhaps", "strip_nulls"},
		{"sort direction", "view=people&sort_by=id&sort_direction=up", ""},
		{"direction alone", "view=people&sort_direction=desc", "sort_by"},
		{"columns", "view=people&columns=id,(", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(400, "GET /data?"+tc.query, "")
			if tc.field != "" {
				require.Equal(t, tc.field, f.Field, "%+v", f)
			}
		})
	}
}
