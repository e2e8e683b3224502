package d1plan

import (
	"strings"

	"athena/persistence/pgparse"
	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// assignment is NEW.column = value in a trigger's function.
type assignment struct {
	column string
	value  *pg.Node
}

// assignmentsOf reads the body of a trigger's function that does nothing but set
// columns of the new row.
func assignmentsOf(f *pg.CreateFunctionStmt) []assignment {
	if typeName(f.ReturnType) != "trigger" {
		return nil
	}
	body := ""
	for _, n := range f.Options {
		if e := n.GetDefElem(); e.GetDefname() == "as" && len(e.Arg.GetList().GetItems()) == 1 {
			body = last(e.Arg.GetList().Items)
		}
	}
	scanned, err := pgparse.Scan(body)
	if err != nil {
		return nil
	}
	steps := stepsOf(body, plain(scanned))
	end := len(steps) - 1
	if end >= 0 && strings.EqualFold(steps[end], "") {
		end--
	}
	if end < 2 || !strings.EqualFold(steps[end], "end") || !strings.EqualFold(strings.Join(strings.Fields(steps[end-1]), " "), "return new") {
		return nil
	}
	if len(steps[0]) < 6 || !strings.EqualFold(steps[0][:5], "begin") {
		return nil
	}
	steps[0] = steps[0][5:]
	var list []assignment
	for _, step := range steps[:end-1] {
		set, ok := assignmentOf(step)
		if !ok {
			return nil
		}
		list = append(list, set)
	}
	return list
}

// stepsOf cuts a body at its semicolons, with comments left out.
func stepsOf(body string, tokens []*pg.ScanToken) []string {
	var steps []string
	var step strings.Builder
	for _, t := range tokens {
		if t.Token == pg.Token_ASCII_59 {
			steps = append(steps, strings.TrimSpace(step.String()))
			step.Reset()
			continue
		}
		step.WriteString(body[t.Start:t.End] + " ")
	}
	return append(steps, strings.TrimSpace(step.String()))
}

func assignmentOf(step string) (assignment, bool) {
	target, value, found := strings.Cut(step, ":=")
	if !found {
		target, value, found = strings.Cut(step, "=")
	}
	if !found {
		return assignment{}, false
	}
	tree, err := pgparse.Parse("SELECT " + target + ", " + value)
	if err != nil || len(tree.Stmts) != 1 {
		return assignment{}, false
	}
	list := tree.Stmts[0].Stmt.GetSelectStmt().GetTargetList()
	if len(list) != 2 {
		return assignment{}, false
	}
	parts := names(list[0].GetResTarget().GetVal().GetColumnRef().GetFields())
	if len(parts) != 2 || parts[0] != "new" {
		return assignment{}, false
	}
	return assignment{parts[1], list[1].GetResTarget().GetVal()}, true
}

// The events of a trigger, as PostgreSQL's parser gives them.
const triggerInsert, triggerUpdate, triggerBefore = 1 << 2, 1 << 4, 1 << 1

// createTrigger writes a trigger that sets columns of the new row as one that updates
// them after.
func (c *converter) createTrigger(s *pg.CreateTrigStmt) []string {
	sets := c.known.setters[last(s.Funcname)]
	if len(sets) == 0 || !s.Row || s.Timing != triggerBefore || s.Events&^(triggerInsert|triggerUpdate) != 0 || s.Isconstraint || len(s.TransitionRels) > 0 {
		c.unsupported("unsupported.trigger", "only a trigger before INSERT or UPDATE is converted, for each row, whose function does nothing but NEW.column = value: do the rest in the application")
		return nil
	}
	table := plainName(s.Relation)
	name := c.table(s.Relation)
	defer c.enter(c.known.relationOf(table, table), c.known.relationOf(table, "new"), c.known.relationOf(table, "old"))()
	c.warn("ddl.trigger", "the trigger sets its columns by a write after that of the row: RETURNING shows them as they were before, and other triggers of the table see it")
	var columns []string
	for _, set := range sets {
		w := &writer{converter: c}
		columns = append(columns, sqltext.Ident(set.column)+" = "+w.expr(set.value))
	}
	var out []string
	for _, event := range []struct {
		bit              int32
		name, suffix, of string
	}{{triggerUpdate, "UPDATE", "", idents(s.Columns)}, {triggerInsert, "INSERT", "_insert", ""}} {
		if s.Events&event.bit == 0 {
			continue
		}
		suffix := event.suffix
		if s.Events == event.bit {
			suffix = ""
		}
		if s.Replace {
			out = append(out, "DROP TRIGGER IF EXISTS "+c.free(s.Trigname+suffix))
		}
		of := ""
		if event.of != "" {
			of = " OF " + event.of
		}
		out = append(out, "CREATE TRIGGER "+c.free(s.Trigname+suffix)+" AFTER "+event.name+of+" ON "+name+" FOR EACH ROW"+c.triggerWhen(s, table)+
			" BEGIN UPDATE "+name+" SET "+strings.Join(columns, ", ")+" WHERE rowid = new.rowid; END")
	}
	return out
}

// triggerWhen writes WHEN; OLD.* IS DISTINCT FROM NEW.* is written for each column.
func (c *converter) triggerWhen(s *pg.CreateTrigStmt, table string) string {
	if s.WhenClause == nil {
		return ""
	}
	e := s.WhenClause.GetAExpr()
	if e.GetKind() != pg.A_Expr_Kind_AEXPR_DISTINCT || !isStar(e.Lexpr) || !isStar(e.Rexpr) {
		return " WHEN " + c.expr(s.WhenClause)
	}
	t := c.known.tables[table]
	if t == nil {
		return c.giveUp("OLD.* of a table that the SQL does not make")
	}
	parts := make([]string, len(t.order))
	for i, column := range t.order {
		parts[i] = "old." + sqltext.Ident(column) + " IS NOT new." + sqltext.Ident(column)
	}
	return " WHEN " + strings.Join(parts, " OR ")
}

func isStar(n *pg.Node) bool {
	fields := n.GetColumnRef().GetFields()
	return len(fields) > 0 && fields[len(fields)-1].GetAStar() != nil
}

// createFunction leaves a function out that only triggers of the source use.
func (c *converter) createFunction(s *pg.CreateFunctionStmt) []string {
	if c.known.setters[last(s.Funcname)] == nil {
		c.unsupported("unsupported.function", "D1 has no functions of one's own: do it in the application")
		return nil
	}
	c.warn("ddl.trigger", "what the function does stands in the triggers that call it")
	return nil
}
