package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// people asks for the ids of people that meet something.
func people(what string) string {
	return `{"table_name":"people","columns":["id"],"orderBy":{"id":"asc"},` + what + `}`
}

func TestConditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, body, want string }{
		{"column and value", `"conditions":[{"column":"name","value":"Bob"}]`, "id: 2"},
		{"older spelling", `"conditions":[{"eq_column":"name","eq_value":"Bob"}]`, "id: 2"},
		{"both spellings at once", `"conditions":[{"column":"age","operator":"gt","value":30,"eq_column":"age","eq_value":30}]`, "id: 1"},
		{"older null", `"conditions":[{"eq_column":"email","eq_value":null}]`, "id: 3"},
		{"older casts", `"conditions":[{"eq_column":"age","eq_value":"17","eq_column_cast":"text","eq_value_cast":"text"}]`, "id: 2"},
		{"eq", `"conditions":[{"column":"age","operator":"eq","value":17}]`, "id: 2"},
		{"eq null", `"conditions":[{"column":"age","operator":"eq","value":null}]`, "id: 3"},
		{"number in a string", `"conditions":[{"column":"age","operator":"eq","value":"17"}]`, "id: 2"},
		{"neq", `"conditions":[{"column":"age","operator":"neq","value":17}]`, "id: 1 4"},
		{"neq null", `"conditions":[{"column":"age","operator":"neq","value":null}]`, "id: 1 2 4"},
		{"gt", `"conditions":[{"column":"age","operator":"gt","value":30}]`, "id: 1"},
		{"gte", `"conditions":[{"column":"age","operator":"gte","value":30}]`, "id: 1 4"},
		{"lt", `"conditions":[{"column":"age","operator":"lt","value":30}]`, "id: 2"},
		{"lte", `"conditions":[{"column":"age","operator":"lte","value":30}]`, "id: 2 4"},
		{"like", `"conditions":[{"column":"name","operator":"like","value":"%i%"}]`, "id: 3"},
		{"ilike", `"conditions":[{"column":"name","operator":"ilike","value":"%B"}]`, "id: 2"},
		{"is null", `"conditions":[{"column":"email","operator":"is","value":null}]`, "id: 3"},
		{"is null as a word", `"conditions":[{"column":"email","operator":"is","value":"null"}]`, "id: 3"},
		{"in", `"conditions":[{"column":"id","operator":"in","value":[1,3]}]`, "id: 1 3"},
		{"in values", `"conditions":[{"column":"id","operator":"in","values":[1,3]}]`, "id: 1 3"},
		{"in a string", `"conditions":[{"column":"id","operator":"in","value":"(1,3)"}]`, "id: 1 3"},
		{"in with commas and quotes", `"conditions":[{"column":"name","operator":"in","value":["D\"e, (f)","Ann"]}]`, "id: 1 4"},
		{"in nothing", `"conditions":[{"column":"id","operator":"in","value":[]}]`, "id:"},
		{"contains array", `"conditions":[{"column":"tags","operator":"contains","value":["b"]}]`, "id: 1 2"},
		{"contains document", `"conditions":[{"column":"data","operator":"contains","value":{"city":"Rome"}}]`, "id: 1"},
		{"contained by", `"conditions":[{"column":"tags","operator":"containedBy","value":["b","c"]}]`, "id: 2"},
		{"path into a document", `"conditions":[{"column":"data->>city","value":"Rome"}]`, "id: 1"},
		{"where with a path", `"where":{"data->>city":"Rome"}`, "id: 1"},
		{"or", `"conditions":[{"operator":"or","value":"age.eq.17,name.eq.Cid"}]`, "id: 2 3"},
		{"or of or", `"conditions":[{"operator":"or","value":"age.eq.17,and(age.gt.20,mood.eq.happy)"}]`, "id: 1 2"},
		{"not", `"conditions":[{"operator":"not","value":"age.eq.17"}]`, "id: 1 4"},
		{"enum", `"conditions":[{"column":"mood","operator":"eq","value":"happy"}]`, "id: 1"},
		{"enum in", `"conditions":[{"column":"mood","operator":"in","value":["happy","sad"]}]`, "id: 1 3"},
		{"column cast", `"conditions":[{"column":"age","operator":"like","value":"4%","column_cast":"text"}]`, "id: 1"},
		{"value cast", `"conditions":[{"column":"name","operator":"eq","value":"Bob","value_cast":"text"}]`, "id: 2"},
		{"value cast in", `"conditions":[{"column":"id","operator":"in","value":["1","2"],"value_cast":"int"}]`, "id: 1 2"},
		{"time", `"conditions":[{"column":"born","operator":"lt","value":"1990-01-01"}]`, "id: 1"},
		{"numeric", `"conditions":[{"column":"balance","operator":"eq","value":12345678.90}]`, "id: 4"},
		{"camelCase that is there", `"conditions":[{"column":"camelCase","value":"Cc1"}]`, "id: 1"},
		{"camelCase that is snake_case", `"conditions":[{"column":"snakeCase","value":"s2"}]`, "id: 2"},
		{"generated column", `"conditions":[{"column":"name_length","operator":"gt","value":3}]`, "id: 4"},
		{"computed column", `"conditions":[{"column":"initial","value":"C"}]`, "id: 3"},
		{"all must hold", `"conditions":[{"column":"age","operator":"gt","value":20},{"column":"company_id","value":2}]`, "id: 4"},
		{"where_filters", `"where_filters":[{"column":"age","operator":"gt","value":20}]`, "id: 1 4"},
		{"every place at once", `"where_filters":[{"column":"age","operator":"gt","value":20}],"conditions":[{"column":"id","operator":"in","value":[1,2,4]}],"where":{"company_id":1}`, "id: 1"},
		{"injection is a value", `"conditions":[{"column":"name","value":"x' OR '1'='1"}]`, "id:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, rows(tc.want), w.with(t).fetch(people(tc.body)))
		})
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, where, want string }{
		{"empty", `{}`, "id: 1 2 3 4"},
		{"null", `null`, "id: 1 2 3 4"},
		{"plain value", `{"name":"Bob"}`, "id: 2"},
		{"null is a missing value", `{"age":null}`, "id: 3"},
		{"several", `{"company_id":1,"mood":"ok"}`, "id: 2"},
		{"operators", `{"age":{"gte":17,"lt":41}}`, "id: 2 4"},
		{"neq null", `{"age":{"neq":null}}`, "id: 1 2 4"},
		{"is", `{"age":{"is":null}}`, "id: 3"},
		{"in", `{"id":{"in":[1,4]}}`, "id: 1 4"},
		{"contains", `{"tags":{"contains":["a"]}}`, "id: 1"},
		{"containedBy", `{"tags":{"containedBy":["b"]}}`, "id: 2"},
		{"document", `{"data":{"contains":{"city":"Rome"}}}`, "id: 1"},
		{"array value", `{"tags":["b"]}`, "id: 2"},
		{"or", `{"or":[{"id":1},{"name":"Cid"}]}`, "id: 1 3"},
		{"or beside others", `{"company_id":1,"or":[{"id":1},{"id":4}]}`, "id: 1"},
		{"and", `{"and":[{"company_id":1},{"mood":"ok"}]}`, "id: 2"},
		{"not", `{"not":{"id":{"in":[1,2]}}}`, "id: 3 4"},
		{"not of one column", `{"id":{"not":{"in":[1,2]}}}`, "id: 3 4"},
		{"not a value", `{"id":{"not":1}}`, "id: 2 3 4"},
		{"not null", `{"email":{"not":null}}`, "id: 1 2 4"},
		{"nested", `{"or":[{"and":[{"company_id":1},{"not":{"mood":"ok"}}]},{"or":[{"id":4},{"id":99}]}]}`, "id: 1 4"},
		{"several in one of an or", `{"or":[{"company_id":1,"mood":"ok"},{"age":{"gt":17,"lt":31}}]}`, "id: 2 4"},
		{"the same key twice", `{"id":{"gt":1},"id":{"lt":3}}`, "id: 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.JSONEq(t, rows(tc.want), w.with(t).fetch(people(`"where":`+tc.where)))
		})
	}
}

