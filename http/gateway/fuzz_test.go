package gateway

import (
	"bytes"
	stdjson "encoding/json"
	"testing"

	"athena/http/route"
	"athena/persistence/gatewaydb"
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

// FuzzMutation: what changes rows has rows or conditions, or is refused.
func FuzzMutation(f *testing.F) {
	for _, body := range []string{
		`{"table_name":"p","insert_body":[{"a":1},{"b":[{"c":null}]}],"on_conflict":"a,b","update_body":{"a":2},"columns":["a"],"default_to_null":true}`,
		`{"table_name":"p","update_body":{"a":{"b":1}},"conditions":[{"column":"a","value":1}],"limit":1,"sort_by":{"field":"a"}}`,
		`{"table_name":"p","resource_id":"x"}`, `{"table_name":"p","where":{"a":1},"columns":"a,b"}`, `{"table_name":"p","set":{"a":1},"data":{"a":2},"where":{}}`,
		`{"table_name":"p","insert_body":[]}`, `{"table_name":"p","on_conflict":[1],"insert_body":{}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if in, err := route.DecodeJSON[wire.InsertRows](body); err == nil {
			request, err := insertRequest(in, sqltext.Name{Table: "p"})
			requireProblem(t, err)
			require.True(t, err != nil || len(request.Rows) > 0)
		}
		if in, err := route.DecodeJSON[wire.UpdateRows](body); err == nil {
			request, err := updateRequest(in)
			requireProblem(t, err)
			require.True(t, err != nil || request.Where != nil && len(request.Set) > 0)
		}
		if in, err := route.DecodeJSON[wire.DeleteRows](body); err == nil && isNull(in.ResourceID) {
			request, err := deleteRequest(t.Context(), nil, nil, sqltext.Name{Table: "p"}, in)
			requireProblem(t, err)
			require.True(t, err != nil || request.Where != nil)
		}
	})
}

// FuzzTransaction: options become what PostgreSQL knows, and the digest of a
// transaction is that of its meaning, however it is spaced.
func FuzzTransaction(f *testing.F) {
	for _, body := range []string{
		`{"idempotency_key":"k","operations":[{"id":1,"kind":"insert","payload":{"table_name":"t","insert_body":{"a":1}}}],"options":{"isolation_level":"repeatable_read"}}`,
		`{"operations":[{"id":{},"kind":"fetch","payload":null}],"options":{"isolationLevel":"SERIALIZABLE","readOnly":true,"deferrable":true}}`,
		`{"operations":[],"options":null}`, `{"idempotencyKey":"","operations":[{}]}`, `{"operations":[{"kind":"drop"}],"options":{"isolation_level":"serializable; DROP TABLE x"}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := route.DecodeJSON[wire.Transaction](body)
		if err != nil {
			return
		}
		requireProblem(t, checkTransaction(in))
		modes, err := transactionModes(&in.Options)
		requireProblem(t, err)
		if err == nil {
			require.Regexp(t, `^(ISOLATION LEVEL (READ COMMITTED|REPEATABLE READ|SERIALIZABLE) )?(READ ONLY )?(DEFERRABLE)?$`, modes)
		}
		var spaced bytes.Buffer
		require.NoError(t, stdjson.Indent(&spaced, body, " ", "\t"))
		again, err := route.DecodeJSON[wire.Transaction](spaced.Bytes())
		require.NoError(t, err)
		var one, two gatewaydb.Transaction
		require.NoError(t, key(&one, in))
		require.NoError(t, key(&two, again))
		require.Equal(t, one, two)
	})
}

// FuzzCallBody: a body is arguments or describes a call, and its keys are told.
func FuzzCallBody(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `{"a":1}`, `{"function":"f","args":{"a":[1]},"select":"x","filters":[{"column":"x","operator":"i_like","value":"y"}],"order":"x.desc","limit":1,"head":true,"count":"exact"}`,
		`{"args":[1,"x"]}`, `[]`, `null`, `{"function":1}`, `{"args":null,"schema":"s"}`, `{"select":"x"}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		described, members, err := readCall(body)
		requireProblem(t, err)
		if err != nil {
			return
		}
		require.True(t, len(body) == 0 || stdjson.Valid(body), "%s", body)
		if !isDescription(members) {
			return
		}
		c := &calling{}
		requireProblem(t, c.take(&described))
	})
}
