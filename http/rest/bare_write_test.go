package rest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	rows    = "Prefer: return=representation"
	merge   = "Prefer: resolution=merge-duplicates"
	address = "Prefer: return=headers-only"
)

// writeCase is a write without an envelope, and what it answers.
type writeCase struct {
	name, operation, body string
	headers               []string
	status                int
	want                  string
	// has are headers of the answer; an empty one is not there.
	has map[string]string
}

// writes does each of the writes in a tenant of its own, beside tables of its own.
func writes(t *testing.T, schema string, cases []writeCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Exec(t, schema)
			reply := w.bare(tc.operation, tc.body, tc.headers...)
			require.Equal(t, tc.status, reply.Status, reply.Body)
			if tc.want == "" {
				require.Empty(t, reply.Body)
			} else {
				require.JSONEq(t, tc.want, reply.Body)
			}
			for name, value := range tc.has {
				require.Equal(t, value, string(reply.Header.Peek(name)), name)
			}
		})
	}
}

// TestBareUpserts tells apart what was made and what was there.
func TestBareUpserts(t *testing.T) {
	t.Parallel()
	applied := map[string]string{"Preference-Applied": "resolution=merge-duplicates, return=representation"}
	writes(t, `CREATE TABLE parts (name text, year int, n int, PRIMARY KEY (name, year)) PARTITION BY LIST (year);
		CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
		INSERT INTO parts VALUES ('a', 1, 1);
		CREATE VIEW spots AS SELECT place AS p, room AS r, name FROM shelves; INSERT INTO shelves VALUES (8, 1, 'x')`, []writeCase{
		{"made", "POST /rest/v1/labels", `{"id":9,"label":"x"}`, []string{rows, merge}, 201, `[{"id":9,"label":"x"}]`, applied},
		{"merged", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, []string{rows, merge}, 200, `[{"id":1,"label":"x"}]`, applied},
		{"merged, without rows", "POST /rest/v1/labels", `[{"id":1,"label":"x"},{"id":2,"label":"y"}]`, []string{merge}, 200, ``, map[string]string{"Content-Range": "*/*"}},
		{"merged, counted", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, []string{merge, "Prefer: count=exact"}, 200, ``, map[string]string{"Content-Range": "*/1"}},
		{"both", "POST /rest/v1/labels?select=id", `[{"id":1,"label":"x"},{"id":9,"label":"y"},{"id":2,"label":"z"}]`, []string{rows, merge}, 201, `[{"id":1},{"id":9},{"id":2}]`, nil},
		{"merged, in order", "POST /rest/v1/labels?select=id&order=id.desc", `[{"id":1,"label":"x"},{"id":2,"label":"y"}]`, []string{rows, merge}, 200, `[{"id":2},{"id":1}]`, nil},
		{"merged, with relations", "POST /rest/v1/people?select=id,companies(name)", `[{"id":1,"name":"A"},{"id":4,"name":"D"}]`, []string{rows, merge}, 200, `[{"id":1,"companies":{"name":"Acme"}},{"id":4,"companies":{"name":"Globex"}}]`, nil},
		{"merged, as one row", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, []string{rows, merge, one}, 200, `{"id":1,"label":"x"}`, nil},
		{"merged, undone", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, []string{rows, merge, "Prefer: tx=rollback"}, 200, `[{"id":1,"label":"x"}]`, nil},
		{"no rows", "POST /rest/v1/labels", `[]`, []string{rows, merge}, 200, `[]`, nil},
		{"kept as it was", "POST /rest/v1/labels", `{"id":1,"label":"x"}`, []string{rows, "Prefer: resolution=ignore-duplicates"}, 201, `[]`, nil},
		{"in partitions", "POST /rest/v1/parts", `[{"name":"a","year":1,"n":2},{"name":"a","year":2,"n":3}]`, []string{rows, merge}, 201, `[{"name":"a","year":1,"n":2},{"name":"a","year":2,"n":3}]`, nil},
		{"merged in a partition", "POST /rest/v1/parts", `{"name":"a","year":1,"n":2}`, []string{merge}, 200, ``, nil},
		{"through a view", "POST /rest/v1/spots", `{"p":1,"r":8,"name":"y"}`, []string{rows, merge}, 200, `[{"p":1,"r":8,"name":"y"}]`, nil},
		{"where there is no key", "POST /rest/v1/notes", `{"n":9,"line":"x"}`, []string{rows, merge}, 201, `[{"n":9,"line":"x"}]`, map[string]string{"Preference-Applied": "return=representation"}},
		{"put anew", "PUT /rest/v1/labels?id=eq.9", `{"id":9,"label":"x"}`, []string{rows}, 201, `[{"id":9,"label":"x"}]`, nil},
		{"put anew, without rows", "PUT /rest/v1/labels?id=eq.9", `{"id":9,"label":"x"}`, nil, 204, ``, nil},
		{"put in place", "PUT /rest/v1/labels?id=eq.1", `{"id":1,"label":"x"}`, []string{rows}, 200, `[{"id":1,"label":"x"}]`, nil},
		{"put through a view", "PUT /rest/v1/spots?r=eq.8&p=eq.2", `{"p":2,"r":8,"name":"y"}`, []string{rows}, 201, `[{"p":2,"r":8,"name":"y"}]`, nil},
	})
}

