package gateway_test

import (
	"testing"

	"athena/http/apitest"

	"github.com/stretchr/testify/require"
)

func TestRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const fetch, put, post, del, query = "POST /gateway/fetch", "PUT /gateway/insert", "POST /gateway/update", "DELETE /gateway/delete", "POST /gateway/query"
	nested := `{"table_name":"people","select":{"id":true,"companies":{"select":{"name":true}}},"limit":1}`
	junction := `{"table_name":"tickets","select":{"labels":{"select":{"label":true}}},"limit":1}`
	for _, tc := range []struct {
		name, rights, operation, body string
		missing                       string // empty where it is allowed
	}{
		{"read", "people.read", fetch, `{"table_name":"people"}`, ""},
		{"read by the second path", "people.read", "POST /gateway/data", `{"table_name":"people"}`, ""},
		{"read by query", "people.read", "GET /data?view=people", ``, ""},
		{"read by query without", "labels.read", "GET /data?view=people", ``, "people.read"},
		{"read any action", "people.*", fetch, `{"table_name":"people"}`, ""},
		{"read anything", "*.read", fetch, `{"table_name":"people"}`, ""},
		{"read by gateway", "gateway.read", fetch, `{"table_name":"people"}`, ""},
		{"read by star", "*", fetch, `{"table_name":"people"}`, ""},
		{"read without", "labels.read people.write", fetch, `{"table_name":"people"}`, "people.read"},
		{"no rights at all", "", fetch, `{"table_name":"people"}`, "people.read"},
		{"name in another case", "people.read", fetch, `{"table_name":"People"}`, ""},
		{"head", "labels.read", fetch, `{"table_name":"people","head":true}`, "people.read"},
		{"count", "labels.read", fetch, `{"table_name":"people","count":"exact","limit":0}`, "people.read"},
		{"nested", "people.read companies.read", fetch, nested, ""},
		{"nested without the inner", "people.read", fetch, nested, "companies.read"},
		{"nested without the outer", "companies.read", fetch, nested, "people.read"},
		{"junction", "tickets.read labels.read ticket_labels.read", fetch, junction, ""},
		{"junction without the middle", "tickets.read labels.read", fetch, junction, "ticket_labels.read"},
		{"junction without the end", "tickets.read ticket_labels.read", fetch, junction, "labels.read"},
		{"inner join only filters", "people.read", fetch, `{"table_name":"people","select":"id,companies!inner()"}`, "companies.read"},
		{"other schema", "accounts.read", fetch, `{"table_name":"vault.accounts"}`, "gateway.read"},
		{"other schema beside", "accounts.read", fetch, `{"table_name":"accounts","schema_name":"vault"}`, "gateway.read"},
		{"other schema by gateway", "gateway.read", fetch, `{"table_name":"vault.accounts"}`, ""},
		{"nested in another schema", "people.read accounts.read", fetch, `{"table_name":"people","columns":"id,vault.accounts(id)"}`, "gateway.read"},
		{"quoted name with a dot", "gateway.write", fetch, `{"table_name":"\"odd \"\"table\"\".név\""}`, "gateway.read"},
		{"insert", "labels.write", put, `{"table_name":"labels","insert_body":{"id":10,"label":"x"}}`, ""},
		{"insert without", "labels.read labels.delete", put, `{"table_name":"labels","insert_body":{"id":11,"label":"x"}}`, "labels.write"},
		{"insert answers a relation", "people.write", put, `{"table_name":"people","insert_body":{"name":"x"},"columns":"id,companies(name)"}`, "companies.read"},
		{"insert answers others of its table", "people.write", put, `{"table_name":"people","insert_body":{"name":"x","boss_id":1},"columns":"id,boss_id(name)"}`, "people.read"},
		{"insert with a relation", "people.write companies.write", put, `{"table_name":"people","insert_body":{"name":"x","companies":{"name":"Nested"}}}`, ""},
		{"insert with a relation without", "people.write companies.read", put, `{"table_name":"people","insert_body":{"name":"x","companies":{"name":"y"}}}`, "companies.write"},
		{"insert with a relation by a junction", "tickets.write labels.write", put, `{"table_name":"tickets","insert_body":{"title":"x","labels":[{"id":77,"label":"y"}]}}`, "ticket_labels.write"},
		{"update", "labels.write", post, `{"table_name":"labels","where":{"id":10},"update_body":{"label":"y"}}`, ""},
		{"update without", "labels.read", post, `{"table_name":"labels","where":{"id":1},"update_body":{"label":"y"}}`, "labels.write"},
		{"delete", "labels.delete", del, `{"table_name":"labels","resource_id":10}`, ""},
		{"delete without", "labels.write labels.read", del, `{"table_name":"labels","where":{"id":1}}`, "labels.delete"},
		{"delete by id without", "labels.write", del, `{"table_name":"labels","resource_id":1}`, "labels.delete"},
		{"query", "gateway.query", query, `{"query":"SELECT 1"}`, ""},
		{"query by gateway", "gateway.*", query, `{"query":"SELECT 1"}`, ""},
		{"query without", "gateway.read gateway.write *.read", query, `{"query":"DELETE FROM labels"}`, "gateway.query"},

		{"unknown table", "people.read", fetch, `{"table_name":"companie"}`, "companie.read"},
		{"unknown column of a table that is not theirs", "people.read", fetch, `{"table_name":"companies","columns":["nam"]}`, "companies.read"},
		{"unknown column of a nested one", "people.read", fetch, `{"table_name":"people","select":{"companies":{"select":{"nam":true}}}}`, "companies.read"},
		{"ambiguous relation", "people.read", fetch, `{"table_name":"people","select":{"tickets":{}}}`, "tickets.read"},
		{"delete by id tells no key", "people.read", del, `{"table_name":"shelves","resource_id":1}`, "shelves.delete"},
		{"bad value for a table that is not theirs", "people.read", put, `{"table_name":"labels","insert_body":{"id":"x"}}`, "labels.write"},
	} {
		t.Run(tc.name, func(t *testing.T) { // in order, since some make what others remove
			w := w.with(t)
			header := apitest.Rights(tc.rights)
			if tc.missing == "" {
				w.ok(tc.operation, tc.body, header)
				return
			}
			for range 2 { // the second time the shape may have been compiled for someone else
				f := w.refused(403, tc.operation, tc.body, header)
				require.Equal(t, "right_missing", f.Code)
				require.Equal(t, "the API key lacks the right "+tc.missing, f.Error)
				require.Empty(t, f.Hint)
				w.do(tc.operation, tc.body, apitest.Rights("people.read companies.read tickets.read labels.read ticket_labels.read"))
			}
		})
	}
	require.Equal(t, "(1,bug),(2,idea)", w.Value(t, "SELECT string_agg(l::text, ',' ORDER BY id) FROM labels l"))

	t.Run("hints name only what the caller may read", func(t *testing.T) {
		w := w.with(t)
		rights := apitest.Rights("people.read compani.read peopl.read")
		require.Equal(t, "did you mean people?", w.refused(400, fetch, `{"table_name":"peopl"}`, rights).Hint)
		require.Empty(t, w.refused(400, fetch, `{"table_name":"compani"}`, rights).Hint)
		hint := w.refused(400, fetch, `{"table_name":"people","select":{"nothing":{}}}`, rights).Hint
		require.Equal(t, "the relations of people are: people", hint)
	})
}

// TestRolesOfTheDatabase: what the database itself denies is 403.
func TestRolesOfTheDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE FUNCTION forbid() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE insufficient_privilege USING MESSAGE = 'permission denied for labels'; END $$;
		CREATE TRIGGER forbid BEFORE INSERT ON labels FOR EACH ROW EXECUTE FUNCTION forbid()`)
	f := w.refused(403, "PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":10,"label":"x"}}`)
	require.Equal(t, "role_permission_denied", f.Code)
	require.Equal(t, "42501", f.SQLState)
}
