package gateway_test

import (
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

func TestInsert(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body, want string
		affected         int64
	}{
		{"one row", `"table_name":"people","insert_body":{"name":"Eve","age":5},"columns":["name","age","mood"]`, `[{"name":"Eve","age":5,"mood":"ok"}]`, 1},
		{"many rows", `"table_name":"labels","insert_body":[{"id":7,"label":"a"},{"id":8,"label":"b"}]`, `[{"id":7,"label":"a"},{"id":8,"label":"b"}]`, 2},
		{"rows of other columns", `"table_name":"fresh","insert_body":[{"name":"x"},{"note":"y"}],"columns":"name,note"`, `[{"name":"x","note":"default"},{"name":"none","note":"y"}]`, 2},
		{"default to null", `"table_name":"fresh","insert_body":[{"name":"x","note":"y"},{"name":"z"}],"default_to_null":true,"columns":"name,note"`, `[{"name":"x","note":"y"},{"name":"z","note":null}]`, 2},
		{"defaultToNull", `"table_name":"fresh","insert_body":[{"name":"x","note":"y"},{"name":"z"}],"defaultToNull":true,"columns":"name,note"`, `[{"name":"x","note":"y"},{"name":"z","note":null}]`, 2},
		{"defaults alone", `"table_name":"fresh","insert_body":{},"columns":["name"]`, `[{"name":"none"}]`, 1},
		{"types", `"table_name":"people","insert_body":{"name":"T","tags":["a","b c","d,\"e"],"data":{"a":[1]},"balance":"1.10","born":"2020-01-01T00:00:00Z","mood":"sad"},"columns":"tags,data,balance,born,mood"`,
			`[{"tags":["a","b c","d,\"e"],"data":{"a":[1]},"balance":1.10,"born":"2020-01-01T00:00:00+00:00","mood":"sad"}]`, 1},
		{"a string into jsonb", `"table_name":"people","insert_body":{"name":"T","data":"text"},"columns":"data"`, `[{"data":"text"}]`, 1},
		{"null", `"table_name":"people","insert_body":{"name":"T","age":null},"columns":"age"`, `[{"age":null}]`, 1},
		{"camelCase", `"table_name":"people","insert_body":{"name":"T","camelCase":"c","snakeCase":"s"},"columns":"camelCase,snake_case"`, `[{"camelCase":"c","snake_case":"s"}]`, 1},
		{"odd names", `"table_name":"\"odd \"\"table\"\".név\"","insert_body":{"a b":2,"q\"uote":"q"},"columns":["a b","\"q\\\"uote\""]`, `[{"a b":2,"q\"uote":"q"}]`, 1},
		{"another schema", `"table_name":"vault.accounts","insert_body":{"id":9},"columns":["id"]`, `[{"id":9}]`, 1},
		{"schema beside", `"table_name":"accounts","schema_name":"vault","insert_body":{"id":9},"columns":["id"]`, `[{"id":9}]`, 1},
		{"returning a relation", `"table_name":"people","insert_body":{"name":"R","company_id":2},"columns":"name,companies(name)"`, `[{"name":"R","companies":{"name":"Globex"}}]`, 1},
		{"merge by key", `"table_name":"labels","insert_body":{"id":1,"label":"new"},"on_conflict":"id"`, `[{"id":1,"label":"new"}]`, 1},
		{"merge by array", `"table_name":"labels","insert_body":[{"id":1,"label":"x"},{"id":9,"label":"y"}],"on_conflict":["id"]`, `[{"id":1,"label":"x"},{"id":9,"label":"y"}]`, 2},
		{"onConflict", `"table_name":"labels","insert_body":{"id":1,"label":"new"},"onConflict":"id"`, `[{"id":1,"label":"new"}]`, 1},
		{"merge by unique column", `"table_name":"people","insert_body":{"name":"Bobby","email":"bob@x.io"},"on_conflict":"email","columns":"id,name,age"`, `[{"id":2,"name":"Bobby","age":17}]`, 1},
		{"merge by two columns", `"table_name":"shelves","insert_body":{"room":1,"place":2,"name":"top"},"on_conflict":"room, place"`, `[{"room":1,"place":2,"name":"top"}]`, 1},
		{"update_body", `"table_name":"labels","insert_body":{"id":1,"label":"new"},"on_conflict":"id","update_body":{"label":"was there"}`, `[{"id":1,"label":"was there"}]`, 1},
		{"update_body alone", `"table_name":"labels","insert_body":{"id":1,"label":"new"},"update_body":{"label":"was there"}`, `[{"id":1,"label":"was there"}]`, 1},
		{"update_body unused", `"table_name":"labels","insert_body":{"id":5,"label":"new"},"update_body":{"label":"was there"}`, `[{"id":5,"label":"new"}]`, 1},
		{"data is a column", `"table_name":"people","insert_body":{"name":"x'); DROP TABLE canary; --"},"columns":["name"]`, `[{"name":"x'); DROP TABLE canary; --"}]`, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := newWorld(t).ok("PUT /gateway/insert", `{`+tc.body+`}`)
			require.JSONEq(t, tc.want, string(a.Data))
			require.Equal(t, tc.affected, *a.Affected)
		})
	}
}

