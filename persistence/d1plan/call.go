package d1plan

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// rules are functions that take more than another name.
var rules map[string]rule

// rule writes a function of so many arguments.
type rule struct {
	least, most int
	write       func(*writer, []*pg.Node) string
}

// The rules write expressions, which look at the rules.
func init() {
	rules = map[string]rule{
		"extract": {2, 2, (*writer).extract}, "date_part": {2, 2, (*writer).extract}, "date_trunc": {2, 3, (*writer).truncate}, "to_char": {2, 2, (*writer).toChar},
		"jsonb_set": {3, 4, (*writer).jsonSet},
		"timezone": {2, 2, func(w *writer, args []*pg.Node) string {
			if !isUTC(args[0]) {
				return w.giveUp("AT TIME ZONE: times are in UTC in D1")
			}
			return w.expr(args[1])
		}},
		"to_timestamp": {1, 1, func(w *writer, args []*pg.Node) string {
			w.warnReckoned()
			return "datetime(" + w.expr(args[0]) + ", 'unixepoch')"
		}},
		"make_date": {3, 3, func(w *writer, args []*pg.Node) string { return "format('%04d-%02d-%02d', " + w.list(args) + ")" }},
		"left": {2, 2, func(w *writer, args []*pg.Node) string {
			if args[1].GetAConst().GetIval() == nil {
				return w.giveUp("left with a length that is no positive literal")
			}
			return "substr(" + w.expr(args[0]) + ", 1, " + w.expr(args[1]) + ")"
		}},
		"right": {2, 2, func(w *writer, args []*pg.Node) string {
			if args[1].GetAConst().GetIval().GetIval() <= 0 {
				return w.giveUp("right with a length that is no positive literal")
			}
			return "substr(" + w.expr(args[0]) + ", -" + w.expr(args[1]) + ")"
		}},
		"random": {0, 0, func(w *writer, _ []*pg.Node) string {
			if w.strictly {
				return w.giveUp("what depends on chance, in a check, an index or a generated column")
			}
			return "(random() / 18446744073709551616.0 + 0.5)"
		}},
		"array_length": {2, 2, func(w *writer, args []*pg.Node) string {
			return "nullif(json_array_length(" + w.expr(args[0]) + "), 0)"
		}},
		"encode": {2, 2, func(w *writer, args []*pg.Node) string {
			if form, ok := constantText(args[1]); !ok || form != "hex" {
				return w.giveUp("encode to something else than hex")
			}
			bytes := w.expr(args[0])
			return "CASE WHEN " + bytes + " IS NOT NULL THEN lower(hex(" + bytes + ")) END"
		}},
		"jsonb_typeof": {1, 1, (*writer).jsonType}, "json_typeof": {1, 1, (*writer).jsonType},
	}
}

func (w *writer) jsonType(args []*pg.Node) string {
	kind := "json_type(" + w.expr(args[0]) + ")"
	return "CASE " + kind + " WHEN 'text' THEN 'string' WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' ELSE " + kind + " END"
}

func (w *writer) call(e *pg.FuncCall) string {
	name := functionName(e)
	if e.AggWithinGroup || e.FuncVariadic {
		return w.giveUp("the function %.63s WITHIN GROUP, or VARIADIC", name)
	}
	for _, a := range e.Args {
		if a.GetNamedArgExpr() != nil {
			return w.giveUp("arguments that are given by name")
		}
	}
	switch name {
	case "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp":
		return w.now("CURRENT_TIMESTAMP")
	case "gen_random_uuid", "uuid_generate_v4":
		if w.strictly {
			return w.giveUp("what depends on chance, in a check, an index or a generated column")
		}
		w.warn("type.uuid", "a random UUID is put together of random bytes")
		return uuidSQL
	case "nextval", "currval", "setval":
		return w.giveUp("D1 has no sequences")
	}
	if rule, ok := rules[name]; ok {
		if len(e.Args) < rule.least || len(e.Args) > rule.most || e.Over != nil || e.AggFilter != nil || e.AggDistinct {
			return w.giveUp("the function %s in this form", name)
		}
		return rule.write(w, e.Args)
	}
	return w.simpleCall(name, e)
}

