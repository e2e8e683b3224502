package sqltext_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"athena/persistence/pgparse"
	"athena/persistence/sqltext"
)

// sound checks a compiled plan with PostgreSQL's own parser: it is one statement of
// its kind, each value is a parameter of it, and the caller's words are in it as quoted
// names alone.
func sound(t *testing.T, kind string, plan *sqltext.Plan, values []sqltext.Value) {
	t.Helper()
	args, err := plan.Args(values)
	if !accepted(t, err) {
		return
	}
	tree, err := pgparse.Parse(plan.SQL)
	require.NoError(t, err, plan.SQL)
	require.Len(t, tree.Stmts, 1, plan.SQL)
	statement := tree.Stmts[0].Stmt.ProtoReflect()
	require.EqualValues(t, kind, statement.WhichOneof(statement.Descriptor().Oneofs().Get(0)).Name(), plan.SQL)
	found := map[int32]bool{}
	visit(tree.ProtoReflect(), func(m proto.Message) {
		if p, ok := m.(*pg.ParamRef); ok {
			found[p.Number] = true
		}
	})
	numbers := slices.Sorted(maps.Keys(found))
	require.Len(t, args, len(numbers), plan.SQL)
	for i, n := range numbers {
		require.EqualValues(t, i+1, n, plan.SQL)
	}
	scanned, err := pgparse.Scan(plan.SQL)
	require.NoError(t, err)
	for _, token := range scanned {
		require.NotEqual(t, pg.Token_SQL_COMMENT, token.Token, plan.SQL)
		require.NotEqual(t, pg.Token_C_COMMENT, token.Token, plan.SQL)
		require.NotEqual(t, pg.Token_ASCII_59, token.Token, plan.SQL)
		if word := plan.SQL[token.Start:token.End]; strings.Contains(word, mark) {
			require.True(t, word[0] == '"' || word[0] == '\'', "%s stands bare in %s", word, plan.SQL)
		}
	}
}

// mark is what the seeds write as names and values; no statement of ours holds it.
const mark = "zqx"

func visit(m protoreflect.Message, do func(proto.Message)) {
	do(m.Interface())
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Message() == nil:
		case field.IsList():
			for i := range value.List().Len() {
				visit(value.List().Get(i).Message(), do)
			}
		default:
			visit(value.Message(), do)
		}
		return true
	})
}

// FuzzRead: whatever a query string says, it is refused or is one SELECT whose
// values are its parameters.
func FuzzRead(f *testing.F) {
	w := newWorld(f)
	f.Add("id,name", "name", "eq.zqx", "id.desc")
	f.Add("zqx:name::text,posts!author_id!inner(zqx:id,comments(id))", "posts.title", "like(any).{a,zqx}", "posts(title).desc")
	f.Add(`data->x->>"zqx'",age.sum()::text,...profiles(bio)`, "or", `(name.eq."zq,x",not.and(age.gt.1,tags.cs.{zqx}))`, `"camelCase".nullsfirst`)
	f.Add("*,initial,popular(id)", "name", "fts(english).zqx", "data->zqx")
	f.Add("created_at::date,homes,span", "data->>zqx", "in.(1,\"zqx\")", "id")
	f.Fuzz(func(t *testing.T, selected, key, value, order string) {
		r, err := parseQuery("users", "select", selected, key, value, "order", order)
		if !accepted(t, err) {
			return
		}
		plan, values, err := w.compile(r)
		if accepted(t, err) {
			sound(t, "select_stmt", plan, values)
		}
	})
}

// FuzzWrite: the same of the rows and conditions of writes.
func FuzzWrite(f *testing.F) {
	w := newWorld(f)
	f.Add([]byte(`{"name":"zqx"}`), "id", "id", "eq.1", "id,name")
	f.Add([]byte(`[{"name":"a","tags":["zqx"]},{"name":"b","data":{"zqx":1}}]`), "", "name", "neq.zqx", "*")
	f.Add([]byte(`{"camelCase":1.5e3,"home":"(zqx,1)","span":null}`), "name", "or", "(id.eq.1,name.is.null)", "zqx:id")
	f.Add([]byte(`{"zqx\" = 1; --":true}`), `zqx"`, `"zqx"`, "eq.1", `"zqx"`)
	f.Fuzz(func(t *testing.T, body []byte, conflict, key, value, returned string) {
		columns, rows, err := sqltext.ParseRows(body)
		if !accepted(t, err) || len(rows) == 0 {
			return
		}
		returning, err := sqltext.ParseSelect(returned)
		if !accepted(t, err) {
			return
		}
		where, err := sqltext.Filter(key, value)
		if !accepted(t, err) {
			return
		}
		users := sqltext.Name{Table: "users"}

		in := &sqltext.Insert{Into: users, Columns: columns, Rows: rows, Returning: returning}
		if conflict != "" {
			in.Conflict = &sqltext.Conflict{Columns: []string{conflict}, Merge: true}
		}
		_, values := sqltext.InsertKey(nil, nil, in)
		if plan, err := w.compiler.Insert(w.cat, w.path, in); accepted(t, err) {
			sound(t, "insert_stmt", plan, values)
		}

		u := &sqltext.Update{Table: users, Where: where, Returning: returning}
		for i, column := range columns {
			u.Set = append(u.Set, sqltext.Assignment{Column: column, Value: rows[0][i]})
		}
		_, values = sqltext.UpdateKey(nil, nil, u)
		if plan, err := w.compiler.Update(w.cat, w.path, u); accepted(t, err) {
			sound(t, "update_stmt", plan, values)
		}

		d := &sqltext.Delete{From: users, Where: where, Returning: returning}
		_, values = sqltext.DeleteKey(nil, nil, d)
		if plan, err := w.compiler.Delete(w.cat, w.path, d); accepted(t, err) {
			sound(t, "delete_stmt", plan, values)
		}
	})
}
