package d1plan

import (
	"fmt"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

func (c *converter) createIndex(s *pg.IndexStmt) []string {
	switch s.AccessMethod {
	case "", "btree", "hash":
	default:
		c.unsupported("unsupported.index", "D1 has no index of the kind %.63s", s.AccessMethod)
	}
	if s.Concurrent {
		c.warn("ddl.index", "CONCURRENTLY is left out")
	}
	if len(s.IndexIncludingParams) > 0 {
		c.warn("ddl.index", "INCLUDE is left out")
	}
	if s.NullsNotDistinct {
		c.unsupported("unsupported.index", "NULLS NOT DISTINCT")
	}
	table := c.table(s.Relation)
	defer c.enter(c.known.relationOf(plainName(s.Relation), s.Relation.GetRelname()))()
	var keys, words []string
	for _, n := range s.IndexParams {
		key, word := c.indexKey(n.GetIndexElem())
		keys, words = append(keys, key), append(words, word)
	}
	name := s.Idxname
	if name == "" {
		name = s.Relation.GetRelname() + "_" + strings.Join(words, "_") + "_idx"
		c.warn("ddl.index", "D1 wants a name: the index is called %.63s", name)
	}
	out := "CREATE "
	if s.Unique {
		out += "UNIQUE "
	}
	out += "INDEX "
	if s.IfNotExists {
		out += "IF NOT EXISTS "
	}
	out += c.named(s.Relation.GetSchemaname(), name) + " ON " + table + " (" + strings.Join(keys, ", ") + ")"
	if s.WhereClause != nil {
		out += " WHERE " + c.pure(s.WhereClause)
	}
	return one(out)
}

// indexKey writes one key of an index; word stands for it in a name.
func (c *converter) indexKey(e *pg.IndexElem) (key, word string) {
	if e.GetName() != "" {
		key, word = sqltext.Ident(e.Name), e.Name
	} else {
		key, word = "("+c.pure(e.GetExpr())+")", "expr"
	}
	if len(e.GetOpclass()) > 0 || len(e.GetCollation()) > 0 {
		c.warn("ddl.index", "operator classes and collations are left out")
	}
	if e.GetNullsOrdering() != pg.SortByNulls_SORTBY_NULLS_DEFAULT && e.GetNullsOrdering() != pg.SortByNulls_SORT_BY_NULLS_UNDEFINED {
		c.warn("ddl.index", "NULLS FIRST and NULLS LAST are left out")
	}
	if e.GetOrdering() == pg.SortByDir_SORTBY_DESC {
		key += " DESC"
	}
	return key, word
}

func (c *converter) createView(s *pg.ViewStmt) []string {
	if s.WithCheckOption == pg.ViewCheckOption_LOCAL_CHECK_OPTION || s.WithCheckOption == pg.ViewCheckOption_CASCADED_CHECK_OPTION {
		c.unsupported("unsupported.view", "a view that takes writes")
	}
	if len(s.Options) > 0 {
		c.warn("ddl.view", "options of the view are left out")
	}
	name := c.table(s.View)
	columns := ""
	if len(s.Aliases) > 0 {
		columns = " (" + idents(s.Aliases) + ")"
	}
	var out []string
	if s.Replace {
		out = append(out, "DROP VIEW IF EXISTS "+name)
	}
	return append(out, "CREATE VIEW "+name+columns+" AS "+c.query(s.Query.GetSelectStmt()))
}

func (c *converter) createTableAs(s *pg.CreateTableAsStmt) []string {
	if s.Objtype != pg.ObjectType_OBJECT_TABLE || s.Query.GetSelectStmt() == nil || s.IsSelectInto || len(s.Into.GetColNames()) > 0 || s.Into.GetSkipData() {
		c.unsupported("unsupported.table", "materialized views, and tables that are made of something else than a plain query")
		return nil
	}
	exists := ""
	if s.IfNotExists {
		exists = "IF NOT EXISTS "
	}
	return one("CREATE TABLE " + exists + c.table(s.Into.GetRel()) + " AS " + c.query(s.Query.GetSelectStmt()))
}

// skipped are statements that D1 does well without.
var skipped = map[string]struct{ code, why string }{
	"CommentStmt":                {"ddl.comment", "D1 keeps no comments"},
	"GrantStmt":                  {"ddl.privileges", "D1 has no users and no privileges"},
	"GrantRoleStmt":              {"ddl.privileges", "D1 has no users and no privileges"},
	"AlterDefaultPrivilegesStmt": {"ddl.privileges", "D1 has no users and no privileges"},
	"AlterOwnerStmt":             {"ddl.privileges", "D1 has no users and no privileges"},
	"VariableSetStmt":            {"session.setting", "settings of a session have no meaning in D1"},
	"TransactionStmt":            {"session.transaction", "each batch is a transaction of its own"},
	"LockStmt":                   {"session.transaction", "D1 locks by itself"},
	"CreateSchemaStmt":           {"ddl.schema", "D1 has no schemas"},
	"CreateSeqStmt":              {"ddl.sequence", "D1 has no sequences"},
	"AlterSeqStmt":               {"ddl.sequence", "D1 has no sequences"},
	"CreateEnumStmt":             {"type.custom", "columns of the type become text with a check of its values"},
	"AlterEnumStmt":              {"type.custom", "the values are in the checks of the columns already"},
	"CreateDomainStmt":           {"type.custom", "columns of the domain have its type and its checks"},
	"VacuumStmt":                 {"ddl.skipped", "D1 looks after its tables itself"},
	"CreateStatsStmt":            {"ddl.skipped", "D1 looks after its tables itself"},
}

// refused are statements that D1 has nothing for.
var refused = map[string]struct{ code, why string }{
	"CreateExtensionStmt":   {"unsupported.extension", "D1 has no extensions: leave the statement out (random UUIDs are made without one)"},
	"CreatePublicationStmt": {"unsupported.publication", "D1 has no publications"},
	"CreateRoleStmt":        {"unsupported.role", "D1 has no roles"},
	"CreateEventTrigStmt":   {"unsupported.event_trigger", "D1 has no event triggers"},
	"ListenStmt":            {"unsupported.listen", "D1 has no LISTEN"},
	"NotifyStmt":            {"unsupported.notify", "D1 has no NOTIFY"},
	"CreatePolicyStmt":      {"unsupported.policy", "D1 has no row level security"},
	"DoStmt":                {"unsupported.do", "D1 has no procedural language: only a block that keeps one statement from failing where its object exists is read"},
	"RuleStmt":              {"unsupported.rule", "D1 has no rules"},
	"MergeStmt":             {"unsupported.merge", "D1 has no MERGE"},
}

// other reports a statement that is not written in D1.
func (c *converter) other(n *pg.Node) {
	name := strings.TrimPrefix(fmt.Sprintf("%T", n.Node), "*pg_query.Node_")
	if t := n.GetTransactionStmt(); t != nil && t.Kind != pg.TransactionStmtKind_TRANS_STMT_BEGIN &&
		t.Kind != pg.TransactionStmtKind_TRANS_STMT_START && t.Kind != pg.TransactionStmtKind_TRANS_STMT_COMMIT {
		c.unsupported("unsupported.transaction", "only BEGIN and COMMIT can be left out")
		return
	}
	if s, ok := skipped[name]; ok {
		c.warn(s.code, "%s", s.why)
		return
	}
	if r, ok := refused[name]; ok {
		c.unsupported(r.code, "%s", r.why)
		return
	}
	c.unsupported("unsupported.statement", "there is no rule for this statement (%s)", name)
}
