package ddl

import (
	"strings"

	"athena/persistence/pgparse"
	"athena/wire"

	pg_query "github.com/pganalyze/pg_query_go/v6"
)

const (
	// maxExpression and maxQuery bound in bytes what is parsed.
	maxExpression = 8 << 10
	maxQuery      = 256 << 10
)

// parseOne parses text that has to be one statement.
func parseOne(field, text string) (*pg_query.ParseResult, *pg_query.Node, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, nil, refuse("%s holds a NUL character", field).At(field)
	}
	tree, err := pgparse.Parse(text)
	if err != nil {
		return nil, nil, refuse("%s is not valid SQL: %s", field, err.Error()).At(field).Because(err)
	}
	if len(tree.Stmts) != 1 {
		return nil, nil, refuse("%s must be one statement, not %d", field, len(tree.Stmts)).At(field)
	}
	return tree, tree.Stmts[0].Stmt, nil
}

// selected parses the inside of a SELECT's list, which has to be one value and
// nothing else: a text that closes the bracket and goes on shows in the tree.
func selected(field, before, text, after string) (*pg_query.ParseResult, *pg_query.Node, error) {
	if len(text) > maxExpression {
		return nil, nil, refuse("%s is longer than %d bytes", field, maxExpression).At(field)
	}
	if strings.TrimSpace(text) == "" {
		return nil, nil, wire.Fail(wire.InvalidRequest, "%s is missing", field).At(field)
	}
	// The lines of their own keep a comment from swallowing the bracket.
	tree, node, err := parseOne(field, "SELECT "+before+"\n"+text+"\n"+after)
	if err != nil {
		return nil, nil, err
	}
	s := node.GetSelectStmt()
	if s == nil || len(s.TargetList) != 1 || !bare(s) {
		return nil, nil, refuse("%s must be a single expression", field).At(field)
	}
	target := s.TargetList[0].GetResTarget()
	if target == nil || target.Name != "" || target.Val == nil {
		return nil, nil, refuse("%s must be a single expression", field).At(field)
	}
	return tree, target.Val, nil
}

// bare reports whether a SELECT has a list and nothing else.
func bare(s *pg_query.SelectStmt) bool {
	return s.IntoClause == nil && len(s.FromClause) == 0 && s.WhereClause == nil && len(s.GroupClause) == 0 &&
		s.HavingClause == nil && len(s.WindowClause) == 0 && len(s.ValuesLists) == 0 && len(s.SortClause) == 0 &&
		s.LimitCount == nil && s.LimitOffset == nil && len(s.LockingClause) == 0 && s.WithClause == nil &&
		s.Larg == nil && s.Rarg == nil && len(s.DistinctClause) == 0
}

// expression gives one expression as the parser writes it. What reaches beyond the
// row, and for a default the row itself, is refused.
func expression(field, text string, columns bool) (string, error) {
	tree, value, err := selected(field, "(", text, ")")
	if err != nil {
		return "", err
	}
	if row := value.GetRowExpr(); row != nil && row.RowFormat == pg_query.CoercionForm_COERCE_IMPLICIT_CAST { // a list
		return "", refuse("%s must be a single expression", field).At(field)
	}
	if err := check(field, value, expressionRules(columns)); err != nil {
		return "", err
	}
	return deparse(field, tree, "SELECT ")
}

// deparse writes a tree anew, without what it begins with.
func deparse(field string, tree *pg_query.ParseResult, before string) (string, error) {
	text, err := pg_query.Deparse(tree)
	if err != nil {
		return "", refuse("%s cannot be written back: %s", field, err.Error()).At(field).Because(err)
	}
	text, ok := strings.CutPrefix(text, before)
	if !ok {
		return "", refuse("%s must be a single expression", field).At(field)
	}
	return text, nil
}

// query gives a view's query, one SELECT, as the parser writes it.
func query(field, text string) (string, error) {
	if len(text) > maxQuery {
		return "", refuse("%s is longer than %d bytes", field, maxQuery).At(field)
	}
	if strings.TrimSpace(text) == "" {
		return "", wire.Fail(wire.InvalidRequest, "%s is missing", field).At(field)
	}
	tree, node, err := parseOne(field, text)
	if err != nil {
		return "", err
	}
	if node.GetSelectStmt() == nil {
		return "", refuse("%s must be a single SELECT", field).At(field)
	}
	if err := check(field, node, queryRules); err != nil {
		return "", err
	}
	return deparse(field, tree, "")
}

// texts are the strings of a list of names.
func texts(nodes []*pg_query.Node) []string {
	list := make([]string, len(nodes))
	for i, node := range nodes {
		list[i] = node.GetString_().GetSval()
	}
	return list
}