// simpleCall writes a function that differs in no more than its name.
func (w *writer) simpleCall(name string, e *pg.FuncCall) string {
	f, ok := functions[name]
	if !ok && e.Over != nil {
		f, ok = windowed[name]
	}
	switch {
	case !ok:
		w.unsupported("unsupported.function", "D1 has no function %.63s", name)
		return "NULL"
	case (f.aggregate || e.Over != nil) && w.strictly:
		return w.giveUp("the aggregate %s here", name)
	case e.AggStar && (name != "count" || len(e.Args) > 0):
		return w.giveUp("the function %s of a star", name)
	case e.AggStar:
		return w.aggregate(f, "*", e)
	case name == "count" && len(e.Args) == 0 || len(e.Args) < f.least || (f.most >= 0 && len(e.Args) > f.most):
		return w.giveUp("the function %s with %d arguments", name, len(e.Args))
	case f.name == "json_object" && len(e.Args)%2 != 0:
		return w.giveUp("a JSON object of an odd number of arguments")
	case !f.aggregate && windowed[name].name == "" && (e.Over != nil || e.AggFilter != nil || len(e.AggOrder) > 0 || e.AggDistinct):
		return w.giveUp("the function %s with a window, a filter or an order", name)
	case f.name == "" || (f.name == "json_quote" && (isJSON(w.typeOf(e.Args[0])) || isArray(w.typeOf(e.Args[0])))):
		return w.expr(e.Args[0])
	case f.name == "date" && w.strictly:
		return w.castTime(e.Args[0], "date")
	}
	return w.aggregate(f, w.arguments(name, f, e), e)
}

// arguments writes those of a function.
func (w *writer) arguments(name string, f function, e *pg.FuncCall) string {
	args := e.Args
	distinct := ""
	if e.AggDistinct {
		if separator, ok := constantText(args[len(args)-1]); name == "string_agg" && ok && separator == "," {
			args = args[:1] // the separator that it has without one
		}
		if !f.aggregate || len(args) != 1 || e.Over != nil {
			return w.giveUp("DISTINCT in the function %s", name)
		}
		distinct = "DISTINCT "
	}
	if f.name == "json_quote" || !strings.HasPrefix(f.name, "json_") || f.name == "json_array_length" {
		return distinct + w.list(args)
	}
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = w.jsonValue(a)
	}
	return distinct + strings.Join(parts, ", ")
}

// extreme writes greatest and least, which leave NULL out.
func (w *writer) extreme(e *pg.MinMaxExpr) string {
	name := "max"
	if e.Op == pg.MinMaxOp_IS_LEAST {
		name = "min"
	}
	if len(e.Args) == 1 {
		return w.expr(e.Args[0])
	}
	if len(e.Args) == 2 {
		a, b := w.expr(e.Args[0]), w.expr(e.Args[1])
		return "coalesce(" + name + "(" + a + ", " + b + "), " + a + ", " + b + ")"
	}
	if w.strictly {
		return w.giveUp("greatest and least of more than two values, in a check or an index")
	}
	rows := make([]string, len(e.Args))
	for i, a := range e.Args {
		rows[i] = "(" + w.expr(a) + ")"
	}
	return "(SELECT " + name + `("column1") FROM (VALUES ` + strings.Join(rows, ", ") + "))"
}

// element writes the element of an array.
func (w *writer) element(e *pg.A_Indirection) string {
	if len(e.Indirection) == 1 {
		indices := e.Indirection[0].GetAIndices()
		if number := indices.GetUidx().GetAConst().GetIval(); indices != nil && !indices.IsSlice && number.GetIval() > 0 && isArray(w.typeOf(e.Arg)) {
			return "(" + w.expr(e.Arg) + " ->> " + text("$"+pathStep(w.constant(&pg.A_Const{Val: &pg.A_Const_Ival{Ival: &pg.Integer{Ival: number.Ival - 1}}}), true)) + ")"
		}
	}
	return w.giveUp("a part of a value that is no element of an array at a place that is written out")
}