// TestBareInserts has addresses of views and bodies whose rows differ.
func TestBareInserts(t *testing.T) {
	t.Parallel()
	writes(t, `CREATE VIEW spots AS SELECT place AS p, room AS r FROM shelves;
		CREATE VIEW placed AS SELECT b.id AS book, s.room, s.place FROM books b LEFT JOIN shelves s USING (room, place);
		CREATE FUNCTION place() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO books (id) VALUES (NEW.book); RETURN NEW; END';
		CREATE TRIGGER place INSTEAD OF INSERT ON placed FOR EACH ROW EXECUTE FUNCTION place()`, []writeCase{
		{"address in a view", "POST /rest/v1/spots", `{"p":3,"r":9}`, []string{address}, 201, ``, map[string]string{"Location": "/rest/v1/spots?r=eq.9&p=eq.3"}},
		{"address in a view of two tables", "POST /rest/v1/placed", `{"book":9}`, []string{address}, 201, ``, map[string]string{"Location": "/rest/v1/placed?book=eq.9&room=is.null&place=is.null"}},
		{"address without a key", "POST /rest/v1/notes", `{"n":9}`, []string{address}, 201, ``, map[string]string{"Location": ""}},
		{"no address of a change", "PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, []string{address}, 204, ``, map[string]string{"Location": "", "Content-Range": "0-0/*"}},
		{"rows with gaps and their defaults", "POST /rest/v1/fresh?select=name,note", `[{"name":"a"},{"name":"b","note":"n"}]`, []string{rows, "Prefer: missing=default"}, 201,
			`[{"name":"a","note":"default"},{"name":"b","note":"n"}]`, map[string]string{"Preference-Applied": "missing=default, return=representation"}},
		{"rows with gaps and columns", "POST /rest/v1/fresh?columns=name,note&select=note", `[{"name":"a"},{"name":"b","note":"n"}]`, []string{rows}, 201, `[{"note":null},{"note":"n"}]`, nil},
	})
}

// TestBareUpdates has changes that change nothing, and columns that the body lacks.
func TestBareUpdates(t *testing.T) {
	t.Parallel()
	nothing := map[string]string{"Content-Range": "*/*"}
	writes(t, "", []writeCase{
		{"no value", "PATCH /rest/v1/labels", `{}`, nil, 204, ``, nothing},
		{"no value, with rows", "PATCH /rest/v1/labels?id=eq.1&select=id", `{}`, []string{rows}, 200, `[]`, nothing},
		{"no row", "PATCH /rest/v1/labels", `[]`, nil, 204, ``, nothing},
		{"no row, with rows", "PATCH /rest/v1/people?select=id,companies(name)", `[]`, []string{rows}, 200, `[]`, nothing},
		{"a row without values", "PATCH /rest/v1/labels", `[{}]`, []string{"Prefer: count=exact"}, 204, ``, map[string]string{"Content-Range": "*/0"}},
		{"a column that the body lacks", "PATCH /rest/v1/fresh?name=eq.none&columns=name,note&select=name,note", `{"name":"x"}`, []string{rows}, 200, `[]`, nil},
	})
	w := newWorld(t)
	w.Exec(t, "INSERT INTO fresh (name, note) VALUES ('a', 'n')")
	const change = "PATCH /rest/v1/fresh?name=eq.a&columns=name,note&select=name,note"
	require.JSONEq(t, `[{"name":"a","note":null}]`, w.bare(change, `{"name":"a"}`, rows).Body)
	require.JSONEq(t, `[{"name":"a","note":"default"}]`, w.bare(change, `{"name":"a"}`, rows, "Prefer: missing=default").Body)
}

// TestApplied tells the preferences that an operation knows, in one order.
func TestApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const all = "Prefer: max-affected=9, handling=strict, tx=rollback, count=exact, return=representation, missing=default, resolution=merge-duplicates"
	for _, tc := range []struct{ operation, body, want string }{
		{"GET /rest/v1/labels", "", "count=exact, tx=rollback, handling=strict"},
		{"HEAD /rest/v1/labels", "", "count=exact, tx=rollback, handling=strict"},
		{"POST /rest/v1/labels", `{"id":1,"label":"x"}`, "resolution=merge-duplicates, missing=default, return=representation, count=exact, tx=rollback, handling=strict, max-affected=9"},
		{"PUT /rest/v1/labels?id=eq.1", `{"id":1,"label":"x"}`, "return=representation, count=exact, tx=rollback, handling=strict, max-affected=9"},
		{"PATCH /rest/v1/labels?id=eq.1", `{"label":"x"}`, "missing=default, return=representation, count=exact, tx=rollback, handling=strict, max-affected=9"},
		{"DELETE /rest/v1/books?id=eq.1", "", "return=representation, count=exact, tx=rollback, handling=strict, max-affected=9"},
	} {
		reply := w.bare(tc.operation, tc.body, all)
		require.Less(t, reply.Status, 300, reply.Body)
		require.Equal(t, tc.want, string(reply.Header.Peek("Preference-Applied")), tc.operation)
	}
	reply := w.bare("DELETE /rest/v1/books?id=gt.0", "", "Prefer: handling=lenient, max-affected=1, tx=rollback")
	require.Equal(t, 204, reply.Status, "a limit that the caller lets pass")
	require.Equal(t, "tx=rollback, handling=lenient", string(reply.Header.Peek("Preference-Applied")))
}

// TestUndoneIsChecked: what would fail at the commit fails as well where all is undone.
func TestUndoneIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, "CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
	for _, tx := range []string{"commit", "rollback"} {
		reply := w.bare("POST /rest/v1/late", `[{"n":1},{"n":1}]`, "Prefer: tx="+tx)
		require.Equal(t, 409, reply.Status, tx)
		require.Contains(t, reply.Body, `"code":"23505"`)
	}
}