// mutation is the data of an answer to an update or a delete.
type mutation struct {
	Table    string          `json:"table_name"`
	ID       json.RawMessage `json:"resource_id"`
	Affected int64           `json:"affected_rows"`
	Rows     json.RawMessage
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body, want string
		affected         int64
	}{
		{"by conditions", `"conditions":[{"column":"id","value":2}],"update_body":{"age":18},"columns":["id","age"]`, `[{"id":2,"age":18}]`, 1},
		{"data spelling", `"where":{"id":2},"data":{"age":18},"columns":["id","age"]`, `[{"id":2,"age":18}]`, 1},
		{"where_filters", `"where_filters":[{"column":"id","operator":"in","value":[2]}],"update_body":{"age":18},"columns":["id"]`, `[{"id":2}]`, 1},
		{"no row", `"where":{"id":99},"update_body":{"age":18}`, `[]`, 0},
		{"several columns", `"where":{"id":2},"update_body":{"name":"B","tags":["x"],"data":{"k":1},"mood":"sad","age":null},"columns":"name,tags,data,mood,age"`,
			`[{"name":"B","tags":["x"],"data":{"k":1},"mood":"sad","age":null}]`, 1},
		{"bounded", `"where":{"id":{"gt":0}},"orderBy":{"id":"desc"},"limit":1,"update_body":{"age":1},"columns":["id"]`, `[{"id":4}]`, 1},
		{"bounded with offset", `"where":{"id":{"gt":0}},"sort_by":{"field":"id","direction":"asc"},"limit":1,"offset":1,"update_body":{"age":1},"columns":["id"]`, `[{"id":2}]`, 1},
		{"limit 0", `"where":{"id":{"gt":0}},"limit":0,"update_body":{"age":1},"columns":["id"]`, `[]`, 0},
		{"stripped", `"where":{"id":3},"strip_nulls":true,"update_body":{"age":1},"columns":["id","email"]`, `[{"id":3}]`, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := newWorld(t).ok("POST /gateway/update", `{"table_name":"people",`+tc.body+`}`)
			m := read[mutation](t, string(a.Data))
			require.JSONEq(t, tc.want, string(m.Rows))
			require.Equal(t, tc.affected, m.Affected)
			require.Equal(t, tc.affected, *a.Affected)
			require.Equal(t, "people", m.Table)
		})
	}
	t.Run("table without a key", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		a := w.ok("POST /gateway/update", `{"table_name":"notes","where":{"line":"x"},"limit":1,"update_body":{"n":9}}`)
		require.EqualValues(t, 1, *a.Affected)
		require.Equal(t, "1", w.Value(t, "SELECT count(*) FROM notes WHERE n = 9"))
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, body, id string
		affected       int64
		left           string
	}{
		{"by id", `"table_name":"books","resource_id":"3"`, `"3"`, 1, "SELECT count(*) = 2 FROM books"},
		{"by number", `"table_name":"books","resource_id":3`, `"3"`, 1, "SELECT count(*) = 2 FROM books"},
		{"by uuid", `"table_name":"tickets","resource_id":"00000000-0000-0000-0000-000000000002"`, `"00000000-0000-0000-0000-000000000002"`, 1, "SELECT count(*) = 2 FROM tickets"},
		{"no such id", `"table_name":"books","resource_id":"99"`, `"99"`, 0, "SELECT count(*) = 3 FROM books"},
		{"odd key", `"table_name":"\"odd \"\"table\"\".név\"","resource_id":1`, `"1"`, 1, `SELECT count(*) = 0 FROM "odd ""table"".név"`},
		{"by conditions", `"table_name":"books","conditions":[{"column":"title","value":"Lost"}]`, ``, 1, "SELECT count(*) = 2 FROM books"},
		{"by id and conditions", `"table_name":"books","resource_id":3,"where":{"title":"Go"}`, `"3"`, 0, "SELECT count(*) = 3 FROM books"},
		{"bounded", `"table_name":"books","where":{"id":{"gt":0}},"orderBy":"id.desc","limit":2`, ``, 2, "SELECT max(id) = 1 FROM books"},
		{"table without a key", `"table_name":"notes","where":{"line":"x"},"limit":1`, ``, 1, "SELECT count(*) = 2 FROM notes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.ok("DELETE /gateway/delete", `{`+tc.body+`}`)
			m := read[mutation](t, string(a.Data))
			require.Equal(t, tc.affected, *a.Affected)
			require.Equal(t, tc.affected, m.Affected)
			require.Equal(t, tc.id, string(m.ID))
			require.Equal(t, "true", w.Value(t, tc.left))
		})
	}
	t.Run("answers what was there", func(t *testing.T) {
		t.Parallel()
		a := newWorld(t).ok("DELETE /gateway/delete", `{"table_name":"books","resource_id":3,"columns":["title"]}`)
		require.JSONEq(t, `[{"title":"Lost"}]`, string(read[mutation](t, string(a.Data)).Rows))
	})
	t.Run("key of a table that is new", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.fetch(`{"table_name":"books"}`)
		w.Exec(t, "CREATE TABLE later (id int, code text PRIMARY KEY); INSERT INTO later VALUES (1, '2'), (2, '1')")
		w.eventually(func() bool { return w.do("POST /gateway/fetch", `{"table_name":"later"}`).Status == 200 })
		w.ok("DELETE /gateway/delete", `{"table_name":"later","resource_id":"1"}`)
		require.Equal(t, "1", w.Value(t, "SELECT id FROM later"))
	})
}

