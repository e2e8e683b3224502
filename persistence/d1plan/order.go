package d1plan

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// ordered gives the pieces in the order in which they are to be run: their own, but
// for rows that come before the foreign keys of their table. Such keys stand in D1's
// CREATE TABLE, so rows must come after those that they refer to.
func (s *schema) ordered(pieces []piece) []int {
	all := make([]int, len(pieces))
	ranks := map[string]int{}
	for i := range all {
		all[i] = i
	}
	for from := 0; from < len(pieces); from++ {
		to, late := from, false
		for ; to < len(pieces) && (s.dataOf(&pieces[to]) != "" || pieces[to].idle()); to++ {
			if t := s.tables[s.dataOf(&pieces[to])]; t != nil {
				late = late || t.keyed > to
			}
		}
		if late {
			slices.SortStableFunc(all[from:to], func(a, b int) int {
				return s.rank(s.dataOf(&pieces[a]), ranks) - s.rank(s.dataOf(&pieces[b]), ranks)
			})
		}
		from = to
	}
	return all
}

// dataOf names the table that a statement puts given rows in, if it does that.
func (s *schema) dataOf(p *piece) string {
	if p.err != nil {
		return ""
	}
	switch n := p.tree.Node.(type) {
	case *pg.Node_CopyStmt:
		return plainName(n.CopyStmt.Relation)
	case *pg.Node_InsertStmt:
		if n.InsertStmt.OnConflictClause == nil && n.InsertStmt.WithClause == nil && len(n.InsertStmt.SelectStmt.GetSelectStmt().GetValuesLists()) > 0 {
			return plainName(n.InsertStmt.Relation)
		}
	}
	return ""
}

// idle reports a statement that is never run.
func (p *piece) idle() bool {
	return p.err == nil && p.tree.GetSelectStmt() != nil && sequenceCall(p.tree.GetSelectStmt()) != ""
}

// rank is above that of every table that a table refers to, but in a circle.
func (s *schema) rank(name string, ranks map[string]int) int {
	t := s.tables[name]
	if rank, known := ranks[name]; known || t == nil {
		return rank
	}
	ranks[name] = 0
	most := 0
	for _, other := range t.refers() {
		if other != name {
			most = max(most, s.rank(other, ranks)+1)
		}
	}
	ranks[name] = most
	return most
}

// refers are the tables that a table's foreign keys name.
func (t *table) refers() (list []string) {
	add := func(n *pg.Node) {
		if key := n.GetConstraint(); key.GetContype() == pg.ConstrType_CONSTR_FOREIGN && key.Pktable != nil {
			list = append(list, plainName(key.Pktable))
		}
	}
	for _, n := range t.create.TableElts {
		add(n)
		for _, inner := range n.GetColumnDef().GetConstraints() {
			add(inner)
		}
	}
	return list
}
