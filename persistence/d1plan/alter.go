package d1plan

import (
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

func (c *converter) alterTable(s *pg.AlterTableStmt, p *piece) []string {
	if p.folded >= 0 {
		c.warn("ddl.folded", "this stands in statement %d, which makes the table", p.folded)
		return nil
	}
	if s.Objtype != pg.ObjectType_OBJECT_TABLE {
		c.unsupported("unsupported.alter", "changes of something else than a table")
		return nil
	}
	name := c.table(s.Relation)
	var out []string
	for _, n := range s.Cmds {
		out = append(out, c.alteration(s, name, n.GetAlterTableCmd())...)
	}
	return out
}

func (c *converter) alteration(s *pg.AlterTableStmt, name string, cmd *pg.AlterTableCmd) []string {
	switch cmd.GetSubtype() {
	case pg.AlterTableType_AT_AddColumn:
		return c.addColumn(s, name, cmd)
	case pg.AlterTableType_AT_DropColumn:
		if cmd.MissingOk {
			c.warn("ddl.if_exists", "IF EXISTS of a column is left out")
		}
		return one("ALTER TABLE " + name + " DROP COLUMN " + sqltext.Ident(cmd.Name))
	case pg.AlterTableType_AT_ChangeOwner, pg.AlterTableType_AT_ReplicaIdentity, pg.AlterTableType_AT_SetStatistics,
		pg.AlterTableType_AT_SetStorage, pg.AlterTableType_AT_SetRelOptions, pg.AlterTableType_AT_ResetRelOptions, pg.AlterTableType_AT_ClusterOn:
		c.warn("ddl.skipped", "owners and storage have no meaning in D1")
		return nil
	case pg.AlterTableType_AT_AddConstraint:
		return c.addConstraint(s, name, cmd.Def.GetConstraint())
	case pg.AlterTableType_AT_EnableRowSecurity, pg.AlterTableType_AT_ForceRowSecurity:
		c.unsupported("unsupported.row_security", "D1 has no row level security: whoever reaches the database sees every row")
		return nil
	}
	c.unsupported("unsupported.alter", "D1 cannot make this change of a table")
	return nil
}

// addConstraint writes a unique constraint as an index: nothing else can be added.
func (c *converter) addConstraint(s *pg.AlterTableStmt, name string, constraint *pg.Constraint) []string {
	if constraint.GetContype() != pg.ConstrType_CONSTR_UNIQUE || len(constraint.Keys) == 0 || constraint.NullsNotDistinct {
		c.unsupported("unsupported.alter", "D1 cannot add this constraint to a table that exists")
		return nil
	}
	index := constraint.Conname
	if index == "" {
		index = plainName(s.Relation) + "_" + strings.Join(names(constraint.Keys), "_") + "_key"
	}
	c.warn("ddl.index", "the constraint becomes a unique index")
	return one("CREATE UNIQUE INDEX " + c.free(index) + " ON " + name + " (" + idents(constraint.Keys) + ")")
}

func (c *converter) addColumn(s *pg.AlterTableStmt, name string, cmd *pg.AlterTableCmd) []string {
	column := cmd.Def.GetColumnDef()
	if column == nil {
		c.unsupported("unsupported.alter", "a column without a definition")
		return nil
	}
	if cmd.MissingOk {
		c.warn("ddl.if_exists", "IF NOT EXISTS of a column is left out")
	}
	k := c.kindOf(column.TypeName)
	part := sqltext.Ident(column.Colname) + " " + k.target
	if counts(column, k) || has(column, pg.ConstrType_CONSTR_PRIMARY) || has(column, pg.ConstrType_CONSTR_GENERATED) {
		c.unsupported("unsupported.alter", "D1 cannot add a column that counts, is computed, or is the primary key")
		return nil
	}
	unique, constant := false, false
	for _, n := range column.Constraints {
		switch constraint := n.GetConstraint(); constraint.GetContype() {
		case pg.ConstrType_CONSTR_UNIQUE:
			unique = true
		case pg.ConstrType_CONSTR_DEFAULT:
			constant = !isNull(constraint.RawExpr)
			part += c.constantDefault(constraint.RawExpr, k)
		case pg.ConstrType_CONSTR_CHECK:
			part += " " + named(constraint) + "CHECK (" + c.pure(constraint.RawExpr) + ")"
		case pg.ConstrType_CONSTR_FOREIGN:
			part += " " + named(constraint) + c.references(constraint, false)
		}
	}
	switch {
	case has(column, pg.ConstrType_CONSTR_NOTNULL) && !constant:
		c.unsupported("unsupported.alter", "D1 cannot add a column that is NOT NULL and has no default")
	case constant && has(column, pg.ConstrType_CONSTR_FOREIGN):
		c.unsupported("unsupported.alter", "D1 cannot add a foreign key whose column has a default")
	case has(column, pg.ConstrType_CONSTR_NOTNULL):
		part += " NOT NULL"
	}
	if len(k.values) > 0 {
		part += " CHECK (" + sqltext.Ident(column.Colname) + " IN (" + literals(k.values) + "))"
	}
	if k.notNull {
		c.unsupported("unsupported.alter", "D1 cannot add a column of a domain that is NOT NULL")
	}
	part += c.domainChecks(column.Colname, c.known.nameOf(column.TypeName), k)
	out := one("ALTER TABLE " + name + " ADD COLUMN " + part)
	if unique {
		index := plainName(s.Relation) + "_" + column.Colname + "_key"
		out = append(out, "CREATE UNIQUE INDEX "+c.free(index)+" ON "+name+" ("+sqltext.Ident(column.Colname)+")")
	}
	return out
}

func isNull(n *pg.Node) bool {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	return n.GetAConst() != nil && n.GetAConst().Isnull
}

// constantDefault writes the default of a column that is added, which D1 wants to be
// a literal.
func (c *converter) constantDefault(n *pg.Node, k kind) string {
	w := &writer{converter: c}
	for n.GetTypeCast() != nil && n.GetTypeCast().Arg.GetAConst() != nil {
		k, n = c.kindOf(n.GetTypeCast().TypeName), n.GetTypeCast().Arg
	}
	sign := ""
	if e := n.GetAExpr(); e != nil && e.Lexpr == nil && operator(e.Name) == "-" && e.Rexpr.GetAConst() != nil {
		sign, n = "-", e.Rexpr
	}
	constant := n.GetAConst()
	if constant == nil || (sign != "" && constant.GetSval() != nil) {
		c.unsupported("unsupported.alter", "D1 cannot add a column whose default is no literal")
		return ""
	}
	if constant.GetSval() != nil && k.ownWay() {
		return " DEFAULT " + w.literal(n, k)
	}
	return " DEFAULT " + sign + w.constant(constant)
}

func (c *converter) rename(s *pg.RenameStmt) []string {
	if s.MissingOk {
		c.warn("ddl.if_exists", "IF EXISTS is left out")
	}
	switch s.RenameType {
	case pg.ObjectType_OBJECT_TABLE:
		return one("ALTER TABLE " + c.table(s.Relation) + " RENAME TO " + c.named(s.Relation.Schemaname, s.Newname))
	case pg.ObjectType_OBJECT_COLUMN:
		if s.RelationType == pg.ObjectType_OBJECT_TABLE {
			return one("ALTER TABLE " + c.table(s.Relation) + " RENAME COLUMN " + sqltext.Ident(s.Subname) + " TO " + sqltext.Ident(s.Newname))
		}
	}
	c.unsupported("unsupported.alter", "D1 renames tables and columns, and nothing else")
	return nil
}

func (c *converter) drop(s *pg.DropStmt) []string {
	word, ok := map[pg.ObjectType]string{
		pg.ObjectType_OBJECT_TABLE: "TABLE", pg.ObjectType_OBJECT_VIEW: "VIEW", pg.ObjectType_OBJECT_INDEX: "INDEX",
	}[s.RemoveType]
	if !ok {
		c.warn("ddl.skipped", "there is nothing of the kind in D1 to drop")
		return nil
	}
	if s.Behavior == pg.DropBehavior_DROP_CASCADE {
		c.warn("ddl.cascade", "CASCADE is left out: views that use it stay, and are broken")
	}
	if s.MissingOk {
		word += " IF EXISTS"
	}
	var out []string
	for _, object := range s.Objects {
		parts := names(object.GetList().GetItems())
		switch len(parts) {
		case 1:
			out = append(out, "DROP "+word+" "+c.named("", parts[0]))
		case 2:
			out = append(out, "DROP "+word+" "+c.named(parts[0], parts[1]))
		default:
			c.unsupported("unsupported.name", "a name in another database")
		}
	}
	return out
}

func (c *converter) truncate(s *pg.TruncateStmt) []string {
	c.warn("dml.truncate", "TRUNCATE becomes DELETE; numbers go on where they were")
	if s.Behavior == pg.DropBehavior_DROP_CASCADE {
		c.unsupported("unsupported.truncate", "TRUNCATE ... CASCADE")
	}
	var out []string
	for _, n := range s.Relations {
		out = append(out, "DELETE FROM "+c.table(n.GetRangeVar()))
	}
	return out
}
