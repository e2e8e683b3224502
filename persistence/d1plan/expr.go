package d1plan

import (
	"fmt"
	"math/big"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// maxDepth is how deep expressions may be nested: D1 allows 100.
const maxDepth = 90

// writer writes the expressions of one place.
type writer struct {
	*converter
	depth int
}

// expr writes an expression.
func (c *converter) expr(n *pg.Node) string { return (&writer{converter: c}).expr(n) }

// giveUp reports an expression that no rule knows.
func (c *converter) giveUp(format string, args ...any) string {
	c.unsupported("unsupported.expression", format, args...)
	return "NULL"
}

func (w *writer) expr(n *pg.Node) string {
	if w.depth++; w.depth > maxDepth {
		return w.giveUp("expressions nested deeper than %d", maxDepth)
	}
	defer func() { w.depth-- }()
	if n == nil {
		return w.giveUp("an expression is missing")
	}
	switch e := n.Node.(type) {
	case *pg.Node_AConst:
		return w.constant(e.AConst)
	case *pg.Node_ColumnRef:
		return w.column(e.ColumnRef)
	case *pg.Node_AExpr:
		return w.operation(e.AExpr)
	case *pg.Node_BoolExpr:
		return w.logic(e.BoolExpr)
	case *pg.Node_NullTest:
		if e.NullTest.Nulltesttype == pg.NullTestType_IS_NULL {
			return "(" + w.expr(e.NullTest.Arg) + " IS NULL)"
		}
		return "(" + w.expr(e.NullTest.Arg) + " IS NOT NULL)"
	case *pg.Node_BooleanTest:
		return w.truth(e.BooleanTest)
	case *pg.Node_TypeCast:
		return w.cast(e.TypeCast)
	case *pg.Node_FuncCall:
		return w.call(e.FuncCall)
	case *pg.Node_CoalesceExpr:
		if len(e.CoalesceExpr.Args) == 1 {
			return w.expr(e.CoalesceExpr.Args[0])
		}
		return "coalesce(" + w.list(e.CoalesceExpr.Args) + ")"
	case *pg.Node_MinMaxExpr:
		return w.extreme(e.MinMaxExpr)
	case *pg.Node_AIndirection:
		return w.element(e.AIndirection)
	case *pg.Node_CollateClause:
		w.warn("ddl.collation", "the collation is left out")
		return w.expr(e.CollateClause.Arg)
	case *pg.Node_CaseExpr:
		return w.choice(e.CaseExpr)
	case *pg.Node_SubLink:
		return w.subquery(e.SubLink)
	case *pg.Node_SqlvalueFunction:
		return w.now(e.SqlvalueFunction.Op.String())
	case *pg.Node_AArrayExpr:
		w.warn("type.array", "arrays become text that holds a JSON array")
		return "json_array(" + w.list(e.AArrayExpr.Elements) + ")"
	}
	return w.giveUp("there is no rule for this expression (%s)", strings.TrimPrefix(fmt.Sprintf("%T", n.Node), "*pg_query.Node_"))
}

func (w *writer) list(nodes []*pg.Node) string {
	parts := make([]string, len(nodes))
	for i, n := range nodes {
		parts[i] = w.expr(n)
	}
	return strings.Join(parts, ", ")
}

func (w *writer) constant(a *pg.A_Const) string {
	if a.Isnull {
		return "NULL"
	}
	switch v := a.Val.(type) {
	case *pg.A_Const_Ival:
		return fmt.Sprint(v.Ival.GetIval())
	case *pg.A_Const_Fval:
		return w.number(v.Fval.GetFval())
	case *pg.A_Const_Boolval:
		if v.Boolval.GetBoolval() {
			return "1"
		}
		return "0"
	case *pg.A_Const_Sval:
		return text(v.Sval.GetSval())
	}
	return w.giveUp("bit strings")
}

// number writes a number that is no small integer.
func (w *writer) number(digits string) string {
	digits = strings.ReplaceAll(digits, "_", "")
	if strings.HasPrefix(digits, "0") && len(digits) > 1 && strings.ContainsAny(digits[1:2], "xXoObB") {
		n, ok := new(big.Int).SetString(digits, 0)
		if !ok {
			return w.giveUp("the number %.40s", digits)
		}
		return n.String()
	}
	if trimmed := strings.TrimSuffix(digits, "."); trimmed != digits {
		return trimmed + ".0"
	}
	return digits
}

func (w *writer) column(ref *pg.ColumnRef) string {
	var names []string
	for _, f := range ref.Fields {
		name := f.GetString_()
		if name == nil {
			return w.giveUp("a star inside of an expression")
		}
		names = append(names, name.Sval)
	}
	if out := w.standsFor(names); out != "" {
		return out
	}
	switch len(names) {
	case 1:
		return sqltext.Ident(names[0])
	case 2:
		return sqltext.Ident(names[0]) + "." + sqltext.Ident(names[1])
	case 3:
		return w.named(names[0], names[1]) + "." + sqltext.Ident(names[2])
	}
	return w.giveUp("a column in another database")
}

// binary are the operators that mean the same in D1.
var binary = map[string]string{
	"+": "+", "-": "-", "*": "*", "/": "/", "%": "%", "=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">=",
	"||": "||", "&": "&", "|": "|", "<<": "<<", ">>": ">>", "->": "->", "->>": "->>",
}

func operator(names []*pg.Node) string {
	if len(names) == 0 {
		return ""
	}
	if len(names) > 1 && names[0].GetString_().GetSval() != "pg_catalog" {
		return ""
	}
	return names[len(names)-1].GetString_().GetSval()
}

func (w *writer) logic(e *pg.BoolExpr) string {
	if e.Boolop == pg.BoolExprType_NOT_EXPR && len(e.Args) == 1 {
		return "(NOT " + w.expr(e.Args[0]) + ")"
	}
	word := " AND "
	if e.Boolop == pg.BoolExprType_OR_EXPR {
		word = " OR "
	}
	parts := make([]string, len(e.Args))
	for i, a := range e.Args {
		parts[i] = w.expr(a)
	}
	return "(" + strings.Join(parts, word) + ")"
}

func (w *writer) truth(e *pg.BooleanTest) string {
	words, ok := map[pg.BoolTestType]string{
		pg.BoolTestType_IS_TRUE: "IS TRUE", pg.BoolTestType_IS_NOT_TRUE: "IS NOT TRUE",
		pg.BoolTestType_IS_FALSE: "IS FALSE", pg.BoolTestType_IS_NOT_FALSE: "IS NOT FALSE",
		pg.BoolTestType_IS_UNKNOWN: "IS NULL", pg.BoolTestType_IS_NOT_UNKNOWN: "IS NOT NULL",
	}[e.Booltesttype]
	if !ok {
		return w.giveUp("this test of a boolean")
	}
	return "(" + w.expr(e.Arg) + " " + words + ")"
}

func (w *writer) choice(e *pg.CaseExpr) string {
	out := "CASE"
	if e.Arg != nil {
		out += " " + w.expr(e.Arg)
	}
	for _, n := range e.Args {
		when := n.GetCaseWhen()
		out += " WHEN " + w.expr(when.GetExpr()) + " THEN " + w.expr(when.GetResult())
	}
	if e.Defresult != nil {
		out += " ELSE " + w.expr(e.Defresult)
	}
	return out + " END"
}

func (w *writer) subquery(e *pg.SubLink) string {
	if w.strictly {
		return w.giveUp("a subquery here")
	}
	if e.SubLinkType == pg.SubLinkType_ALL_SUBLINK && operator(e.OperName) == "<>" {
		return "(" + w.expr(e.Testexpr) + " NOT IN (" + w.query(e.Subselect.GetSelectStmt()) + "))"
	}
	if s := e.Subselect.GetSelectStmt(); e.SubLinkType == pg.SubLinkType_EXISTS_SUBLINK && s != nil && len(s.ValuesLists) == 0 && s.Op == pg.SetOperation_SETOP_NONE && len(s.TargetList) == 0 {
		s.TargetList = []*pg.Node{pg.MakeResTargetNodeWithVal(pg.MakeAConstIntNode(1, -1), -1)}
	}
	query := "(" + w.query(e.Subselect.GetSelectStmt()) + ")"
	switch e.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return "EXISTS " + query
	case pg.SubLinkType_EXPR_SUBLINK:
		return query
	case pg.SubLinkType_ARRAY_SUBLINK:
		w.warn("type.array", "arrays become text that holds a JSON array")
		return `(WITH "#q" ("#v") AS ` + query + ` SELECT json_group_array("#v") FROM "#q")`
	case pg.SubLinkType_ANY_SUBLINK:
		if op := operator(e.OperName); len(e.OperName) == 0 || op == "=" {
			return "(" + w.expr(e.Testexpr) + " IN " + query + ")"
		}
	}
	return w.giveUp("ANY and ALL of a subquery")
}

func (c *converter) now(name string) string {
	switch {
	case c.strictly:
		return c.giveUp("what depends on the time, in a check, an index or a generated column")
	case strings.Contains(name, "CURRENT_DATE"):
		c.warn("ddl.timestamp", "dates are text, in UTC")
		return "CURRENT_DATE"
	case strings.Contains(name, "LOCALTIMESTAMP"), strings.Contains(name, "CURRENT_TIMESTAMP"):
		c.warn("ddl.timestamp", "CURRENT_TIMESTAMP is text, in UTC, of whole seconds")
		return "CURRENT_TIMESTAMP"
	case strings.Contains(name, "LOCALTIME"), strings.Contains(name, "CURRENT_TIME"):
		c.warn("ddl.timestamp", "times are text, in UTC, of whole seconds")
		return "CURRENT_TIME"
	}
	return c.giveUp("D1 knows no users and no schemas")
}
