package d1plan

import (
	"slices"
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// creation writes one CREATE TABLE.
type creation struct {
	*converter
	name string
	// key are the columns of the primary key, whole says that it is written with its
	// one column.
	key   []string
	whole bool
	kinds map[string]kind
	parts []string
}

func (c *converter) createTable(s *pg.CreateStmt) []string {
	if len(s.InhRelations) > 0 || s.Partspec != nil || s.Partbound != nil || s.OfTypename != nil {
		c.unsupported("unsupported.partition", "D1 has no partitions, no inheritance and no typed tables")
		return nil
	}
	t := &creation{converter: c, name: c.table(s.Relation), kinds: map[string]kind{}}
	columns, constraints := t.elements(s)
	if len(columns) == 0 {
		c.unsupported("unsupported.table", "a table without columns")
		return nil
	}
	t.findKey(columns, constraints)
	for _, column := range columns {
		t.kinds[column.Colname] = c.kindOf(column.TypeName)
	}
	defer c.enter(c.known.relationOf(plainName(s.Relation), s.Relation.GetRelname()))()
	for _, column := range columns {
		t.column(column)
	}
	for _, constraint := range constraints {
		if part := t.constraint(constraint); part != "" {
			t.parts = append(t.parts, part)
		}
	}
	exists := ""
	if s.IfNotExists {
		exists = "IF NOT EXISTS "
	}
	return one("CREATE TABLE " + exists + t.name + " (\n  " + strings.Join(t.parts, ",\n  ") + "\n)")
}

func (t *creation) elements(s *pg.CreateStmt) (columns []*pg.ColumnDef, constraints []*pg.Constraint) {
	seen := map[string]bool{}
	for _, n := range s.TableElts {
		switch e := n.Node.(type) {
		case *pg.Node_ColumnDef:
			if name := strings.ToLower(e.ColumnDef.Colname); seen[name] {
				t.unsupported("unsupported.name", "two columns are named %.63q but for small and large letters", name)
			} else {
				seen[name] = true
			}
			columns = append(columns, e.ColumnDef)
		case *pg.Node_Constraint:
			constraints = append(constraints, e.Constraint)
		default:
			t.unsupported("unsupported.table", "a table that is made like another one")
		}
	}
	return columns, constraints
}

// findKey finds the primary key, which is written with its column where it is one.
func (t *creation) findKey(columns []*pg.ColumnDef, constraints []*pg.Constraint) {
	found := 0
	for _, column := range columns {
		if has(column, pg.ConstrType_CONSTR_PRIMARY) {
			t.key, found = []string{column.Colname}, found+1
		}
	}
	for _, constraint := range constraints {
		if constraint.Contype == pg.ConstrType_CONSTR_PRIMARY {
			t.key, found = names(constraint.Keys), found+1
		}
	}
	if found > 1 {
		t.unsupported("unsupported.constraint", "two primary keys")
	}
	t.whole = len(t.key) == 1
}

func has(column *pg.ColumnDef, wanted pg.ConstrType) bool {
	return slices.ContainsFunc(column.Constraints, func(n *pg.Node) bool { return n.GetConstraint().GetContype() == wanted })
}

// counts reports whether a column counts by itself.
func counts(column *pg.ColumnDef, k kind) bool {
	return k.serial || has(column, pg.ConstrType_CONSTR_IDENTITY) || slices.ContainsFunc(column.Constraints, func(n *pg.Node) bool {
		return n.GetConstraint().GetContype() == pg.ConstrType_CONSTR_DEFAULT && isNextval(n.GetConstraint().RawExpr)
	})
}

func (t *creation) column(column *pg.ColumnDef) {
	k := t.kinds[column.Colname]
	name := sqltext.Ident(column.Colname)
	part := name + " " + k.target
	inKey := slices.Contains(t.key, column.Colname)
	alone := inKey && t.whole
	if has(column, pg.ConstrType_CONSTR_IDENTITY) {
		t.warn("ddl.identity", "an identity column becomes integer, and takes values that are given")
	}
	if alone {
		part += " PRIMARY KEY"
	}
	switch count := counts(column, k); {
	case count && alone && k.target == "integer":
		part += " AUTOINCREMENT"
	case count:
		t.imprecise("unsupported.serial", "column %.63s: only an integer that is the whole primary key counts by itself in D1", column.Colname)
	}
	if notNull := k.notNull || has(column, pg.ConstrType_CONSTR_NOTNULL); notNull || k.serial || has(column, pg.ConstrType_CONSTR_IDENTITY) || (inKey && !(alone && k.target == "integer")) {
		part += " NOT NULL"
	}
	if column.CollClause != nil {
		t.warn("ddl.collation", "the collation of column %.63s is left out", column.Colname)
	}
	part += t.columnConstraints(column, k)
	if len(k.values) > 0 {
		part += " CHECK (" + name + " IN (" + literals(k.values) + "))"
	}
	part += t.domainChecks(column.Colname, t.known.nameOf(column.TypeName), k)
	t.parts = append(t.parts, part)
}

func literals(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = text(v)
	}
	return strings.Join(parts, ", ")
}

