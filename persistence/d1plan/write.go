package d1plan

import (
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

func (c *converter) insert(s *pg.InsertStmt) string {
	w := &writer{converter: c}
	defer w.enter()()
	out := w.with(s.WithClause) + "INSERT INTO " + c.table(s.Relation) + w.alias(s.Relation.GetAlias())
	query := s.SelectStmt.GetSelectStmt()
	columns := make([]string, 0, len(s.Cols))
	for _, n := range s.Cols {
		if len(n.GetResTarget().GetIndirection()) > 0 {
			return w.giveUp("a part of a column as a target")
		}
		columns = append(columns, n.GetResTarget().GetName())
	}
	switch {
	case query == nil:
		out += " DEFAULT VALUES"
	case len(query.ValuesLists) > 0 && query.WithClause == nil && len(query.SortClause) == 0 && query.LimitCount == nil && query.LimitOffset == nil:
		out += w.rows(s, columns, query.ValuesLists)
	default:
		if len(columns) > 0 {
			out += " (" + quoted(columns) + ")"
		}
		out += " " + w.insertedQuery(query, s.OnConflictClause != nil)
	}
	r := c.target(s.Relation)
	w.see(r)
	r.name = "excluded"
	w.see(r)
	return out + w.conflict(s.OnConflictClause, s.Relation) + w.returning(s.ReturningList)
}

// target describes the table that a statement writes to.
func (c *converter) target(r *pg.RangeVar) relation {
	name := r.GetRelname()
	if r.GetAlias() != nil {
		name = r.Alias.Aliasname
	}
	return c.known.relationOf(plainName(r), name)
}

// quoted writes a list of names.
func quoted(names []string) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = sqltext.Ident(name)
	}
	return strings.Join(parts, ", ")
}

// insertedQuery writes the query of an INSERT. Before ON CONFLICT it must have a
// WHERE, or SQLite takes the ON for that of a join.
func (w *writer) insertedQuery(query *pg.SelectStmt, conflict bool) string {
	written := w.query(query)
	if conflict {
		return "SELECT * FROM (" + written + ") WHERE 1"
	}
	return written
}

// rows writes the VALUES of an INSERT, each value as its column wants it. A column
// that all rows give its default is left out; D1 has no DEFAULT among values.
func (w *writer) rows(s *pg.InsertStmt, columns []string, lists []*pg.Node) string {
	known := w.known.tables[plainName(s.Relation)]
	if len(columns) == 0 && known != nil {
		columns = known.order
	}
	width := len(lists[0].GetList().GetItems())
	if width > len(columns) && len(s.Cols) > 0 {
		return w.giveUp("more values than columns")
	}
	omitted := make([]bool, width)
	for i := range width {
		n := 0
		for _, row := range lists {
			items := row.GetList().GetItems()
			if len(items) != width {
				return w.giveUp("rows of different lengths")
			}
			if items[i].GetSetToDefault() != nil {
				n++
			}
		}
		if omitted[i] = n == len(lists); n > 0 && !omitted[i] && (known == nil || i >= len(columns)) {
			return w.giveUp("DEFAULT in some rows and values in others, in a table that the SQL does not make")
		}
		if omitted[i] && i >= len(columns) {
			return w.giveUp("DEFAULT for a column that is not known")
		}
	}
	head, kept := w.insertHead(s, columns, omitted)
	if kept == 0 {
		if len(lists) > 1 {
			return w.giveUp("several rows of nothing but defaults")
		}
		return " DEFAULT VALUES"
	}
	kinds := w.kindsOf(known, columns)
	rows := make([]string, len(lists))
	for r, row := range lists {
		var values []string
		for i, item := range row.GetList().GetItems() {
			if omitted[i] {
				continue
			}
			k, ok := kind{}, i < len(kinds)
			if ok {
				k = kinds[i]
			}
			if item.GetSetToDefault() != nil {
				values = append(values, w.defaultFor(known, columns[i], k))
				continue
			}
			values = append(values, w.valueFor(item, k))
		}
		rows[r] = "(" + strings.Join(values, ", ") + ")"
	}
	return head + " VALUES " + strings.Join(rows, ", ")
}

// defaultFor writes the default of a column as a value; NULL makes one that counts go
// on counting.
func (w *writer) defaultFor(known *table, name string, k kind) string {
	for _, n := range known.column(name).GetConstraints() {
		if constraint := n.GetConstraint(); constraint.GetContype() == pg.ConstrType_CONSTR_DEFAULT && !isNextval(constraint.RawExpr) {
			return w.literal(constraint.RawExpr, k)
		}
	}
	return "NULL"
}

// insertHead writes the columns that get a value, and counts them.
func (w *writer) insertHead(s *pg.InsertStmt, columns []string, omitted []bool) (head string, kept int) {
	var list []string
	for i := range omitted {
		if !omitted[i] {
			kept++
			if i < len(columns) {
				list = append(list, columns[i])
			}
		}
	}
	if len(s.Cols) == 0 && kept == len(omitted) {
		return "", kept
	}
	return " (" + quoted(list) + ")", kept
}

