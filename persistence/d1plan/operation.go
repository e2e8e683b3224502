package d1plan

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

func (w *writer) operation(e *pg.A_Expr) string {
	op := operator(e.Name)
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_OP:
		return w.plainOperation(op, e)
	case pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		return w.anyOf(op, e)
	case pg.A_Expr_Kind_AEXPR_DISTINCT:
		return w.compared(" IS NOT ", e.Lexpr, e.Rexpr)
	case pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return w.compared(" IS ", e.Lexpr, e.Rexpr)
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		return "nullif(" + w.expr(e.Lexpr) + ", " + w.expr(e.Rexpr) + ")"
	case pg.A_Expr_Kind_AEXPR_IN:
		return w.in(e.Lexpr, op == "<>", e.Rexpr.GetList().GetItems())
	case pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		return w.like(op, e)
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		bounds := e.Rexpr.GetList().GetItems()
		if len(bounds) != 2 {
			return w.giveUp("BETWEEN without two bounds")
		}
		word := " BETWEEN "
		if e.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN {
			word = " NOT BETWEEN "
		}
		from, to := w.typeOf(e.Lexpr), w.typeOf(bounds[0])
		return "(" + w.as(e.Lexpr, to) + word + w.as(bounds[0], from) + " AND " + w.as(bounds[1], from) + ")"
	}
	return w.giveUp("the operator %.20q in this form", op)
}

func (w *writer) plainOperation(op string, e *pg.A_Expr) string {
	switch op {
	case "~", "~*", "!~", "!~*":
		return w.regular(op, e)
	case "~~", "!~~":
		return w.like(strings.TrimSuffix(op, "~~"), &pg.A_Expr{Kind: pg.A_Expr_Kind_AEXPR_LIKE, Lexpr: e.Lexpr, Rexpr: e.Rexpr})
	case "~~*", "!~~*":
		return w.like(strings.TrimSuffix(op, "~~*"), &pg.A_Expr{Kind: pg.A_Expr_Kind_AEXPR_ILIKE, Lexpr: e.Lexpr, Rexpr: e.Rexpr})
	case "->", "->>", "#>", "#>>":
		return w.jsonPart(op, e)
	case "@>", "<@", "&&":
		return w.contains(op, e)
	case "?":
		return w.hasKey(e)
	}
	switch {
	case e.Lexpr == nil && (op == "-" || op == "+") && w.typeOf(e.Rexpr) != "interval":
		return "(" + op + " " + w.expr(e.Rexpr) + ")"
	case e.Lexpr == nil || binary[op] == "":
		return w.giveUp("the operator %.20q", op)
	case comparisons[op]:
		return w.compared(" "+op+" ", e.Lexpr, e.Rexpr)
	}
	left, right := w.typeOf(e.Lexpr), w.typeOf(e.Rexpr)
	if op != "||" {
		if out, done := w.reckoned(op, e); done {
			return out
		}
	}
	switch {
	case op == "||" && isJSON(left):
		return w.merged(e)
	case op == "||" && (isArray(left) || isArray(right)):
		return w.giveUp("|| of arrays")
	case op == "-" && isJSON(left):
		if path, ok := w.pathOf("->", e.Rexpr); ok {
			return "json_remove(" + w.expr(e.Lexpr) + ", " + text(path) + ")"
		}
		return w.giveUp("- of JSON and something else than a key that is written out")
	case op == "/" && left == "numeric" && e.Lexpr.GetAConst() == nil && right != "float8":
		return "(CAST(" + w.expr(e.Lexpr) + " AS real) / " + w.expr(e.Rexpr) + ")"
	case op == "/" && right == "numeric" && e.Rexpr.GetAConst() == nil:
		return "(" + w.expr(e.Lexpr) + " / CAST(" + w.expr(e.Rexpr) + " AS real))"
	}
	return "(" + w.expr(e.Lexpr) + " " + binary[op] + " " + w.expr(e.Rexpr) + ")"
}

// compared writes a comparison, each side as the type of the other wants it.
func (w *writer) compared(op string, left, right *pg.Node) string {
	from, to := w.typeOf(left), w.typeOf(right)
	if from == "interval" || to == "interval" {
		return w.giveUp("intervals compared, which are text in D1: compare seconds, or times")
	}
	if left.GetRowExpr() != nil && right.GetRowExpr() != nil {
		return "(" + w.rowLike(left, right) + op + w.rowLike(right, left) + ")"
	}
	return "(" + w.as(left, to) + op + w.as(right, from) + ")"
}

// rowLike writes (a, b) to be compared with another row.
func (w *writer) rowLike(n, other *pg.Node) string {
	values, others := n.GetRowExpr().Args, other.GetRowExpr().Args
	if len(values) != len(others) || len(values) < 2 {
		return w.giveUp("rows of different lengths, or of one value, compared")
	}
	parts := make([]string, len(values))
	for i := range values {
		parts[i] = w.as(values[i], w.typeOf(others[i]))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// as writes a value to be compared with one of a type.
func (w *writer) as(n *pg.Node, kind string) string {
	from := w.typeOf(n)
	if from == "date" && (kind == "timestamp" || kind == "timestamptz") && n.GetAConst() == nil {
		return "datetime(" + w.expr(n) + ")"
	}
	if n.GetAConst().GetSval() != nil && (kind == "bool" || moments[kind]) {
		return w.literal(n, kindNamed(kind))
	}
	return w.expr(n)
}

// kindNamed is the kind of a type with a way of its own to write literals.
func kindNamed(name string) kind {
	if name == "bool" {
		return kind{target: "integer", bool: true}
	}
	return kind{target: "text", time: name}
}

func (w *writer) in(left *pg.Node, not bool, items []*pg.Node) string {
	word := " IN ("
	if not {
		word = " NOT IN ("
	}
	kind := w.typeOf(left)
	parts := make([]string, len(items))
	if left.GetRowExpr() != nil {
		for i, n := range items {
			if n.GetRowExpr() == nil {
				return w.giveUp("rows compared with something else")
			}
			parts[i] = w.rowLike(n, left)
		}
		return "(" + w.rowLike(left, left) + word + "VALUES " + strings.Join(parts, ", ") + "))"
	}
	for i, n := range items {
		parts[i] = w.as(n, kind)
	}
	return "(" + w.expr(left) + word + strings.Join(parts, ", ") + "))"
}

// anyOf writes = ANY (array) and <> ALL (array): of a written array as IN, of another
// by its elements.
func (w *writer) anyOf(op string, e *pg.A_Expr) string {
	array := e.Rexpr
	for array.GetTypeCast() != nil {
		array = array.GetTypeCast().Arg
	}
	isAny := e.Kind == pg.A_Expr_Kind_AEXPR_OP_ANY
	_, isText := constantText(array)
	switch {
	case (isAny && op != "=") || (!isAny && op != "<>"):
		return w.giveUp("%s of ANY or ALL", op)
	case array.GetAArrayExpr() != nil:
		return w.in(e.Lexpr, !isAny, array.GetAArrayExpr().Elements)
	case w.strictly || (!isText && !isArray(w.typeOf(array))):
		return w.giveUp("ANY and ALL of something that is not known to be an array")
	case isAny:
		return "(" + w.expr(e.Lexpr) + " IN " + w.elements(array) + ")"
	}
	return "(" + w.expr(e.Lexpr) + " NOT IN " + w.elements(array) + ")"
}
