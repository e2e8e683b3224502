package gateway

import (
	"testing"

	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// The parsers meet bodies that the decoder has let pass. Whatever is in them,
// they answer a tree or a problem of the caller's, and keep to their bounds.

func FuzzFetchBody(f *testing.F) {
	for _, body := range []string{
		`{"table_name":"people"}`,
		`{"table_name":"\"a.b\".c","columns":["id","n:name::text","r(x)"],"conditions":[{"column":"a","operator":"in","value":[1,"x",null]}]}`,
		`{"view_name":"v","where":{"or":[{"a":1},{"not":{"b":{"gt":1,"not":{"lt":null}}}}],"c":null},"limit":1,"offset":2}`,
		`{"table_name":"p","select":{"a":true,"r":{"select":{"b":true},"as":"x","via":"y","schema":"z","inner":true,"limit":1,"where":{"q":1},"orderBy":"b.desc"}}}`,
		`{"table_name":"p","where_filters":[{"eq_column":"a","eq_value":1,"eq_column_cast":"text"}],"orderBy":[{"a":"desc"},{"field":"b","nulls":"last"},"c.asc"],"sort_by":{"field":"d"}}`,
		`{"table_name":"p","conditions":[{"operator":"or","value":"a.eq.1,and(b.gt.2,c.not.in.(1,2))"},{"operator":"not","value":"a.is.null"}],"current_page":2,"page_size":5}`,
		`{"table_name":".","where":{"":[{}]},"select":{"*":true}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in wire.Fetch
		if wire.CheckJSONText(body) != nil || json.Unmarshal(body, &in) != nil {
			return
		}
		read, err := API{MaxRows: 100}.read(&in)
		requireProblem(t, err)
		if err == nil {
			require.LessOrEqual(t, *read.Limit, int64(100))
			requireCondition(t, &in.Selection, read.Where)
		}
	})
}

// requireCondition: what demands something yields a condition.
func requireCondition(t *testing.T, s *wire.Selection, where sqltext.Cond) {
	t.Helper()
	if len(s.Conditions)+len(s.WhereFilters) > 0 {
		require.NotNil(t, where)
	}
}

func requireProblem(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 400, p.Code.Status, "%v", err)
	require.NotEmpty(t, p.Detail)
}

// fuzzJSON feeds one parser with any valid JSON.
func fuzzJSON(f *testing.F, parse func(text []byte) error, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if wire.CheckJSONText(text) != nil || !json.Valid(text) {
			return
		}
		requireProblem(t, parse(text))
	})
}

func FuzzWhere(f *testing.F) {
	fuzzJSON(f, func(text []byte) error { _, err := whereObject(text, 0); return err },
		`{}`, `null`, `{"a":1}`, `{"a":{"in":[1,2]}}`, `{"or":[{"a":1},{"b":{"not":{"eq":2}}}]}`, `{"not":{"a":null}}`,
		`{"and":[{"or":[{"a":1}]}]}`, `{"a":{"is":"null","neq":null}}`, `{"a":{}}`, `[]`, `{"or":1}`)
}

func FuzzSelect(f *testing.F) {
	fuzzJSON(f, func(text []byte) error { _, err := items(text, nil); return err },
		`"*"`, `"a,b:c::text,r!x!inner(d->>e)"`, `{"a":true}`, `{"r":{"select":{"b":true},"via":"x","foreign_key":"x"}}`, `{"r":{"limit":-1}}`, `{"":{}}`, `5`)
}

func FuzzColumns(f *testing.F) {
	fuzzJSON(f, func(text []byte) error { _, err := columnList(text); return err },
		`[]`, `["a","*","b:c","r(d)","\"x\\\"y\""]`, `"a,b"`, `[1]`, `{}`, `""`)
}

func FuzzOrderBy(f *testing.F) {
	fuzzJSON(f, func(text []byte) error { _, err := orderBy(text); return err },
		`"a.desc.nullslast,b"`, `{"a":"asc"}`, `[{"field":"a","ascending":false},"b"]`, `{"column":"a","nullsFirst":true}`, `{"field":"asc"}`, `[[]]`, `{"":""}`)
}

func FuzzConditions(f *testing.F) {
	fuzzJSON(f, func(text []byte) error {
		var c wire.Condition
		if err := json.Unmarshal(text, &c); err != nil {
			return wire.JSONProblem(err)
		}
		_, err := compare("conditions", &c)
		return err
	}, `{"column":"a","value":1}`, `{"eq_column":"a","eq_value":null}`, `{"operator":"or","value":"a.eq.1"}`, `{"column":"a","operator":"in","values":[1]}`,
		`{"column":"a","operator":"is","value":"unknown"}`, `{}`, `null`, `[]`, `{"column":"a","column":"b"}`)
}
