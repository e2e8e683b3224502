package d1plan

import (
	"strconv"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// expanders are functions of rows that json_each stands for, with the types of their
// columns.
var expanders = map[string][][2]string{
	"unnest": {{"value", ""}}, "jsonb_array_elements": {{"value", "jsonb"}}, "json_array_elements": {{"value", "jsonb"}},
	"jsonb_array_elements_text": {{"value", "text"}}, "json_array_elements_text": {{"value", "text"}},
	"jsonb_each": {{"key", "text"}, {"value", "jsonb"}}, "json_each": {{"key", "text"}, {"value", "jsonb"}},
	"jsonb_each_text": {{"key", "text"}, {"value", "text"}}, "json_each_text": {{"key", "text"}, {"value", "text"}},
	"jsonb_object_keys": {{"key", "text"}}, "json_object_keys": {{"key", "text"}},
}

// rangeFunction writes a function in FROM.
func (w *writer) rangeFunction(s *pg.RangeFunction) string {
	if s.Ordinality || s.IsRowsfrom || len(s.Functions) != 1 || len(s.Coldeflist) > 0 {
		return w.giveUp("WITH ORDINALITY, ROWS FROM and functions of records")
	}
	items := s.Functions[0].GetList().GetItems()
	if len(items) == 0 || items[0].GetFuncCall() == nil {
		return w.giveUp("this function in FROM")
	}
	call := items[0].GetFuncCall()
	name := functionName(call)
	alias := s.Alias.GetAliasname()
	if alias == "" {
		alias = name
	}
	if name == "generate_series" {
		return w.series(call, alias, names(s.Alias.GetColnames()))
	}
	columns := expanders[name]
	if columns == nil || len(call.Args) != 1 {
		return w.giveUp("rows of the function %.63s", name)
	}
	return w.expanded(call, alias, names(s.Alias.GetColnames()), columns)
}

// expanded writes json_each. Its columns keep their names in SQLite, so the names that
// the source gives them are replaced where they are used.
func (w *writer) expanded(call *pg.FuncCall, alias string, given []string, columns [][2]string) string {
	r := relation{name: alias, renamed: map[string]string{}}
	for i, column := range columns {
		name := column[0]
		switch {
		case i < len(given):
			name = given[i]
		case len(columns) == 1 && functionName(call) != alias:
			name = alias
		case len(columns) == 1 && functionName(call) != "jsonb_array_elements" && functionName(call) != "jsonb_array_elements_text":
			name = functionName(call)
		}
		kind := column[1]
		if functionName(call) == "unnest" {
			kind = strings.TrimSuffix(w.typeOf(call.Args[0]), "[]")
		}
		r.add(name, kind)
		r.renamed[name] = sqltext.Ident(alias) + "." + sqltext.Ident(column[0])
	}
	if len(r.order) == 1 {
		r.value = r.renamed[r.order[0]]
	}
	if columns[len(columns)-1][1] == "jsonb" {
		w.warn("expr.json", "values out of JSON lose their quotes: a text in it is text, no JSON")
	}
	out := "json_each(" + w.arrayValue(call.Args[0]) + ") AS " + sqltext.Ident(alias)
	w.see(r)
	return out
}

// series writes generate_series as a recursive query.
func (w *writer) series(call *pg.FuncCall, alias string, given []string) string {
	column := alias
	if len(given) > 0 {
		column = given[0]
	}
	if len(call.Args) < 2 || len(call.Args) > 3 || len(given) > 1 {
		return w.giveUp("generate_series with %d arguments", len(call.Args))
	}
	kind := w.typeOf(call.Args[0])
	from, to, next, compare := w.expr(call.Args[0]), w.expr(call.Args[1]), `"#v" + 1`, " <= "
	if len(call.Args) == 3 {
		step := call.Args[2]
		s, isSpan := w.interval(step)
		switch {
		case isSpan && len(s.parts) == 0 && s.months >= 0 && s.days >= 0 && s.seconds >= 0 && s.months+s.days+s.seconds > 0:
			w.warnReckoned()
			from, to, next = "datetime("+from+")", "datetime("+to+")", `datetime("#v"`+s.modifiers()+")"
			if kind = strings.Replace(kind, "date", "timestamptz", 1); kind == "" {
				kind = "timestamptz"
			}
		case isSpan:
			return w.giveUp("generate_series by this interval")
		default:
			written := w.expr(step)
			size, err := strconv.ParseFloat(strings.NewReplacer("(", "", ")", "", " ", "").Replace(written), 64)
			if err != nil || size == 0 {
				return w.giveUp("generate_series by a step that is no literal")
			}
			if size < 0 {
				compare = " >= "
			}
			next = `"#v" + ` + written
		}
	}
	r := relation{name: alias}
	r.add(column, kind)
	r.value = sqltext.Ident(alias) + "." + sqltext.Ident(column)
	w.see(r)
	return `(WITH RECURSIVE "#s" ("#v") AS (SELECT ` + from + " WHERE " + from + compare + to + " UNION ALL SELECT " + next + ` FROM "#s" WHERE ` + next + compare + to +
		`) SELECT "#v" AS ` + sqltext.Ident(column) + ` FROM "#s") AS ` + sqltext.Ident(alias)
}
