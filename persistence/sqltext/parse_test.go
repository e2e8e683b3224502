package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
	"athena/wire"
)

func TestParseSelect(t *testing.T) {
	t.Parallel()
	column := func(name string) *sqltext.Column { return &sqltext.Column{Operand: sqltext.Operand{Name: name}} }
	for _, tc := range []struct {
		text string
		want []sqltext.Item
	}{
		{"", []sqltext.Item{&sqltext.Star{}}},
		{"*", []sqltext.Item{&sqltext.Star{}}},
		{" id , name ", []sqltext.Item{column("id"), column("name")}},
		{`"a.b","c""d","e\"f",first name`, []sqltext.Item{column("a.b"), column(`c"d`), column(`e"f`), column("first name")}},
		{"price::numeric(10,2)", []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: "price", Cast: "numeric(10,2)"}}}},
		{"p:price::public.money[]", []sqltext.Item{&sqltext.Column{Alias: "p", Operand: sqltext.Operand{Name: "price", Cast: "public.money[]"}}}},
		{"n:count()", []sqltext.Item{&sqltext.Column{Alias: "n", Aggregate: sqltext.Count}}},
		{"amount::int.sum()::text", []sqltext.Item{&sqltext.Column{
			Operand: sqltext.Operand{Name: "amount", Cast: "int"}, Aggregate: sqltext.Sum, AggregateCast: "text"}}},
		{"users:athena.users!hint!inner(id,username)", []sqltext.Item{&sqltext.Embed{
			Relation: sqltext.Name{Schema: "athena", Table: "users"}, Alias: "users", Hint: "hint", Inner: true,
			Read: sqltext.Read{Items: []sqltext.Item{column("id"), column("username")}}}}},
		{"...spread(a)", []sqltext.Item{&sqltext.Embed{Relation: sqltext.Name{Table: "spread"}, Spread: true,
			Read: sqltext.Read{Items: []sqltext.Item{column("a")}}}}},
		{"a->b->0->>-1", []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: "a", Path: []sqltext.Step{
			{Key: "b"}, {Key: "0", Index: true}, {Key: "-1", Index: true, Text: true}}}}}},
		{`a->"0"`, []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: "a", Path: []sqltext.Step{{Key: "0"}}}}}},
		{"some-name", []sqltext.Item{column("some-name")}},
	} {
		got, err := sqltext.ParseSelect(tc.text)
		require.NoError(t, err, tc.text)
		require.Equal(t, tc.want, got, tc.text)
	}
}

func TestParseErrorsTellThePlace(t *testing.T) {
	t.Parallel()
	parseSelect := func(text string) error { _, err := sqltext.ParseSelect(text); return err }
	parseOrder := func(text string) error { _, err := sqltext.ParseOrder(text); return err }
	parseOr := func(text string) error { _, err := sqltext.ParseOr(text); return err }
	parseNot := func(text string) error { _, err := sqltext.ParseNot(text); return err }
	for _, tc := range []struct {
		name  string
		parse func(string) error
		text  string
		want  string
	}{
		{"nothing between commas", parseSelect, "id,,name", "a name at character 4"},
		{"trailing comma", parseSelect, "id,", "a name at character 4, at the end"},
		{"unclosed embed", parseSelect, "id,posts(id", `")" at character 12`},
		{"too many parentheses", parseSelect, "id)", "unexpected text at character 3"},
		{"unclosed quote", parseSelect, `é,"abc`, "quote is not closed at character 3"},
		{"not a type", parseSelect, "id::int;drop", "a type at character 5"},
		{"nothing behind an arrow", parseSelect, "a->", "member or a position"},
		{"arrow behind text", parseSelect, "a->>b->c", "nothing can follow"},
		{"dotted column", parseSelect, "users.name", "in parentheses"},
		{"two hints", parseSelect, "a!b!c(d)", "second hint"},
		{"long name", parseSelect, strings.Repeat("x", 64), "longer than 63 bytes"},
		{"NUL", parseSelect, "a\x00", "NUL"},
		{"not UTF-8", parseSelect, "a\xff", "UTF-8"},
		{"deep", parseSelect, strings.Repeat("a(", 40) + "b" + strings.Repeat(")", 40), "nested more than 16 deep"},
		{"wide", parseSelect, strings.Repeat("a,", 600) + "a", "more than 500 items"},
		{"direction twice", parseOrder, "a.asc.desc", "character 7"},
		{"unknown direction", parseOrder, "a.up", "expected asc"},
		{"empty order", parseOrder, "", "a name"},
		{"empty or", parseOr, "()", "a name at character 2"},
		{"unclosed list", parseOr, "a.in.(1,2", "at the end of a list"},
		{"text behind a quoted value", parseOr, `a.eq."x"y`, "behind a quoted value"},
		{"unclosed brace", parseOr, `a.cs.{1,2`, "bracket is not closed"},
		{"deep logic", parseOr, strings.Repeat("and(", 40) + "a.eq.1" + strings.Repeat(")", 40), "nested more than 16 deep"},
		{"modifier", parseNot, "a.neq(any).1", "cannot be modified"},
		{"no operator", parseNot, "a", `"."`},
	} {
		p := problem(t, tc.parse(tc.text))
		require.Contains(t, p.Detail, tc.want, tc.name)
		require.Equal(t, 400, p.Code.Status, tc.name)
	}
}

