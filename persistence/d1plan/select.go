package d1plan

import (
	"fmt"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// query writes a SELECT, VALUES or set operation.
func (c *converter) query(s *pg.SelectStmt) string { return (&writer{converter: c}).query(s) }

func (w *writer) query(s *pg.SelectStmt) string {
	if w.depth += 5; w.depth > maxDepth {
		return w.giveUp("queries nested too deep")
	}
	defer func() { w.depth -= 5 }()
	if s == nil {
		return w.giveUp("a query is missing")
	}
	if s.IntoClause != nil || s.GroupDistinct {
		return w.giveUp("INTO and GROUP BY DISTINCT")
	}
	if len(s.LockingClause) > 0 {
		w.warn("session.transaction", "locks of rows are left out: D1 runs one statement at a time")
	}
	defer w.enter()()
	ctes := w.ctes
	defer func() { w.ctes = ctes }()
	out := w.with(s.WithClause)
	switch {
	case s.Op != pg.SetOperation_SETOP_NONE:
		out += w.setOperation(s)
	case len(s.ValuesLists) > 0:
		out += w.values(s)
	default:
		out += w.core(s)
	}
	return out + w.tail(s)
}

func (w *writer) with(with *pg.WithClause) string {
	if with == nil {
		return ""
	}
	var parts []string
	for _, n := range with.Ctes {
		cte := n.GetCommonTableExpr()
		query := cte.Ctequery.GetSelectStmt()
		if query == nil || cte.SearchClause != nil || cte.CycleClause != nil {
			return w.giveUp("WITH around statements that write, SEARCH and CYCLE")
		}
		w.ctes = append(w.ctes, relation{name: cte.Ctename}) // of itself nothing is known yet
		body := w.query(query)
		w.ctes = append(w.ctes, w.shape.named(cte.Ctename, names(cte.Aliascolnames)))
		name := sqltext.Ident(cte.Ctename)
		if len(cte.Aliascolnames) > 0 {
			name += " (" + idents(cte.Aliascolnames) + ")"
		}
		parts = append(parts, name+" AS ("+body+")")
	}
	word := "WITH "
	if with.Recursive {
		word = "WITH RECURSIVE "
	}
	return word + strings.Join(parts, ", ") + " "
}

// idents writes a list of names.
func idents(nodes []*pg.Node) string { return quoted(names(nodes)) }

func (w *writer) setOperation(s *pg.SelectStmt) string {
	word := map[pg.SetOperation]string{
		pg.SetOperation_SETOP_UNION: " UNION ", pg.SetOperation_SETOP_INTERSECT: " INTERSECT ", pg.SetOperation_SETOP_EXCEPT: " EXCEPT ",
	}[s.Op]
	if s.All {
		if s.Op != pg.SetOperation_SETOP_UNION {
			return w.giveUp("INTERSECT ALL and EXCEPT ALL")
		}
		word = " UNION ALL "
	}
	left := w.arm(s.Larg, true)
	shape := w.shape
	right := w.arm(s.Rarg, false)
	w.shape = shape
	return left + word + right
}

// arm writes one side of a set operation; SQLite has no parentheses around them.
func (w *writer) arm(s *pg.SelectStmt, left bool) string {
	query := w.query(s)
	op := s.GetOp()
	nested := !left && (op == pg.SetOperation_SETOP_UNION || op == pg.SetOperation_SETOP_INTERSECT || op == pg.SetOperation_SETOP_EXCEPT)
	if nested || s.GetWithClause() != nil || len(s.GetSortClause()) > 0 || s.GetLimitCount() != nil || s.GetLimitOffset() != nil {
		return "SELECT * FROM (" + query + ")"
	}
	return query
}

func (w *writer) values(s *pg.SelectStmt) string {
	var rows []string
	width := -1
	for _, n := range s.ValuesLists {
		items := n.GetList().GetItems()
		if width < 0 {
			width = len(items)
		}
		if len(items) != width || width == 0 {
			return w.giveUp("VALUES of different lengths")
		}
		rows = append(rows, "("+w.list(items)+")")
	}
	w.shape = relation{}
	for i, n := range s.ValuesLists[0].GetList().GetItems() {
		w.shape.add(fmt.Sprintf("column%d", i+1), w.typeOf(n))
	}
	return "VALUES " + strings.Join(rows, ", ")
}

func (w *writer) core(s *pg.SelectStmt) string {
	from := ""
	if len(s.FromClause) > 0 {
		from = " FROM " + w.from(s.FromClause) // first, for the names that stand in it
	}
	if len(s.TargetList) == 0 {
		return w.giveUp("a SELECT of nothing")
	}
	shape := w.shapeOf(s.TargetList)
	defer func() { w.shape = shape }()
	out := "SELECT "
	if isDistinctOn(s) {
		return w.distinctOn(s, from)
	}
	if len(s.DistinctClause) > 0 {
		out += "DISTINCT "
	}
	out += w.targets(s.TargetList, len(s.FromClause) > 0) + from
	if s.WhereClause != nil {
		out += " WHERE " + w.expr(s.WhereClause)
	}
	if len(s.GroupClause) > 0 {
		out += " GROUP BY " + w.list(s.GroupClause)
	}
	if s.HavingClause != nil {
		out += " HAVING " + w.expr(s.HavingClause)
	}
	if len(s.WindowClause) > 0 {
		out += w.windows(s.WindowClause)
	}
	return out
}

// targets writes what is selected or returned.
func (w *writer) targets(list []*pg.Node, stars bool) string {
	var parts []string
	for _, n := range list {
		t := n.GetResTarget()
		if isStar(t.GetVal()) {
			fields := t.Val.GetColumnRef().Fields
			if !stars || len(fields) > 2 {
				return w.giveUp("a star here")
			}
			star := "*"
			if len(fields) == 2 {
				star = sqltext.Ident(fields[0].GetString_().GetSval()) + ".*"
			}
			parts = append(parts, star)
			continue
		}
		part := w.expr(t.GetVal())
		parts = append(parts, part+aliased(t, part))
	}
	return strings.Join(parts, ", ")
}

func (w *writer) from(list []*pg.Node) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, w.source(n))
	}
	return strings.Join(parts, ", ")
}

