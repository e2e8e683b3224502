package d1plan

import (
	"slices"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// canTake reports whether a change of a table can stand in the statement that makes
// it. What rows could tell apart can, only while nothing has used the table.
func (t *table) canTake(c *pg.AlterTableCmd) bool {
	there := t.column(c.Name) != nil
	switch c.GetSubtype() {
	case pg.AlterTableType_AT_AddConstraint:
		return c.Def.GetConstraint().GetIndexname() == ""
	case pg.AlterTableType_AT_ColumnDefault:
		return there && (isNextval(c.Def) || !t.used)
	case pg.AlterTableType_AT_AddIdentity, pg.AlterTableType_AT_SetNotNull:
		return there
	case pg.AlterTableType_AT_DropNotNull, pg.AlterTableType_AT_AlterColumnType:
		return there && !t.used
	case pg.AlterTableType_AT_AddColumn:
		column := c.Def.GetColumnDef()
		return column != nil && !t.used && t.column(column.Colname) == nil
	}
	return false
}

// take changes the statement that makes the table.
func (t *table) take(c *pg.AlterTableCmd) {
	column := t.column(c.Name)
	switch c.Subtype {
	case pg.AlterTableType_AT_AddConstraint:
		t.create.TableElts = append(t.create.TableElts, c.Def)
	case pg.AlterTableType_AT_AddColumn:
		if t.column(c.Def.GetColumnDef().Colname) == nil {
			t.create.TableElts = append(t.create.TableElts, c.Def)
			t.add(c.Def.GetColumnDef())
		}
	case pg.AlterTableType_AT_AddIdentity:
		setConstraint(column, &pg.Constraint{Contype: pg.ConstrType_CONSTR_IDENTITY})
	case pg.AlterTableType_AT_SetNotNull:
		setConstraint(column, &pg.Constraint{Contype: pg.ConstrType_CONSTR_NOTNULL})
	case pg.AlterTableType_AT_DropNotNull:
		unset(column, pg.ConstrType_CONSTR_NOTNULL)
	case pg.AlterTableType_AT_ColumnDefault:
		if c.Def == nil {
			unset(column, pg.ConstrType_CONSTR_DEFAULT)
			return
		}
		setConstraint(column, &pg.Constraint{Contype: pg.ConstrType_CONSTR_DEFAULT, RawExpr: c.Def})
	case pg.AlterTableType_AT_AlterColumnType:
		column.TypeName = c.Def.GetColumnDef().GetTypeName()
		t.types[c.Name] = column.TypeName
	}
}

func setConstraint(column *pg.ColumnDef, constraint *pg.Constraint) {
	unset(column, constraint.Contype)
	column.Constraints = append(column.Constraints, &pg.Node{Node: &pg.Node_Constraint{Constraint: constraint}})
}

func unset(column *pg.ColumnDef, kind pg.ConstrType) {
	column.Constraints = slices.DeleteFunc(column.Constraints, func(n *pg.Node) bool { return n.GetConstraint().GetContype() == kind })
}

func isNextval(n *pg.Node) bool {
	call := n.GetFuncCall()
	return call != nil && functionName(call) == "nextval"
}

// keysOf are the columns of a key by the name of its constraint.
func (t *table) keysOf(name string) []string {
	if t == nil {
		return nil
	}
	for _, n := range t.create.TableElts {
		if constraint := n.GetConstraint(); constraint.GetConname() == name && len(constraint.Keys) > 0 {
			keys := names(constraint.Keys)
			for i := range keys {
				keys[i] = sqltext.Ident(keys[i])
			}
			return keys
		}
		column := n.GetColumnDef()
		for _, inner := range column.GetConstraints() {
			kind := inner.GetConstraint().GetContype()
			given, usual := inner.GetConstraint().GetConname(), t.create.Relation.GetRelname()+"_"+column.Colname+"_key"
			if (kind == pg.ConstrType_CONSTR_UNIQUE || kind == pg.ConstrType_CONSTR_PRIMARY) && (given == name || given == "" && usual == name) {
				return []string{sqltext.Ident(column.Colname)}
			}
		}
	}
	return nil
}