func TestNewCompare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	value := func(text string) sqltext.Value {
		v, err := sqltext.ParseValue([]byte(text))
		require.NoError(t, err)
		return v
	}
	for _, tc := range []struct{ column, operator, value, want string }{
		{"name", "eq", `"Ann"`, `[{"id":1}]`},
		{"age", "=", `17`, `[{"id":2}]`},
		{"age", "eq", `null`, `[{"id":3}]`},
		{"age", "neq", `null`, `[{"id":1},{"id":2},{"id":4}]`},
		{"age", "is", `null`, `[{"id":3}]`},
		{"id", "in", `[1, "2"]`, `[{"id":1},{"id":2}]`},
		{"id", "in", `"(1,2)"`, `[{"id":1},{"id":2}]`},
		{"id", "in", `"4"`, `[{"id":4}]`},
		{"tags", "contains", `["a"]`, `[{"id":1}]`},
		{"tags", "containedBy", `["a","b","c"]`, `[{"id":1},{"id":2}]`},
		{"data", "contains", `{"s":"two"}`, `[{"id":2}]`},
		{"data", "contains", `[1]`, `[{"id":4}]`},
		{"data", "contains", `"{\"s\":\"one\"}"`, `[{"id":1}]`},
		{"data->s", "eq", `"one"`, `[{"id":1}]`},
		{"name", "like", `"%n%"`, `[{"id":1}]`},
	} {
		o, err := sqltext.ParseOperand(tc.column)
		require.NoError(t, err)
		c, err := sqltext.NewCompare(o, tc.operator, value(tc.value))
		require.NoError(t, err)
		r := query(t, "users", "select", "id", "order", "id")
		r.Narrow(c)
		require.JSONEq(t, tc.want, w.read(r), "%s %s %s", tc.column, tc.operator, tc.value)
	}
	for _, tc := range []struct{ operator, value, want string }{
		{"equals", `1`, "not an operator"},
		{"gt", `null`, "never holds"},
		{"is", `"maybe"`, "is cannot compare"},
		{"in", `{}`, "wants a list"},
		{"eq", `"a\u0000b"`, "NUL"},
	} {
		v, err := sqltext.ParseValue([]byte(tc.value))
		if err == nil {
			_, err = sqltext.NewCompare(sqltext.Operand{Name: "age"}, tc.operator, v)
		}
		require.Contains(t, problem(t, err).Detail, tc.want)
	}
}

func TestCasts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	r := query(t, "users", "select", "id")
	r.Narrow(&sqltext.Compare{Operand: sqltext.Operand{Name: "id", Cast: "text"}, Op: sqltext.Eq, Value: sqltext.String("1")})
	r.Narrow(&sqltext.Compare{Operand: sqltext.Operand{Name: "id"}, Op: sqltext.In, Value: sqltext.List(sqltext.String("1")), ValueCast: "integer"})
	require.JSONEq(t, `[{"id":1}]`, w.read(r))
}

func TestParseRowsRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		body string
		code wire.Code
	}{
		{``, wire.InvalidJSON},
		{`{`, wire.InvalidJSON},
		{`1`, wire.InvalidRequest},
		{`[1]`, wire.InvalidRequest},
		{`[{"a":1},[]]`, wire.InvalidRequest},
		{`{"":1}`, wire.InvalidRequest},
		{`{"` + strings.Repeat("x", 64) + `":1}`, wire.InvalidRequest},
		{`{"a":"\u0000"}`, wire.InvalidValue},
		{`{"a":{"b":"\u0000"}}`, wire.InvalidValue},
		{"{\"a\":\"\xff\"}", wire.InvalidJSON},
	} {
		_, _, err := sqltext.ParseRows([]byte(tc.body))
		require.Equal(t, tc.code, problem(t, err).Code, tc.body)
	}
	_, rows, err := sqltext.ParseRows([]byte(` [ { "a" : "x\\u0000" , "b":[1 , {"c":"]}"} ] } , {"b" : null} ] `))
	require.NoError(t, err, "an escaped backslash is no NUL")
	require.Equal(t, [][]sqltext.Value{
		{sqltext.String(`x\u0000`), sqltext.JSON(`[1 , {"c":"]}"} ]`)},
		{{}, sqltext.Null},
	}, rows)
}

func TestTreesBuiltByHandHaveLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	deep := &sqltext.Read{From: sqltext.Name{Table: "users"}}
	for r, i := deep, 0; i < 50; i++ {
		e := &sqltext.Embed{Relation: sqltext.Name{Table: "boss"}}
		r.Items = []sqltext.Item{e}
		r = &e.Read
	}
	_, _, err := w.compile(deep)
	require.Contains(t, problem(t, err).Detail, "nested")

	wide := &sqltext.Read{From: sqltext.Name{Table: "users"}, Where: &sqltext.Or{}}
	for range 5000 {
		wide.Where = &sqltext.Or{Terms: append(wide.Where.(*sqltext.Or).Terms, filter(t, "id", "eq.1"))}
	}
	_, _, err = w.compile(wide)
	require.Contains(t, problem(t, err).Detail, "items and conditions")

	var nested sqltext.Cond = filter(t, "id", "eq.1")
	for range 1000 {
		nested = &sqltext.Not{Term: nested}
	}
	_, _, err = w.compile(&sqltext.Read{From: sqltext.Name{Table: "users"}, Where: nested})
	require.Contains(t, problem(t, err).Detail, "nested")
}