func (w *writer) source(n *pg.Node) string {
	if w.depth++; w.depth > maxDepth {
		return w.giveUp("joins nested too deep")
	}
	defer func() { w.depth-- }()
	switch s := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		w.see(w.sourceOf(s.RangeVar))
		return w.table(s.RangeVar) + w.alias(s.RangeVar.Alias)
	case *pg.Node_RangeFunction:
		return w.rangeFunction(s.RangeFunction)
	case *pg.Node_RangeSubselect:
		if s.RangeSubselect.Lateral {
			return w.giveUp("LATERAL")
		}
		return w.subselect(s.RangeSubselect)
	case *pg.Node_JoinExpr:
		return w.join(s.JoinExpr)
	}
	return w.giveUp("rows that come from something else than a table or a query")
}

// sourceOf describes what a name in FROM stands for: a query of WITH, or a table.
func (w *writer) sourceOf(r *pg.RangeVar) relation {
	for i := len(w.ctes) - 1; i >= 0 && r.Schemaname == ""; i-- {
		if w.ctes[i].name == r.Relname {
			found := w.ctes[i]
			if r.Alias != nil {
				found.name = r.Alias.Aliasname
			}
			return found
		}
	}
	return w.target(r)
}

// subselect writes a query in FROM; names that are given to its columns are those of
// a WITH in it.
func (w *writer) subselect(s *pg.RangeSubselect) string {
	query := w.query(s.Subquery.GetSelectStmt())
	given := names(s.Alias.GetColnames())
	w.see(w.shape.named(s.Alias.GetAliasname(), given))
	if len(given) > 0 {
		query = `WITH "#q" (` + idents(s.Alias.Colnames) + ") AS (" + query + `) SELECT * FROM "#q"`
	}
	if s.Alias == nil {
		return "(" + query + ")"
	}
	return "(" + query + ") AS " + sqltext.Ident(s.Alias.Aliasname)
}

func (w *writer) alias(a *pg.Alias) string {
	switch {
	case a == nil:
		return ""
	case len(a.Colnames) > 0:
		return w.giveUp("an alias that names columns")
	}
	return " AS " + sqltext.Ident(a.Aliasname)
}

func (w *writer) join(j *pg.JoinExpr) string {
	word, ok := map[pg.JoinType]string{
		pg.JoinType_JOIN_INNER: "JOIN", pg.JoinType_JOIN_LEFT: "LEFT JOIN", pg.JoinType_JOIN_RIGHT: "RIGHT JOIN", pg.JoinType_JOIN_FULL: "FULL JOIN",
	}[j.Jointype]
	if !ok || j.Alias != nil || j.JoinUsingAlias != nil {
		return w.giveUp("this kind of join")
	}
	if j.Rarg.GetJoinExpr() != nil {
		return w.giveUp("a join within parentheses on the right")
	}
	natural := ""
	if j.IsNatural {
		natural = "NATURAL "
	}
	out := w.source(j.Larg) + " " + natural + word + " " + w.source(j.Rarg)
	switch {
	case len(j.UsingClause) > 0:
		out += " USING (" + idents(j.UsingClause) + ")"
	case j.Quals != nil:
		out += " ON " + w.expr(j.Quals)
	}
	return out
}

// tail writes order and bounds.
func (w *writer) tail(s *pg.SelectStmt) string {
	out := ""
	if len(s.SortClause) > 0 && !isDistinctOn(s) { // which has its order
		if len(s.ValuesLists) > 0 {
			return w.giveUp("VALUES in an order")
		}
		out = " ORDER BY " + w.sortKeys(s.SortClause)
	}
	if s.LimitCount == nil && s.LimitOffset == nil {
		return out
	}
	if s.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES || len(s.ValuesLists) > 0 {
		return w.giveUp("WITH TIES, and VALUES with bounds")
	}
	limit := "-1"
	if s.LimitCount != nil && !s.LimitCount.GetAConst().GetIsnull() {
		limit = w.expr(s.LimitCount)
	}
	out += " LIMIT " + limit
	if s.LimitOffset != nil {
		out += " OFFSET " + w.expr(s.LimitOffset)
	}
	return out
}

func (w *writer) sortKey(s *pg.SortBy) string {
	if len(s.GetUseOp()) > 0 {
		return w.giveUp("ORDER BY ... USING")
	}
	return w.expr(s.GetNode()) + direction(s)
}

// direction is what follows what is sorted by.
func direction(s *pg.SortBy) (out string) {
	down := s.GetSortbyDir() == pg.SortByDir_SORTBY_DESC
	if down {
		out = " DESC"
	}
	// In PostgreSQL nulls are the largest, in SQLite the smallest values.
	first := s.GetSortbyNulls() == pg.SortByNulls_SORTBY_NULLS_FIRST || (s.GetSortbyNulls() == pg.SortByNulls_SORTBY_NULLS_DEFAULT && down)
	if first {
		return out + " NULLS FIRST"
	}
	return out + " NULLS LAST"
}
