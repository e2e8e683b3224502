// Package pgparse reads SQL with PostgreSQL's own parser, for what must be known of
// a statement before any database sees it.
package pgparse

import (
	"strings"

	"athena/wire"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// CheckCount accepts a statement only if it is one SELECT whose one column is a
// count: without comments, grouping, set operations, windows, bounds, locks, or
// anything that writes in front of it.
func CheckCount(sql string) error {
	if err := noComments(sql); err != nil {
		return err
	}
	tree, err := Parse(sql)
	if err != nil {
		return notCount("%s", err).Because(err)
	}
	if len(tree.Stmts) != 1 {
		return notCount("it holds %d statements", len(tree.Stmts))
	}
	s := tree.Stmts[0].Stmt.GetSelectStmt()
	switch {
	case s == nil:
		return notCount("it is no SELECT")
	case s.Op != pg.SetOperation_SETOP_NONE:
		return notCount("it has a UNION, INTERSECT or EXCEPT")
	case len(s.GroupClause) > 0 || s.HavingClause != nil:
		return notCount("it groups rows")
	case s.WithClause != nil:
		return notCount("it begins with WITH")
	case s.IntoClause != nil || len(s.LockingClause) > 0:
		return notCount("it does more than read")
	case len(s.DistinctClause) > 0 || s.LimitCount != nil || s.LimitOffset != nil || len(s.SortClause) > 0 || len(s.WindowClause) > 0:
		return notCount("it bounds or sorts its one row")
	case len(s.FromClause) == 0 || len(s.TargetList) != 1:
		return notCount("it must select one count from something")
	}
	return onlyCount(s.TargetList[0].GetResTarget())
}

// onlyCount accepts count(...) itself and nothing made of it.
func onlyCount(target *pg.ResTarget) error {
	call := target.GetVal().GetFuncCall()
	if call == nil || call.Over != nil || len(call.Funcname) == 0 {
		return notCount("it selects something else than a count")
	}
	schema := ""
	if len(call.Funcname) > 1 {
		schema = call.Funcname[0].GetString_().GetSval()
	}
	name := call.Funcname[len(call.Funcname)-1].GetString_().GetSval()
	if name != "count" || (schema != "" && schema != "pg_catalog") {
		return notCount("it selects something else than a count")
	}
	return nil
}

func noComments(sql string) error {
	if strings.IndexByte(sql, 0) >= 0 {
		return notCount("it holds a NUL character")
	}
	tokens, err := Scan(sql)
	if err != nil {
		return notCount("%s", err).Because(err)
	}
	for _, token := range tokens {
		if token.Token == pg.Token_SQL_COMMENT || token.Token == pg.Token_C_COMMENT {
			return notCount("it holds a comment")
		}
	}
	return nil
}

func notCount(format string, args ...any) *wire.Problem {
	p := wire.Fail(wire.InvalidSQL, "the query is not a plain count: "+format, args...).At("query")
	return p.WithHint("write SELECT count(*) FROM ... WHERE ...")
}
