package d1plan

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// typeOf finds the name of the type of an expression, "" where the source does not
// tell it.
func (c *converter) typeOf(n *pg.Node) string {
	switch e := n.GetNode().(type) {
	case *pg.Node_AConst:
		return constantType(e.AConst)
	case *pg.Node_ColumnRef:
		return c.columnType(e.ColumnRef)
	case *pg.Node_TypeCast:
		return c.known.nameOf(e.TypeCast.TypeName)
	case *pg.Node_FuncCall:
		return c.callType(e.FuncCall)
	case *pg.Node_AExpr:
		return c.operationType(e.AExpr)
	case *pg.Node_BoolExpr, *pg.Node_NullTest, *pg.Node_BooleanTest:
		return "bool"
	case *pg.Node_CoalesceExpr:
		return c.firstType(e.CoalesceExpr.Args)
	case *pg.Node_MinMaxExpr:
		return c.firstType(e.MinMaxExpr.Args)
	case *pg.Node_CaseExpr:
		results := []*pg.Node{e.CaseExpr.Defresult}
		for _, when := range e.CaseExpr.Args {
			results = append(results, when.GetCaseWhen().GetResult())
		}
		return c.firstType(results)
	case *pg.Node_AArrayExpr:
		return c.firstType(e.AArrayExpr.Elements) + "[]"
	case *pg.Node_SqlvalueFunction:
		switch name := e.SqlvalueFunction.Op.String(); {
		case strings.Contains(name, "DATE"):
			return "date"
		case strings.Contains(name, "TIMESTAMP"):
			return "timestamptz"
		}
	}
	return ""
}

func constantType(a *pg.A_Const) string {
	switch a.Val.(type) {
	case *pg.A_Const_Ival:
		return "int4"
	case *pg.A_Const_Fval:
		return "numeric"
	case *pg.A_Const_Boolval:
		return "bool"
	}
	return ""
}

func (c *converter) firstType(nodes []*pg.Node) string {
	for _, n := range nodes {
		if name := c.typeOf(n); name != "" {
			return name
		}
	}
	return ""
}

// results are the types of functions whose result does not follow from an argument.
var results = map[string]string{
	"now": "timestamptz", "transaction_timestamp": "timestamptz", "statement_timestamp": "timestamptz", "clock_timestamp": "timestamptz",
	"to_timestamp": "timestamptz", "date": "date", "to_date": "date", "make_date": "date", "date_part": "float8", "extract": "numeric",
	"make_interval": "interval", "age": "interval", "count": "int8", "row_number": "int8", "rank": "int8", "dense_rank": "int8", "ntile": "int4",
	"length": "int4", "char_length": "int4", "lower": "text", "upper": "text", "concat": "text", "concat_ws": "text", "to_char": "text",
	"string_agg": "text", "json_agg": "jsonb", "jsonb_agg": "jsonb", "json_build_object": "jsonb", "jsonb_build_object": "jsonb",
	"json_build_array": "jsonb", "jsonb_build_array": "jsonb", "jsonb_set": "jsonb", "to_json": "jsonb", "to_jsonb": "jsonb", "row_to_json": "jsonb",
	"array_to_json": "jsonb", "json_object_agg": "jsonb", "jsonb_object_agg": "jsonb", "bool_and": "bool", "bool_or": "bool", "every": "bool",
	"percent_rank": "float8", "cume_dist": "float8", "random": "float8", "generate_series": "int4", "substr": "text", "substring": "text", "replace": "text",
	"cardinality": "int4", "array_length": "int4", "jsonb_array_length": "int4", "json_array_length": "int4",
}

func (c *converter) callType(e *pg.FuncCall) string {
	name := functionName(e)
	if result := results[name]; result != "" {
		return result
	}
	if len(e.Args) == 0 {
		return ""
	}
	first := c.typeOf(e.Args[0])
	switch name {
	case "sum", "avg":
		switch {
		case first == "float8" || first == "float4":
			return "float8"
		case name == "sum" && (first == "int4" || first == "int2"):
			return "int8"
		case isNumber(first):
			return "numeric"
		}
	case "min", "max", "lag", "lead", "first_value", "last_value", "nth_value", "abs", "round", "floor", "ceil", "ceiling", "trunc":
		return first
	case "array_agg":
		return first + "[]"
	case "date_trunc", "timezone":
		if other := c.typeOf(e.Args[len(e.Args)-1]); isMoment(other) && other != "date" {
			return other
		}
		return "timestamptz"
	}
	return ""
}

var comparisons = map[string]bool{"=": true, "<>": true, "<": true, ">": true, "<=": true, ">=": true}

func (c *converter) operationType(e *pg.A_Expr) string {
	op := operator(e.Name)
	left, right := c.typeOf(e.Lexpr), c.typeOf(e.Rexpr)
	switch {
	case e.Kind == pg.A_Expr_Kind_AEXPR_NULLIF:
		return left
	case e.Kind != pg.A_Expr_Kind_AEXPR_OP || comparisons[op]:
		return "bool"
	case op == "->" || op == "#>":
		return "jsonb"
	case op == "->>" || op == "#>>":
		return "text"
	case op == "||":
		if isJSON(left) || isArray(left) {
			return left
		}
		return "text"
	case e.Lexpr == nil:
		return right
	}
	return sumType(op, left, right)
}

// sumType is the type of what is reckoned from two types.
func sumType(op, left, right string) string {
	switch {
	case op == "-" && left == "date" && right == "date":
		return "int4"
	case op == "-" && isMoment(left) && isMoment(right):
		return "interval"
	case left == "interval" && (isNumber(right) || right == "interval" || right == ""):
		return left
	case right == "interval" && (isNumber(left) || left == "" && op == "*"):
		return right
	case left == "date" && isWhole(right):
		return left
	case right == "interval" && (left == "" || left == "date"), left == "interval" && right == "date":
		return "timestamp"
	case right == "interval":
		return left
	case left == "interval":
		return right
	case left == "jsonb":
		return left
	}
	for _, kind := range []string{"float8", "float4", "numeric", "int8", "int4", "int2"} {
		if left == kind || right == kind {
			return kind
		}
	}
	return ""
}
