package d1plan

import (
	"fmt"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// isDistinctOn tells SELECT DISTINCT ON from a plain DISTINCT, which names nothing.
func isDistinctOn(s *pg.SelectStmt) bool {
	return len(s.DistinctClause) > 0 && s.DistinctClause[0].GetNode() != nil
}

// distinctOn writes SELECT DISTINCT ON: the rows are numbered within those that are
// alike, in the order of the query, and the first of each are kept. What it is
// ordered by goes along as columns of its own.
func (w *writer) distinctOn(s *pg.SelectStmt, from string) string {
	if len(s.GroupClause) > 0 || s.HavingClause != nil || len(s.WindowClause) > 0 {
		return w.giveUp("DISTINCT ON of groups or windows")
	}
	columns, ok := w.outputs(s.TargetList)
	if !ok {
		return w.giveUp("DISTINCT ON, where a column of the result has no name or stands twice")
	}
	var keys, order, outer []string
	for i, n := range s.SortClause {
		by, column := w.meant(n.GetSortBy(), s.TargetList), fmt.Sprintf(`"#%d"`, i)
		order = append(order, w.sortKey(by))
		keys = append(keys, w.expr(by.GetNode())+" AS "+column)
		outer = append(outer, column+direction(by))
	}
	window := "PARTITION BY " + w.list(s.DistinctClause)
	if len(order) > 0 {
		window += " ORDER BY " + strings.Join(order, ", ")
	}
	inner := append([]string{w.targets(s.TargetList, true)}, keys...)
	out := "SELECT " + quoted(columns) + " FROM (SELECT " + strings.Join(inner, ", ") + ", row_number() OVER (" + window + `) AS "#n"` + from
	if s.WhereClause != nil {
		out += " WHERE " + w.expr(s.WhereClause)
	}
	out += `) WHERE "#n" = 1`
	if len(outer) > 0 {
		out += " ORDER BY " + strings.Join(outer, ", ")
	}
	return out
}

// meant replaces a name or number of a result in ORDER BY by what it stands for.
func (w *writer) meant(s *pg.SortBy, targets []*pg.Node) *pg.SortBy {
	parts := names(s.GetNode().GetColumnRef().GetFields())
	number := int(s.GetNode().GetAConst().GetIval().GetIval())
	for i, n := range targets {
		t := n.GetResTarget()
		if number == i+1 && !isStar(t.GetVal()) || (len(parts) == 1 && t.GetName() == parts[0]) {
			return &pg.SortBy{Node: t.Val, SortbyDir: s.SortbyDir, SortbyNulls: s.SortbyNulls, UseOp: s.UseOp}
		}
	}
	return s
}

// outputs are the names of the results of a query, if they are known and differ.
func (w *writer) outputs(targets []*pg.Node) (list []string, ok bool) {
	seen := map[string]bool{}
	for _, column := range w.shapeOf(targets).order {
		seen[column] = true
		list = append(list, column)
	}
	wanted := 0
	for _, n := range targets {
		if !isStar(n.GetResTarget().GetVal()) {
			wanted++
			continue
		}
		for _, r := range w.stars(n.GetResTarget().GetVal()) {
			if len(r.order) == 0 {
				return nil, false
			}
			wanted += len(r.order)
		}
	}
	return list, wanted > 0 && wanted == len(seen) && !seen["?column?"]
}

// shapeOf describes the results of a query whose FROM is in scope.
func (c *converter) shapeOf(targets []*pg.Node) relation {
	var shape relation
	for _, n := range targets {
		t := n.GetResTarget()
		if isStar(t.GetVal()) {
			for _, r := range c.stars(t.Val) {
				for _, column := range r.order {
					shape.add(column, r.types[column])
				}
			}
			continue
		}
		shape.add(outputName(t), c.typeOf(t.GetVal()))
	}
	return shape
}

// stars are the relations that a star stands for.
func (c *converter) stars(n *pg.Node) []relation {
	if len(c.scopes) == 0 {
		return nil
	}
	all := c.scopes[len(c.scopes)-1]
	parts := names(n.GetColumnRef().GetFields())
	if len(parts) < 2 {
		return all
	}
	for _, r := range all {
		if r.name == parts[len(parts)-2] {
			return []relation{r}
		}
	}
	return nil
}

// outputName is the name that PostgreSQL gives a result.
func outputName(t *pg.ResTarget) string {
	if t.GetName() != "" {
		return t.Name
	}
	n := t.GetVal()
	for n.GetTypeCast() != nil {
		if inner := n.GetTypeCast().Arg; inner.GetAConst() != nil || inner.GetAExpr() != nil {
			return typeName(n.GetTypeCast().TypeName)
		}
		n = n.GetTypeCast().Arg
	}
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		return last(e.ColumnRef.Fields)
	case *pg.Node_FuncCall:
		return last(e.FuncCall.Funcname)
	case *pg.Node_CoalesceExpr:
		return "coalesce"
	case *pg.Node_CaseExpr:
		return "case"
	case *pg.Node_SqlvalueFunction:
		return strings.ToLower(strings.TrimPrefix(e.SqlvalueFunction.Op.String(), "SVFOP_"))
	case *pg.Node_SubLink:
		if inner := e.SubLink.Subselect.GetSelectStmt().GetTargetList(); e.SubLink.SubLinkType == pg.SubLinkType_EXPR_SUBLINK && len(inner) == 1 {
			return outputName(inner[0].GetResTarget())
		}
	}
	return "?column?"
}

// aliased names a result as PostgreSQL would, where SQLite would name it otherwise.
func aliased(t *pg.ResTarget, written string) string {
	name := outputName(t)
	if same := t.GetName() == "" && strings.HasSuffix(written, sqltext.Ident(name)); name != "?column?" && !same {
		return " AS " + sqltext.Ident(name)
	}
	return ""
}