// columnConstraints writes what stands with a column, but for key and NOT NULL.
func (t *creation) columnConstraints(column *pg.ColumnDef, k kind) string {
	part := ""
	for i, n := range column.Constraints {
		constraint := n.GetConstraint()
		if constraint == nil {
			continue
		}
		switch constraint.Contype {
		case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_NOTNULL, pg.ConstrType_CONSTR_IDENTITY, pg.ConstrType_CONSTR_NULL:
		case pg.ConstrType_CONSTR_DEFAULT:
			if !isNextval(constraint.RawExpr) {
				part += t.defaultOf(constraint.RawExpr, k)
			}
		case pg.ConstrType_CONSTR_GENERATED:
			part += " GENERATED ALWAYS AS (" + t.pure(constraint.RawExpr) + ") STORED"
		case pg.ConstrType_CONSTR_ATTR_DEFERRABLE, pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE, pg.ConstrType_CONSTR_ATTR_DEFERRED, pg.ConstrType_CONSTR_ATTR_IMMEDIATE:
		case pg.ConstrType_CONSTR_FOREIGN:
			deferred := slices.ContainsFunc(column.Constraints[i:], func(n *pg.Node) bool {
				return n.GetConstraint().GetContype() == pg.ConstrType_CONSTR_ATTR_DEFERRED
			})
			part += " " + named(constraint) + t.references(constraint, deferred)
		default:
			if written := t.constraint(constraint); written != "" {
				part += " " + written
			}
		}
	}
	return part
}

func (c *converter) defaultOf(n *pg.Node, k kind) string {
	return " DEFAULT (" + (&writer{converter: c}).literal(n, k) + ")"
}

// named is the name of a constraint, where it has one.
func named(constraint *pg.Constraint) string {
	if constraint.Conname == "" {
		return ""
	}
	return "CONSTRAINT " + sqltext.Ident(constraint.Conname) + " "
}

// constraint writes a constraint of a table or of a column.
func (t *creation) constraint(constraint *pg.Constraint) string {
	keys := ""
	if len(constraint.Keys) > 0 {
		keys = " (" + idents(constraint.Keys) + ")"
	}
	if constraint.Deferrable && constraint.Contype != pg.ConstrType_CONSTR_FOREIGN {
		t.warn("ddl.deferrable", "only foreign keys can be deferred in D1")
	}
	if len(constraint.Including) > 0 {
		t.warn("ddl.index", "INCLUDE is left out")
	}
	t.lacking(constraint.Keys)
	t.lacking(constraint.FkAttrs)
	switch constraint.Contype {
	case pg.ConstrType_CONSTR_PRIMARY:
		if t.whole {
			return ""
		}
		return named(constraint) + "PRIMARY KEY" + keys
	case pg.ConstrType_CONSTR_UNIQUE:
		if constraint.NullsNotDistinct {
			t.unsupported("unsupported.constraint", "NULLS NOT DISTINCT")
		}
		return named(constraint) + "UNIQUE" + keys
	case pg.ConstrType_CONSTR_CHECK:
		return named(constraint) + "CHECK (" + t.pure(constraint.RawExpr) + ")"
	case pg.ConstrType_CONSTR_FOREIGN:
		return named(constraint) + "FOREIGN KEY (" + idents(constraint.FkAttrs) + ") " + t.references(constraint, constraint.Initdeferred)
	}
	t.unsupported("unsupported.constraint", "D1 has no constraint of this kind")
	return ""
}

// lacking reports columns of a constraint that the table does not have.
func (t *creation) lacking(columns []*pg.Node) {
	for _, name := range names(columns) {
		if _, ok := t.kinds[name]; !ok {
			t.unsupported("unsupported.constraint", "a constraint of column %.63s, which the table does not have", name)
		}
	}
}

var actions = map[string]string{"a": "", "": "", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

// references writes the far side of a foreign key.
func (c *converter) references(constraint *pg.Constraint, deferred bool) string {
	c.warn("ddl.foreign_key", "D1 looks at foreign keys at the end of each statement: rows must come after those that they refer to")
	if constraint.FkMatchtype == "f" || len(constraint.FkDelSetCols) > 0 {
		c.unsupported("unsupported.constraint", "MATCH FULL, and SET NULL of some columns")
	}
	out := "REFERENCES " + c.table(constraint.Pktable)
	if len(constraint.PkAttrs) > 0 {
		out += " (" + idents(constraint.PkAttrs) + ")"
	}
	if action := actions[constraint.FkDelAction]; action != "" {
		out += " ON DELETE " + action
	}
	if action := actions[constraint.FkUpdAction]; action != "" {
		out += " ON UPDATE " + action
	}
	if deferred {
		out += " DEFERRABLE INITIALLY DEFERRED"
	}
	return out
}

// pure writes an expression of a check, an index or a generated column, in which
// nothing may depend on the time, on chance or on other rows.
func (c *converter) pure(n *pg.Node) string {
	c.strictly = true
	defer func() { c.strictly = false }()
	return c.expr(n)
}
