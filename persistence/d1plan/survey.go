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
	// domains are types made of others, setters the functions of triggers that set
	// columns, by name.
	domains map[string]*pg.CreateDomainStmt
	setters map[string][]assignment
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
	// keyed is the last statement that gave it a foreign key after it was made.
	keyed int
	// used says that a statement has used the table since it was made, other than to
	// define it.
	used bool
}

// survey reads the source for types and tables. What dumps say of a table in later
// statements, such as its keys, is moved into the statement that makes it: D1 cannot
// add it later.
func survey(pieces []piece) *schema {
	s := &schema{
		enums: map[string][]string{}, tables: map[string]*table{}, domains: map[string]*pg.CreateDomainStmt{}, setters: map[string][]assignment{},
	}
	for i := range pieces {
		if pieces[i].err != nil {
			continue
		}
		switch n := pieces[i].tree.Node.(type) {
		case *pg.Node_CreateEnumStmt:
			s.enums[last(n.CreateEnumStmt.TypeName)] = names(n.CreateEnumStmt.Vals)
		case *pg.Node_CreateDomainStmt:
			s.domains[last(n.CreateDomainStmt.Domainname)] = n.CreateDomainStmt
		case *pg.Node_CreateFunctionStmt:
			if sets := assignmentsOf(n.CreateFunctionStmt); sets != nil {
				s.setters[last(n.CreateFunctionStmt.Funcname)] = sets
			}
		case *pg.Node_AlterEnumStmt:
			if name := last(n.AlterEnumStmt.TypeName); n.AlterEnumStmt.OldVal == "" && s.enums[name] != nil {
				s.enums[name] = append(s.enums[name], n.AlterEnumStmt.NewVal)
			}
		case *pg.Node_CreateStmt:
			s.tables[plainName(n.CreateStmt.Relation)] = newTable(n.CreateStmt, i)
		case *pg.Node_AlterTableStmt:
			s.alter(n.AlterTableStmt, &pieces[i], i)
		case *pg.Node_InsertStmt, *pg.Node_CopyStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt, *pg.Node_TruncateStmt,
			*pg.Node_ViewStmt, *pg.Node_CreateTableAsStmt, *pg.Node_DoStmt:
			s.use(target(pieces[i].tree))
		case *pg.Node_RenameStmt:
			s.use("")
			delete(s.tables, plainName(n.RenameStmt.Relation))
		case *pg.Node_DropStmt:
			for _, object := range n.DropStmt.Objects {
				delete(s.tables, strings.Join(without(names(object.GetList().GetItems()), "public"), "_"))
			}
		}
	}
	return s
}

// target names the table that a statement fills or changes, where it makes nothing of
// what it reads in others.
func target(n *pg.Node) string {
	switch s := n.Node.(type) {
	case *pg.Node_CopyStmt:
		return plainName(s.CopyStmt.Relation)
	case *pg.Node_InsertStmt:
		if len(s.InsertStmt.SelectStmt.GetSelectStmt().GetValuesLists()) > 0 {
			return plainName(s.InsertStmt.Relation)
		}
	case *pg.Node_UpdateStmt:
		return plainName(s.UpdateStmt.Relation)
	case *pg.Node_DeleteStmt:
		return plainName(s.DeleteStmt.Relation)
	}
	return ""
}

// use notes that a table, or any where none is named, is read or filled from here on.
func (s *schema) use(only string) {
	for name, t := range s.tables {
		if only == "" || name == only {
			t.used = true
		}
	}
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
			t.add(column)
		}
	}
	return t
}

func (t *table) add(column *pg.ColumnDef) {
	t.types[column.Colname] = column.TypeName
	t.order = append(t.order, column.Colname)
}

// alter moves the commands of a statement into the one that makes the table, if all
// of them can be.
func (s *schema) alter(a *pg.AlterTableStmt, p *piece, at int) {
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
		if n.GetAlterTableCmd().GetDef().GetConstraint().GetContype() == pg.ConstrType_CONSTR_FOREIGN {
			t.keyed = at
		}
	}
	p.folded = t.piece
}

// remember notes columns that are added later.
func (s *schema) remember(t *table, a *pg.AlterTableStmt) {
	for _, n := range a.Cmds {
		if column := n.GetAlterTableCmd().GetDef().GetColumnDef(); column != nil && n.GetAlterTableCmd().Subtype == pg.AlterTableType_AT_AddColumn {
			t.add(column)
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
