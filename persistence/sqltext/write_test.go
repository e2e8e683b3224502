package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
	"athena/wire"
)

// insert builds an insert from a JSON body.
func insert(t testing.TB, table, body, returning string) *sqltext.Insert {
	t.Helper()
	columns, rows, err := sqltext.ParseRows([]byte(body))
	require.NoError(t, err)
	return &sqltext.Insert{Into: sqltext.Name{Table: table}, Columns: columns, Rows: rows, Returning: items(t, returning)}
}

func items(t testing.TB, text string) []sqltext.Item {
	t.Helper()
	if text == "" {
		return nil
	}
	list, err := sqltext.ParseSelect(text)
	require.NoError(t, err)
	return list
}

func filter(t testing.TB, key, value string) sqltext.Cond {
	t.Helper()
	c, err := sqltext.Filter(key, value)
	require.NoError(t, err)
	return c
}

func (w *world) insert(in *sqltext.Insert) (string, int64) {
	w.Helper()
	_, values := sqltext.InsertKey(nil, nil, in)
	plan, err := w.compiler.Insert(w.cat, w.path, in)
	require.NoError(w, err)
	out, tag, err := w.run(plan, values)
	require.NoError(w, err, plan.SQL)
	return out, tag.RowsAffected()
}

func (w *world) update(u *sqltext.Update) (string, int64) {
	w.Helper()
	_, values := sqltext.UpdateKey(nil, nil, u)
	plan, err := w.compiler.Update(w.cat, w.path, u)
	require.NoError(w, err)
	out, tag, err := w.run(plan, values)
	require.NoError(w, err, plan.SQL)
	return out, tag.RowsAffected()
}

func (w *world) delete(d *sqltext.Delete) (string, int64) {
	w.Helper()
	_, values := sqltext.DeleteKey(nil, nil, d)
	plan, err := w.compiler.Delete(w.cat, w.path, d)
	require.NoError(w, err)
	out, tag, err := w.run(plan, values)
	require.NoError(w, err, plan.SQL)
	return out, tag.RowsAffected()
}

func TestInsertStoresEveryKindOfValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, column, value, want string }{
		{"text", "name", `"a'b\"c\\d\n\u00e9"`, `"a'b\"c\\d\n\u00e9"`},
		{"number into text", "name", `12.50`, `"12.50"`},
		{"object into text", "name", `{"a": [1]}`, `"{\"a\": [1]}"`},
		{"array into text", "name", `["a"]`, `"[\"a\"]"`},
		{"number", "age", `41`, `41`},
		{"number in a string", "age", `"41"`, `41`},
		{"null", "age", `null`, `null`},
		{"enum", "mood", `"sad"`, `"sad"`},
		{"array", "tags", `["a,b", "c\"d", "\\", null, "NULL", ""]`, `["a,b", "c\"d", "\\", null, "NULL", ""]`},
		{"empty array", "tags", `[]`, `[]`},
		{"array literal", "tags", `"{x,y}"`, `["x","y"]`},
		{"nested array", "tags", `[["a","b"],["c","d"]]`, `[["a","b"],["c","d"]]`},
		{"object into jsonb", "data", `{"a": [1, {"b": null}]}`, `{"a": [1, {"b": null}]}`},
		{"array into jsonb", "data", `["a", 1]`, `["a", 1]`},
		{"string into jsonb", "data", `"just text"`, `"just text"`},
		{"string that looks like JSON", "data", `"{\"a\":1}"`, `"{\"a\":1}"`},
		{"number into jsonb", "data", `1.10`, `1.10`},
		{"bool into jsonb", "data", `true`, `true`},
		{"object into json", "doc", `{"b":1,"a":2}`, `{"b":1,"a":2}`},
		{"array of documents", "notes", `[{"a":1}, "s", [1,2], null]`, `[{"a":1}, "s", [1,2], null]`},
		{"composite", "home", `{"street": "Low, \"Rd\"", "zip": 5}`, `{"street": "Low, \"Rd\"", "zip": 5}`},
		{"composite literal", "home", `"(Elm,7)"`, `{"street": "Elm", "zip": 7}`},
		{"array of composites", "homes", `[{"street": "A", "zip": 1}, {"street": "B"}]`, `[{"street": "A", "zip": 1}, {"street": "B", "zip": null}]`},
		{"date", "born", `"2020-02-29"`, `"2020-02-29"`},
		{"range", "span", `"[1,3)"`, `"[1,3)"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := *w
			w.TB = t
			row := `{"name": "x", "` + tc.column + `": ` + tc.value + `}`
			if tc.column == "name" {
				row = `{"name": ` + tc.value + `}`
			}
			want := `[{"` + tc.column + `": ` + tc.want + `}]`
			out, n := w.insert(insert(t, "users", row, tc.column))
			require.JSONEq(t, want, out)
			require.EqualValues(t, 1, n)

			if tc.name == "array literal" || tc.name == "composite literal" {
				return // a document has a form of its own for these
			}
			out, n = w.insert(insert(t, "users", "["+row+","+row+"]", tc.column))
			require.JSONEq(t, "["+want[1:len(want)-1]+","+want[1:len(want)-1]+"]", out, "many rows agree with one")
			require.EqualValues(t, 2, n)

			out, n = w.update(&sqltext.Update{
				Table: sqltext.Name{Table: "users"}, Set: assignments(t, row), Where: filter(t, "id", "eq.3"), Returning: items(t, tc.column)})
			require.JSONEq(t, want, out, "an update agrees with an insert")
			require.EqualValues(t, 1, n)
		})
	}
}

func assignments(t testing.TB, body string) []sqltext.Assignment {
	t.Helper()
	columns, rows, err := sqltext.ParseRows([]byte(body))
	require.NoError(t, err)
	set := make([]sqltext.Assignment, len(columns))
	for i, c := range columns {
		set[i] = sqltext.Assignment{Column: c, Value: rows[0][i]}
	}
	return set
}

func TestInsertOfUnlikeRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	in := insert(t, "users", `[{"name":"a","mood":"sad"},{"name":"b"},{"name":"c","mood":null}]`, "name,mood")
	out, _ := w.insert(in)
	require.JSONEq(t, `[{"name":"a","mood":"sad"},{"name":"b","mood":"ok"},{"name":"c","mood":null}]`, out)

	in.Missing = sqltext.MissingNull
	out, _ = w.insert(in)
	require.JSONEq(t, `[{"name":"a","mood":"sad"},{"name":"b","mood":null},{"name":"c","mood":null}]`, out)
}

func TestInsertOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `CREATE TABLE things (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int DEFAULT 7)`)

	out, n := w.insert(insert(t, "things", `{}`, "*"))
	require.JSONEq(t, `[{"id":1,"n":7}]`, out)
	require.EqualValues(t, 1, n)
	out, n = w.insert(insert(t, "things", `[{},{}]`, "n"))
	require.JSONEq(t, `[{"n":7},{"n":7}]`, out)
	require.EqualValues(t, 2, n)
	out, n = w.insert(insert(t, "things", `[]`, "n"))
	require.JSONEq(t, `[]`, out)
	require.EqualValues(t, 0, n)
}

func TestInsertOnConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	in := insert(t, "tags", `[{"id":1,"label":"rust"},{"id":9,"label":"zig"}]`, "id,label")
	in.Conflict = &sqltext.Conflict{}
	out, n := w.insert(in)
	require.JSONEq(t, `[{"id":9,"label":"zig"}]`, out)
	require.EqualValues(t, 1, n)

	in.Conflict = &sqltext.Conflict{Merge: true}
	out, _ = w.insert(in)
	require.JSONEq(t, `[{"id":1,"label":"rust"},{"id":9,"label":"zig"}]`, out)

	in = insert(t, "tags", `{"id":50,"label":"sql"}`, "id,label")
	in.Conflict = &sqltext.Conflict{Merge: true, Columns: []string{"label"},
		Set: []sqltext.Assignment{{Column: "label", Value: sqltext.String("SQL")}}}
	out, _ = w.insert(in)
	require.JSONEq(t, `[{"id":2,"label":"SQL"}]`, out)

	in = insert(t, "post_tags", `{"post_id":1,"tag_id":1}`, "*")
	in.Conflict = &sqltext.Conflict{Merge: true}
	out, _ = w.insert(in)
	require.JSONEq(t, `[{"post_id":1,"tag_id":1}]`, out, "a row that is all key comes back")

	in = insert(t, "keyless", `{"n":1}`, "*")
	in.Conflict = &sqltext.Conflict{Merge: true}
	_, err := w.compiler.Insert(w.cat, w.path, in)
	require.Contains(t, problem(t, err).Hint, "on_conflict")
}

func TestWritesAnswerEmbeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	out, n := w.insert(insert(t, "posts", `{"author_id":1,"title":"new"}`, "title,author:author_id(name,initial),tags(label)"))
	require.JSONEq(t, `[{"title":"new","author":{"name":"Ann","initial":"A"},"tags":[]}]`, out)
	require.EqualValues(t, 1, n)

	out, n = w.update(&sqltext.Update{Table: sqltext.Name{Table: "users"}, Set: assignments(t, `{"name":"Zoe"}`),
		Where: filter(t, "id", "eq.1"), Returning: items(t, "name,initial,posts!author_id(title)")})
	require.JSONEq(t, `[{"name":"Zoe","initial":"Z","posts":[{"title":"alpha"},{"title":"beta"},{"title":"new"}]}]`, out)
	require.EqualValues(t, 1, n)

	out, n = w.delete(&sqltext.Delete{From: sqltext.Name{Table: "comments"}, Where: filter(t, "id", "lt.3"),
		Returning: items(t, "id,posts(title)")})
	require.JSONEq(t, `[{"id":1,"posts":{"title":"alpha"}},{"id":2,"posts":{"title":"alpha"}}]`, out)
	require.EqualValues(t, 2, n)
}

func TestBoundedChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := int64(1), int64(2)
	byID := []sqltext.Order{{Operand: sqltext.Operand{Name: "id"}, Desc: true}}

	out, n := w.update(&sqltext.Update{Table: sqltext.Name{Table: "users"}, Set: assignments(t, `{"age":1}`),
		Where: &sqltext.And{}, Order: byID, Limit: &two, Offset: &one, Returning: items(t, "id")})
	require.EqualValues(t, 2, n)
	require.Contains(t, out, `{"id":3}`)
	require.Contains(t, out, `{"id":2}`)

	_, n = w.delete(&sqltext.Delete{From: sqltext.Name{Table: "keyless"}, Where: filter(t, "n", "eq.1"),
		Order: []sqltext.Order{{Operand: sqltext.Operand{Name: "word"}}}, Limit: &one})
	require.EqualValues(t, 1, n)
	require.JSONEq(t, `[{"n":1,"word":"b"},{"n":2,"word":"c"}]`, w.ask("SELECT * FROM keyless ORDER BY word"))

	out, n = w.delete(&sqltext.Delete{From: sqltext.Name{Table: "post_tags"}, Where: filter(t, "post_id", "eq.1"),
		Order: []sqltext.Order{{Operand: sqltext.Operand{Name: "tag_id"}}}, Limit: &one, Returning: items(t, "posts(title),tag_id")})
	require.JSONEq(t, `[{"posts":{"title":"alpha"},"tag_id":1}]`, out)
	require.EqualValues(t, 1, n)
}

func TestChangesNeedACondition(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	_, err := w.compiler.Delete(w.cat, w.path, &sqltext.Delete{From: sqltext.Name{Table: "users"}})
	require.Equal(t, wire.MissingFilter, problem(t, err).Code)
	_, err = w.compiler.Update(w.cat, w.path, &sqltext.Update{Table: sqltext.Name{Table: "users"}, Set: assignments(t, `{"age":1}`)})
	require.Equal(t, wire.MissingFilter, problem(t, err).Code)
	_, err = w.compiler.Update(w.cat, w.path, &sqltext.Update{Table: sqltext.Name{Table: "users"}, Where: &sqltext.And{}})
	require.Equal(t, wire.InvalidRequest, problem(t, err).Code)
}

func TestUpdateRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	columns, rows, err := sqltext.ParseRows([]byte(`[{"id":1,"name":"One","tags":["x"]},{"id":2,"name":"Two","tags":null},{"id":77,"name":"no","tags":[]}]`))
	require.NoError(t, err)
	u := &sqltext.UpdateRows{Table: sqltext.Name{Table: "users"}, Columns: columns, Rows: rows, Returning: items(t, "id,name,tags")}
	_, values := sqltext.UpdateRowsKey(nil, nil, u)
	plan, err := w.compiler.UpdateRows(w.cat, w.path, u)
	require.NoError(t, err)
	out, tag, err := w.run(plan, values)
	require.NoError(t, err, plan.SQL)
	require.EqualValues(t, 2, tag.RowsAffected())
	require.JSONEq(t, `[{"id":1,"name":"One","tags":["x"]},{"id":2,"name":"Two","tags":null}]`, out)

	u.Rows[1][1] = sqltext.Value{}
	_, err = w.compiler.UpdateRows(w.cat, w.path, u)
	require.Equal(t, "name", problem(t, err).Field)
	u.Columns, u.Rows = []string{"name"}, nil
	_, err = w.compiler.UpdateRows(w.cat, w.path, u)
	require.Contains(t, problem(t, err).Detail, `"id"`)
}

func TestParametersKnowTheirColumn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	plan, values, err := w.compile(query(t, "users", "name", "eq.x", "age", "gt.old", "limit", "3000"))
	require.NoError(t, err)
	require.Equal(t, []string{"name", "age", "limit"}, plan.ParamColumns)
	_, _, err = w.run(plan, values)
	require.ErrorContains(t, err, "invalid input syntax for type integer")
}
