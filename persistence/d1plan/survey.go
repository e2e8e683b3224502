package d1plan

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// schema is what the source says about types and tables, gathered before anything
// is written.
type schema struct {
	// enums are the values of enum types by name.
	enums map[string][]string
	// tables are by their names in D1.
	tables map[string]*table
}

// table is a table that the source makes.
type table struct {
	create *pg.CreateStmt
	piece  int
	types  map[string]*pg.TypeName
	// order are the columns in their order.
	order []string
}

// survey reads the source for types and tables. What dumps say of a table in later
// statements, such as its keys, is moved into the statement that makes it: D1 cannot
// add it later.
func survey(pieces []piece) *schema {
	s := &schema{enums: map[string][]string{}, tables: map[string]*table{}}
	for i := range pieces {
		if pieces[i].err != nil {
			continue
		}
		switch n := pieces[i].tree.Node.(type) {
		case *pg.Node_CreateEnumStmt:
			s.enums[last(n.CreateEnumStmt.TypeName)] = names(n.CreateEnumStmt.Vals)
		case *pg.Node_AlterEnumStmt:
			if name := last(n.AlterEnumStmt.TypeName); n.AlterEnumStmt.OldVal == "" && s.enums[name] != nil {
				s.enums[name] = append(s.enums[name], n.AlterEnumStmt.NewVal)
			}
		case *pg.Node_CreateStmt:
			s.tables[plainName(n.CreateStmt.Relation)] = newTable(n.CreateStmt, i)
		case *pg.Node_AlterTableStmt:
			s.alter(n.AlterTableStmt, &pieces[i])
		case *pg.Node_RenameStmt:
			delete(s.tables, plainName(n.RenameStmt.Relation))
		case *pg.Node_DropStmt:
			for _, object := range n.DropStmt.Objects {
				delete(s.tables, strings.Join(without(names(object.GetList().GetItems()), "public"), "_"))
			}
		}
	}
	return s
}

// names reads a list of names.
func names(nodes []*pg.Node) []string {
	var list []string
	for _, n := range nodes {
		list = append(list, n.GetString_().GetSval())
	}
	return list
}

func without(list []string, word string) []string {
	if len(list) > 1 && list[0] == word {
		return list[1:]
	}
	return list
}

func last(nodes []*pg.Node) string {
	if len(nodes) == 0 {
		return ""
	}
	return nodes[len(nodes)-1].GetString_().GetSval()
}

// plainName is the name of a table in D1, unquoted.
func plainName(r *pg.RangeVar) string {
	if schema := r.GetSchemaname(); schema != "" && schema != "public" {
		return schema + "_" + r.GetRelname()
	}
	return r.GetRelname()
}

func newTable(s *pg.CreateStmt, at int) *table {
	t := &table{create: s, piece: at, types: map[string]*pg.TypeName{}}
	for _, n := range s.TableElts {
		if column := n.GetColumnDef(); column != nil {
			t.types[column.Colname] = column.TypeName
			t.order = append(t.order, column.Colname)
		}
	}
	return t
}

// alter moves the commands of a statement into the one that makes the table, if all
// of them can be.
func (s *schema) alter(a *pg.AlterTableStmt, p *piece) {
	t := s.tables[plainName(a.Relation)]
	if t == nil || a.Objtype != pg.ObjectType_OBJECT_TABLE {
		return
	}
	for _, n := range a.Cmds {
		if !t.canTake(n.GetAlterTableCmd()) {
			s.remember(t, a)
			return
		}
	}
	for _, n := range a.Cmds {
		t.take(n.GetAlterTableCmd())
	}
	p.folded = t.piece
}

// remember notes columns that are added later.
func (s *schema) remember(t *table, a *pg.AlterTableStmt) {
	for _, n := range a.Cmds {
		if column := n.GetAlterTableCmd().GetDef().GetColumnDef(); column != nil && n.GetAlterTableCmd().Subtype == pg.AlterTableType_AT_AddColumn {
			t.types[column.Colname] = column.TypeName
			t.order = append(t.order, column.Colname)
		}
	}
}

func (t *table) column(name string) *pg.ColumnDef {
	for _, n := range t.create.TableElts {
		if column := n.GetColumnDef(); column != nil && column.Colname == name {
			return column
		}
	}
	return nil
}

func (t *table) canTake(c *pg.AlterTableCmd) bool {
	switch c.GetSubtype() {
	case pg.AlterTableType_AT_AddConstraint:
		return c.Def.GetConstraint().GetIndexname() == ""
	case pg.AlterTableType_AT_ColumnDefault:
		return isNextval(c.Def) && t.column(c.Name) != nil
	case pg.AlterTableType_AT_AddIdentity, pg.AlterTableType_AT_SetNotNull:
		return t.column(c.Name) != nil
	}
	return false
}

func (t *table) take(c *pg.AlterTableCmd) {
	if c.Subtype == pg.AlterTableType_AT_AddConstraint {
		t.create.TableElts = append(t.create.TableElts, c.Def)
		return
	}
	constraint := &pg.Constraint{Contype: pg.ConstrType_CONSTR_NOTNULL}
	switch c.Subtype {
	case pg.AlterTableType_AT_AddIdentity:
		constraint.Contype = pg.ConstrType_CONSTR_IDENTITY
	case pg.AlterTableType_AT_ColumnDefault:
		constraint.Contype, constraint.RawExpr = pg.ConstrType_CONSTR_DEFAULT, c.Def
	}
	column := t.column(c.Name)
	column.Constraints = append(column.Constraints, &pg.Node{Node: &pg.Node_Constraint{Constraint: constraint}})
}

func isNextval(n *pg.Node) bool {
	call := n.GetFuncCall()
	return call != nil && functionName(call) == "nextval"
}