// TestWritesThatAreRefused change nothing and say why.
func TestWritesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const digest = `SELECT md5(string_agg(p::text, ',' ORDER BY id)) || (SELECT string_agg(l::text, ',') FROM labels l) ||
		(SELECT count(*) FROM books) || (SELECT count(*) FROM shelves) || (SELECT count(*) FROM tickets) FROM people p`
	before := w.Value(t, digest)
	const put, post, del = "PUT /gateway/insert", "POST /gateway/update", "DELETE /gateway/delete"
	for _, tc := range []struct {
		name, operation, body string
		status                int
		code, field, words    string
	}{
		{"unique", put, `{"table_name":"people","insert_body":{"name":"E","email":"bob@x.io"}}`, 409, "unique_violation", "email", "already exists"},
		{"one of many is a duplicate", put, `{"table_name":"labels","insert_body":[{"id":50,"label":"x"},{"id":1,"label":"y"}]}`, 409, "unique_violation", "id", "already exists"},
		{"foreign key", put, `{"table_name":"people","insert_body":{"name":"E","company_id":99}}`, 409, "foreign_key_violation", "company_id", "companies"},
		{"foreign key of two columns", put, `{"table_name":"books","insert_body":{"id":9,"room":7,"place":7}}`, 409, "foreign_key_violation", "room, place", "shelves"},
		{"still referenced", del, `{"table_name":"companies","resource_id":1}`, 409, "foreign_key_violation", "", "people"},
		{"not null", put, `{"table_name":"people","insert_body":{"age":1}}`, 400, "not_null_violation", "name", "name"},
		{"check", put, `{"table_name":"people","insert_body":{"name":"E","age":-1}}`, 400, "check_violation", "", "people_age_check"},
		{"value of another type", put, `{"table_name":"people","insert_body":{"name":"E","age":"old"}}`, 400, "invalid_value", "age", "age"},
		{"value of another type among many", put, `{"table_name":"people","insert_body":[{"name":"E","age":"1"},{"name":"F","age":"old"}]}`, 400, "invalid_value", "", "old"},
		{"enum", put, `{"table_name":"people","insert_body":{"name":"E","mood":"bored"}}`, 400, "invalid_value", "mood", "mood"},
		{"too long a number", put, `{"table_name":"people","insert_body":{"name":"E","balance":123456789012345}}`, 400, "invalid_value", "", "overflow"},
		{"generated column", put, `{"table_name":"people","insert_body":{"name":"E","name_length":1}}`, 400, "invalid_sql", "name_length", "name_length"},
		{"identity always", put, `{"table_name":"fresh","insert_body":{"id":1}}`, 400, "invalid_sql", "id", "id"},
		{"update with filters beside conditions", post, `{"table_name":"people","where":{"mood":"sad"},"filters":[{"column":"id","value":1}],"update_body":{"age":1}}`, 400, "invalid_request", "filters", "filters"},
		{"delete with filters beside conditions", del, `{"table_name":"books","where":{"id":[1]},"filter":{"id":1}}`, 400, "invalid_request", "filter", "filter"},
		{"on_conflict with a slip", put, `{"table_name":"labels","insert_body":{"id":1,"label":"x"},"on_conflct":"id"}`, 400, "invalid_request", "on_conflct", "on_conflct"},
		{"unknown table", put, `{"table_name":"peopel","insert_body":{"name":"E"}}`, 400, "unknown_table", "table", "peopel"},
		{"unknown column", put, `{"table_name":"people","insert_body":{"nome":"E"}}`, 400, "unknown_column", "nome", "nome"},
		{"no body", put, `{"table_name":"people"}`, 400, "invalid_request", "insert_body", "missing"},
		{"null body", put, `{"table_name":"people","insert_body":null}`, 400, "invalid_request", "insert_body", "missing"},
		{"no rows", put, `{"table_name":"people","insert_body":[]}`, 400, "invalid_request", "insert_body", "no rows"},
		{"body a number", put, `{"table_name":"people","insert_body":5}`, 400, "invalid_request", "insert_body", "object"},
		{"row a number", put, `{"table_name":"people","insert_body":[{"name":"E"},5]}`, 400, "invalid_request", "insert_body", "object"},
		{"column twice", put, `{"table_name":"people","insert_body":{"name":"E","name":"F"}}`, 400, "invalid_request", "insert_body", "name"},
		{"on_conflict unknown column", put, `{"table_name":"labels","insert_body":{"id":1,"label":"x"},"on_conflict":"lable"}`, 400, "unknown_column", "lable", "lable"},
		{"on_conflict without a key", put, `{"table_name":"labels","insert_body":{"id":1,"label":"x"},"on_conflict":"label"}`, 400, "invalid_sql", "", "no unique"},
		{"on_conflict a number", put, `{"table_name":"labels","insert_body":{"id":1,"label":"x"},"on_conflict":5}`, 400, "invalid_request", "on_conflict", "name"},
		{"on_conflict of numbers", put, `{"table_name":"labels","insert_body":{"id":1,"label":"x"},"on_conflict":[5]}`, 400, "invalid_request", "on_conflict", "name"},
		{"update_body without a key", put, `{"table_name":"notes","insert_body":{"n":1},"update_body":{"n":2}}`, 400, "invalid_request", "on_conflict", "primary key"},
		{"update_body of rows", put, `{"table_name":"labels","insert_body":{"id":1,"label":"x"},"update_body":[{"label":"a"},{"label":"b"}]}`, 400, "invalid_request", "update_body", "one object"},
		{"row conflicts with itself", put, `{"table_name":"labels","insert_body":[{"id":1,"label":"x"},{"id":1,"label":"y"}],"on_conflict":"id"}`, 400, "invalid_sql", "", ""},

		{"update everything", post, `{"table_name":"people","update_body":{"age":1}}`, 400, "missing_filter", "conditions", "every row"},
		{"update everything by empty lists", post, `{"table_name":"people","conditions":[],"where":{},"where_filters":[],"update_body":{"age":1}}`, 400, "missing_filter", "conditions", "every row"},
		{"update everything by an empty or", post, `{"table_name":"people","where":{"or":[{}]},"update_body":{"age":1}}`, 400, "invalid_filter", "where", "or"},
		{"update everything by a limit", post, `{"table_name":"people","limit":10,"update_body":{"age":1}}`, 400, "missing_filter", "conditions", "every row"},
		{"update nothing", post, `{"table_name":"people","where":{"id":1}}`, 400, "invalid_request", "update_body", "missing"},
		{"update empty", post, `{"table_name":"people","where":{"id":1},"update_body":{}}`, 400, "invalid_request", "update_body", "column"},
		{"update with both bodies", post, `{"table_name":"people","where":{"id":1},"update_body":{"age":1},"data":{"age":2}}`, 400, "invalid_request", "data", "two spellings"},
		{"update unknown column", post, `{"table_name":"people","where":{"id":1},"update_body":{"agee":1}}`, 400, "unknown_column", "agee", "agee"},
		{"update null into not null", post, `{"table_name":"people","where":{"id":1},"update_body":{"name":null}}`, 400, "not_null_violation", "name", "name"},
		{"update to a duplicate", post, `{"table_name":"people","where":{"id":1},"update_body":{"email":"bob@x.io"}}`, 409, "unique_violation", "email", "already exists"},
		{"update grouped", post, `{"table_name":"people","where":{"id":1},"update_body":{"age":1},"group_by":"mood"}`, 400, "invalid_request", "group_by", ""},
		{"update a view with bounds", post, `{"view_name":"adults","where":{"id":1},"limit":1,"update_body":{"age":50}}`, 400, "invalid_request", "limit", "view"},

		{"delete everything", del, `{"table_name":"books"}`, 400, "missing_filter", "conditions", "every row"},
		{"delete everything by null", del, `{"table_name":"books","resource_id":null}`, 400, "missing_filter", "conditions", "every row"},
		{"delete by an object", del, `{"table_name":"books","resource_id":{"id":1}}`, 400, "invalid_request", "resource_id", "single"},
		{"delete by id of another type", del, `{"table_name":"books","resource_id":"x"}`, 400, "invalid_value", "id", "id"},
		{"delete by id where there is no key", del, `{"table_name":"notes","resource_id":1}`, 400, "invalid_request", "resource_id", "primary key"},
		{"delete by id where the key has two columns", del, `{"table_name":"shelves","resource_id":1}`, 400, "invalid_request", "resource_id", "primary key"},
		{"delete unknown table", del, `{"table_name":"bookz","resource_id":1}`, 400, "unknown_table", "table", "bookz"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := w.with(t).refused(tc.status, tc.operation, tc.body)
			require.Equal(t, tc.code, f.Code, "%+v", f)
			require.Equal(t, tc.field, f.Field, "%+v", f)
			require.Contains(t, f.Error, tc.words)
		})
	}
	require.Equal(t, before, w.Value(t, digest), "a refused write changed something")
}
