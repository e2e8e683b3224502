package sqltext_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

func TestKeyIsTheShapeWithoutTheValues(t *testing.T) {
	t.Parallel()
	key := func(pairs ...string) string {
		k, _ := sqltext.ReadKey(nil, nil, query(t, "users", pairs...))
		return string(k)
	}

	require.Equal(t, key("name", "eq.a", "limit", "1"), key("name", "eq.b", "limit", "1"))
	require.Equal(t, key("name", "eq.a", "limit", "2000"), key("name", "eq.b", "limit", "3000"))
	require.NotEqual(t, key("limit", "1"), key("limit", "2"), "the planner should know a usual limit")
	require.Equal(t, key("id", "in.(1)"), key("id", "in.(1,2,3)"))
	different := []string{
		key(), key("name", "eq.a"), key("name", "neq.a"), key("name", "not.eq.a"), key("name", "is.null"),
		key("name", "eq.a", "age", "eq.1"), key("or", "(name.eq.a,age.eq.1)"), key("limit", "1"), key("offset", "1"),
		key("order", "name"), key("order", "name.desc"), key("order", "name.nullsfirst"), key("select", "name"),
		key("select", "name::text"), key("select", "n:name"), key("select", "data->name"), key("select", "data->>name"),
		key("select", "name,age"), key("select", "posts(name)"), key("select", "posts!inner(name)"), key("select", "posts!x(name)"),
		key("select", "...posts(name)"), key("select", "posts()"), key("select", "posts(name)", "posts.limit", "1"),
		key("name::text", "eq.a"), key("name", "like(any).{a}"), key("name", "like(all).{a}"), key("name", "fts.a"), key("name", "fts(english).a"),
	}
	seen := make(map[string]int)
	for i, k := range different {
		j, dup := seen[k]
		require.False(t, dup, "%d and %d have the same key", i, j)
		seen[k] = i
	}
}

// A plan that was compiled for one request must serve another of the same key.
func TestPlansServeTheirShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shape := []string{"select", "id,posts!author_id(id)", "posts.likes", "gt.0", "posts.order", "id", "or", "(age.gt.20,name.in.(Bob))", "order", "id", "limit", "5000", "offset", "0"}
	plan, _, err := w.compile(query(t, "users", shape...))
	require.NoError(t, err)

	other := []string{"select", "id,posts!author_id(id)", "posts.likes", "gt.4", "posts.order", "id", "or", "(age.gt.40,name.in.(Bob,Cid))", "order", "id", "limit", "6000", "offset", "1"}
	_, values := sqltext.ReadKey(nil, nil, query(t, "users", other...))
	out, _, err := w.run(plan, values)
	require.NoError(t, err)
	require.JSONEq(t, `[{"id":2,"posts":[{"id":3}]},{"id":3,"posts":[]}]`, out)
}

func TestInsertKeys(t *testing.T) {
	t.Parallel()
	key := func(body string) string {
		k, _ := sqltext.InsertKey(nil, nil, insert(t, "users", body, "*"))
		return string(k)
	}

	require.Equal(t, key(`{"name":"a"}`), key(`{"name":null}`))
	require.NotEqual(t, key(`{"name":"a"}`), key(`{"name":{}}`), "a document may need another expression")
	require.Equal(t, key(`[{"name":"a"},{"name":"b"}]`), key(`[{"name":"a"},{"name":"b"},{"name":{}}]`))
	require.NotEqual(t, key(`[{"name":"a"},{"age":1}]`), key(`[{"name":"a","age":1},{"age":1}]`))
}

func TestKeyDoesNotAllocate(t *testing.T) {
	r := query(t, "users", "select", "id,name", "id", "eq.1", "order", "id")
	key, values := sqltext.ReadKey(nil, nil, r)
	allocs := testing.AllocsPerRun(100, func() { key, values = sqltext.ReadKey(key[:0], values[:0], r) })
	require.Zero(t, allocs)
}
