package sqltext_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

// accepted checks what every parser promises: no panic, and a problem of the 400s
// with a message of decent length for whatever it refuses.
func accepted(t *testing.T, err error) bool {
	if err == nil {
		return true
	}
	p := problem(t, err)
	require.Equal(t, 400, p.Code.Status)
	require.NotEmpty(t, p.Detail)
	require.Less(t, len(p.Detail), 600)
	return false
}

func FuzzParseSelect(f *testing.F) {
	for _, seed := range []string{"*", "id,name", "a:b::int.sum()::text", "x:s.t!h!inner(a,...b(c))", `"q.""x"->a->>0`, "count()", "a->-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		items, err := sqltext.ParseSelect(text)
		if accepted(t, err) {
			require.NotEmpty(t, items)
			key, _ := sqltext.ReadKey(nil, nil, &sqltext.Read{Items: items})
			again, _ := sqltext.ReadKey(nil, nil, &sqltext.Read{Items: items})
			require.Equal(t, key, again)
		}
	})
}

func FuzzParseCSV(f *testing.F) {
	for _, seed := range []string{"a,b\n1,NULL\n", "a\n\"x\"\"y\"\n", "\ufeffa,\"b c\"\r\n,\r\n", "a,a\n", "a\n1,2\n", "\"a\n", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		columns, rows, err := sqltext.ParseCSV(body)
		if accepted(t, err) {
			requireRows(t, columns, rows)
		}
	})
}

func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"a=1&b=x+%26", "a", "a=1&a=2", "=1", "%zz=1", "a=%00", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		columns, rows, err := sqltext.ParseForm(body)
		if accepted(t, err) {
			requireRows(t, columns, rows)
			call := &sqltext.Call{}
			require.NoError(t, call.AddForm(nil, body))
			require.Len(t, call.Args, len(columns))
		}
	})
}

// requireRows checks what the parsers of rows promise: a name for each value, and none
// twice.
func requireRows(t *testing.T, columns []string, rows [][]sqltext.Value) {
	t.Helper()
	require.NotEmpty(t, columns)
	seen := map[string]bool{}
	for _, name := range columns {
		require.NotEmpty(t, name)
		require.False(t, seen[name])
		seen[name] = true
	}
	for _, row := range rows {
		require.Len(t, row, len(columns))
	}
}

func FuzzAddFilter(f *testing.F) {
	for _, seed := range [][2]string{
		{"a", "eq.1"}, {"a.not.in", "(1,\"2\")"}, {"or", "(a.eq.1,not.and(b.is.null,c.fts(english).x))"},
		{"posts.a->>b", "like(any).{x*,null}"}, {"posts.order", "a.desc"}, {"limit", "7"}, {"not.or", "(p.q.cs.{1})"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		items, err := sqltext.ParseSelect("id,posts(id)")
		require.NoError(t, err)
		r := &sqltext.Read{Items: items}
		before, none := sqltext.ReadKey(nil, nil, r)
		require.Empty(t, none)
		if accepted(t, sqltext.AddFilter(r, key, value)) {
			after, _ := sqltext.ReadKey(nil, nil, r)
			require.NotEqual(t, before, after, "a parameter that was accepted must count")
		}
	})
}

func FuzzParseLogic(f *testing.F) {
	for _, seed := range []string{"a.eq.1", "(a.eq.1,b.gt.2)", "and(a.eq.1,or(b.in.(1,2),c.not.is.null))", `a.b.c.eq."x"`, "s.sl.[1,2)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := sqltext.ParseOr(text)
		if accepted(t, err) {
			require.NotNil(t, c)
		}
		_, err = sqltext.ParseNot(text)
		accepted(t, err)
	})
}

func FuzzParseOrder(f *testing.F) {
	for _, seed := range []string{"a", "a.desc.nullslast,b(c).asc", `"x.y"->z.nullsfirst`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		orders, err := sqltext.ParseOrder(text)
		if accepted(t, err) {
			require.NotEmpty(t, orders)
		}
	})
}

func FuzzParseRows(f *testing.F) {
	for _, seed := range []string{`{}`, `[{"a":1,"b":[{"c":"]"}]}]`, `{"a":"\ud83d\ude00\"","b":null}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		columns, rows, err := sqltext.ParseRows(body)
		if !accepted(t, err) {
			return
		}
		require.True(t, json.Valid(body))
		for _, row := range rows {
			require.Len(t, row, len(columns))
		}
		in := &sqltext.Insert{Columns: columns, Rows: rows, Missing: sqltext.MissingNull}
		if _, values := sqltext.InsertKey(nil, nil, in); len(rows) != 1 {
			require.True(t, json.Valid([]byte(values[0].Text)), "the document of many rows is JSON")
		}
	})
}

func FuzzNewCompare(f *testing.F) {
	for _, seed := range [][3]string{{"a", "eq", `"x"`}, {"a->b", "in", `[1,null]`}, {"a::int", "is", `true`}, {"c", "contains", `{"a":[1]}`}} {
		f.Add(seed[0], seed[1], []byte(seed[2]))
	}
	f.Fuzz(func(t *testing.T, column, operator string, body []byte) {
		v, err := sqltext.ParseValue(body)
		if !accepted(t, err) {
			return
		}
		o, err := sqltext.ParseOperand(column)
		if !accepted(t, err) {
			return
		}
		c, err := sqltext.NewCompare(o, operator, v)
		if accepted(t, err) {
			require.NotNil(t, c)
		}
	})
}