// kindsOf are the kinds of columns whose literals are written in a way of their own.
func (w *writer) kindsOf(known *table, columns []string) []kind {
	if known == nil {
		return nil
	}
	quiet := &converter{known: w.known}
	kinds := make([]kind, len(columns))
	for i, name := range columns {
		if t := known.types[name]; t != nil {
			kinds[i] = quiet.kindOf(t)
		}
	}
	return kinds
}

// valueFor writes a value for a column of a kind whose literals may have a way of
// their own.
func (w *writer) valueFor(n *pg.Node, k kind) string {
	if k.ownWay() {
		return w.literal(n, k)
	}
	return w.expr(n)
}

func (w *writer) conflict(s *pg.OnConflictClause, relation *pg.RangeVar) string {
	if s == nil {
		return ""
	}
	out := " ON CONFLICT"
	if infer := s.Infer; infer != nil {
		var keys []string
		if infer.Conname != "" {
			if keys = w.known.tables[plainName(relation)].keysOf(infer.Conname); len(keys) == 0 {
				return w.giveUp("ON CONFLICT ON CONSTRAINT, which the SQL does not make: name the columns")
			}
		}
		for _, n := range infer.IndexElems {
			key, _ := w.indexKey(n.GetIndexElem())
			keys = append(keys, key)
		}
		out += " (" + strings.Join(keys, ", ") + ")"
		if infer.WhereClause != nil {
			out += " WHERE " + w.expr(infer.WhereClause)
		}
	}
	switch s.Action {
	case pg.OnConflictAction_ONCONFLICT_NOTHING:
		return out + " DO NOTHING"
	case pg.OnConflictAction_ONCONFLICT_UPDATE:
		out += " DO UPDATE SET " + w.assignments(s.TargetList, relation)
		if s.WhereClause != nil {
			out += " WHERE " + w.expr(s.WhereClause)
		}
		return out
	}
	return w.giveUp("this ON CONFLICT")
}

func (w *writer) assignments(list []*pg.Node, relation *pg.RangeVar) string {
	known := w.known.tables[plainName(relation)]
	var parts []string
	for _, n := range list {
		t := n.GetResTarget()
		if len(t.GetIndirection()) > 0 {
			return w.giveUp("a part of a column set")
		}
		value := t.GetVal()
		if several := value.GetMultiAssignRef(); several != nil {
			row := several.Source.GetRowExpr().GetArgs()
			if int(several.Ncolumns) != len(row) || several.Colno < 1 || int(several.Colno) > len(row) {
				return w.giveUp("several columns set by a query")
			}
			value = row[several.Colno-1]
		}
		k := kind{}
		if kinds := w.kindsOf(known, []string{t.Name}); kinds != nil {
			k = kinds[0]
		}
		var written string
		switch {
		case value.GetSetToDefault() == nil:
			written = w.valueFor(value, k)
		case known == nil:
			return w.giveUp("SET ... = DEFAULT in a table that the SQL does not make")
		default:
			written = w.defaultFor(known, t.Name, k)
		}
		parts = append(parts, sqltext.Ident(t.Name)+" = "+written)
	}
	return strings.Join(parts, ", ")
}

func (w *writer) returning(list []*pg.Node) string {
	if len(list) == 0 {
		return ""
	}
	for _, n := range list {
		if ref := n.GetResTarget().GetVal().GetColumnRef(); ref != nil && len(ref.Fields) > 1 && ref.Fields[len(ref.Fields)-1].GetAStar() != nil {
			return w.giveUp("RETURNING table.*")
		}
	}
	return " RETURNING " + w.targets(list, true)
}

func (c *converter) update(s *pg.UpdateStmt) string {
	w := &writer{converter: c}
	defer w.enter(c.target(s.Relation))()
	out, from := w.with(s.WithClause)+"UPDATE "+c.table(s.Relation)+w.alias(s.Relation.GetAlias())+" SET ", ""
	if len(s.FromClause) > 0 {
		from = " FROM " + w.from(s.FromClause)
	}
	return out + w.assignments(s.TargetList, s.Relation) + from + w.where(s.WhereClause) + w.returning(s.ReturningList)
}

func (w *writer) where(n *pg.Node) string {
	switch {
	case n == nil:
		return ""
	case n.GetCurrentOfExpr() != nil:
		return " WHERE " + w.giveUp("WHERE CURRENT OF")
	}
	return " WHERE " + w.expr(n)
}

func (c *converter) delete(s *pg.DeleteStmt) string {
	w := &writer{converter: c}
	defer w.enter(c.target(s.Relation))()
	table := c.table(s.Relation)
	out := w.with(s.WithClause) + "DELETE FROM " + table + w.alias(s.Relation.GetAlias())
	if len(s.UsingClause) == 0 {
		return out + w.where(s.WhereClause) + w.returning(s.ReturningList)
	}
	owner := table
	if s.Relation.GetAlias() != nil {
		owner = sqltext.Ident(s.Relation.Alias.Aliasname)
	}
	from := table + w.alias(s.Relation.GetAlias()) + ", " + w.from(s.UsingClause)
	return out + " WHERE rowid IN (SELECT " + owner + ".rowid FROM " + from + w.where(s.WhereClause) + ")" + w.returning(s.ReturningList)
}