// TestConditionsThatCannotBeHonoured: none of them may be dropped.
func TestConditionsThatCannotBeHonoured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct{ name, body, field, words string }{
		{"unknown operator", `"conditions":[{"column":"age","operator":"near","value":1}]`, "operator", "near"},
		{"no column", `"conditions":[{"operator":"eq","value":1}]`, "conditions", "no column"},
		{"no value", `"conditions":[{"column":"age"}]`, "conditions", "no value"},
		{"empty condition", `"conditions":[{}]`, "conditions", ""},
		{"unknown member", `"conditions":[{"column":"age","vale":1,"value":17}]`, "conditions", "vale"},
		{"two columns", `"conditions":[{"column":"age","value":17,"eq_column":"id","eq_value":1}]`, "conditions", "eq_column"},
		{"value and values", `"conditions":[{"column":"age","value":17,"values":[1]}]`, "conditions", "values"},
		{"member twice", `"conditions":[{"column":"age","value":17,"value":18}]`, "conditions", "value"},
		{"no object", `"conditions":[5]`, "conditions", ""},
		{"no array", `"conditions":{"column":"age","value":17}`, "conditions", ""},
		{"conditions twice", `"conditions":[{"column":"age","value":17}],"conditions":[]`, "conditions", "twice"},
		{"conditions twice in other case", `"conditions":[{"column":"age","value":17}],"Conditions":[]`, "conditions", "twice"},
		{"gt null", `"conditions":[{"column":"age","operator":"gt","value":null}]`, "age", "null"},
		{"is a number", `"conditions":[{"column":"age","operator":"is","value":5}]`, "age", "is"},
		{"in a number", `"conditions":[{"column":"age","operator":"in","value":5}]`, "age", "list"},
		{"or that is no string", `"conditions":[{"operator":"or","value":{"a":1}}]`, "value", "string"},
		{"or that is broken", `"conditions":[{"operator":"or","value":"age.eq"}]`, "", ""},
		{"unknown column", `"conditions":[{"column":"agee","value":1}]`, "agee", "agee"},
		{"unknown column in or", `"conditions":[{"operator":"or","value":"agee.eq.1,id.eq.1"}]`, "agee", "agee"},
		{"value of another type", `"conditions":[{"column":"age","value":"old"}]`, "age", "age"},
		{"enum without such a value", `"conditions":[{"column":"mood","value":"bored"}]`, "mood", "mood"},
		{"time of nonsense", `"conditions":[{"column":"born","operator":"gt","value":"yesterdayish"}]`, "born", "born"},
		{"in with a bad member", `"conditions":[{"column":"id","operator":"in","value":[1,"x"]}]`, "id", "id"},
		{"number out of range", `"conditions":[{"column":"age","value":99999999999999999999}]`, "age", "age"},
		{"cast that is no type", `"conditions":[{"column":"age","value":1,"value_cast":"int; drop table canary"}]`, "", "type"},
		{"cast to an unknown type", `"conditions":[{"column":"age","value":1,"value_cast":"intt"}]`, "", "intt"},
		{"where no object", `"where":[{"id":1}]`, "where", "object"},
		{"where a string", `"where":"id.eq.1"`, "where", "object"},
		{"where unknown operator", `"where":{"id":{"near":1}}`, "operator", "near"},
		{"where without operator", `"where":{"id":{}}`, "id", "operator"},
		{"where empty or", `"where":{"or":[]}`, "where", "or"},
		{"where or of nothing", `"where":{"or":[{},{"id":1}]}`, "where", "or"},
		{"where not of nothing", `"where":{"not":{}}`, "where", "not"},
		{"where or of a value", `"where":{"or":[1]}`, "where", ""},
		{"where or object", `"where":{"or":{"id":1}}`, "", ""},
		{"where_filters", `"where_filters":[{"column":"agee","value":1}]`, "agee", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(400, "POST /gateway/fetch", people(tc.body))
			if tc.field != "" {
				require.Equal(t, tc.field, f.Field, "%+v", f)
			}
			require.Contains(t, f.Error, tc.words)
		})
	}
}
