package d1plan

import (
	"regexp"

	"athena/persistence/pgparse"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Two ways in which tools let a statement pass where its object exists already.
var guards = []*regexp.Regexp{
	regexp.MustCompile(`(?is)^\s*BEGIN\s+([^;]*(?:'[^']*'[^;]*)*);\s*EXCEPTION\s+WHEN\s+duplicate_\w+(?:\s+OR\s+duplicate_\w+)*\s+THEN\s+(?:NULL|RAISE\s+NOTICE[^;]*);\s*END\s*;?\s*$`),
	regexp.MustCompile(`(?is)^\s*BEGIN\s+IF\s+NOT\s+EXISTS\s*\([^;]*\b(?:pg_\w+|information_schema)\b[^;]*\)\s*THEN\s+((?:CREATE|ALTER)\s[^;]*);\s*END\s+IF\s*;\s*END\s*;?\s*$`),
}

// unguard reads a DO block that only keeps one statement from failing as that
// statement.
func (p *piece) unguard() {
	do := p.tree.GetDoStmt()
	if do == nil {
		return
	}
	body := ""
	for _, n := range do.Args {
		if e := n.GetDefElem(); e.GetDefname() == "as" {
			body = e.Arg.GetString_().GetSval()
		}
	}
	for _, guard := range guards {
		found := guard.FindStringSubmatch(body)
		if found == nil {
			continue
		}
		tree, err := pgparse.Parse(found[1])
		if err != nil || len(tree.Stmts) != 1 {
			return
		}
		switch tree.Stmts[0].Stmt.Node.(type) {
		case *pg.Node_CreateEnumStmt, *pg.Node_CreateDomainStmt, *pg.Node_AlterTableStmt, *pg.Node_AlterEnumStmt, *pg.Node_CreateStmt, *pg.Node_IndexStmt:
			p.tree, p.guarded = tree.Stmts[0].Stmt, true
		}
		return
	}
}
