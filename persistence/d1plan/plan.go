// Package d1plan turns SQL of PostgreSQL into the SQLite dialect of Cloudflare's D1.
//
// SQL is read by PostgreSQL's own parser, and written anew from its tree by rules
// that know each construct they let through. What no rule knows is reported as
// unsupported, never copied: whatever is called converted is SQL that SQLite
// understands.
package d1plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"athena/wire"

	pg "github.com/pganalyze/pg_query_go/v6"
)

const (
	// MaxStatements is how many statements one plan may have.
	MaxStatements = 5000
	// maxTarget is the longest statement that D1 takes, in bytes.
	maxTarget = 100_000
)

// Plan is what SQL becomes.
type Plan struct {
	Statements       []wire.D1Statement
	Warnings, Errors []wire.D1Diagnostic
	Meta             wire.D1SourceMeta
}

// SQL is all that a plan runs, in order.
func (p *Plan) SQL() string {
	var all []string
	for _, s := range p.Ordered() {
		all = append(all, s.Targets...)
	}
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, ";\n") + ";\n"
}

// Ordered are the statements that something is run of, in the order of running.
func (p *Plan) Ordered() []*wire.D1Statement {
	list := make([]*wire.D1Statement, len(p.Meta.EstimatedApplyOrder))
	for i, index := range p.Meta.EstimatedApplyOrder {
		list[i] = &p.Statements[index]
	}
	return list
}

// Convert plans SQL. Strictly, what D1 has nothing for is an error; otherwise it is
// left out with a warning. SQL that PostgreSQL would not read is an error always.
func Convert(sql string, strict bool) *Plan {
	sum := sha256.Sum256([]byte(sql))
	plan := &Plan{
		Statements: []wire.D1Statement{}, Warnings: []wire.D1Diagnostic{}, Errors: []wire.D1Diagnostic{},
		Meta: wire.D1SourceMeta{Fingerprint: hex.EncodeToString(sum[:16]), EstimatedApplyOrder: []int{}},
	}
	pieces := split(sql)
	plan.Meta.StatementCount = len(pieces)
	known := survey(pieces)
	lines := newLines(sql)
	for i := range pieces {
		p := &pieces[i]
		c := &converter{known: known, index: i, at: lines.span(i, p.start, p.end)}
		targets := c.statement(p)
		plan.add(c, p, targets, strict)
	}
	for _, i := range known.ordered(pieces) {
		if s := &plan.Statements[i]; len(s.Targets) > 0 {
			s.ApplyOrder = len(plan.Meta.EstimatedApplyOrder)
			plan.Meta.EstimatedApplyOrder = append(plan.Meta.EstimatedApplyOrder, i)
		}
	}
	return plan
}

// add enters a statement with all that is to be said of it.
func (p *Plan) add(c *converter, from *piece, targets []string, strict bool) {
	for _, target := range targets {
		if len(target) > maxTarget {
			c.unsupported("unsupported.length", "D1 takes statements of at most %d bytes", maxTarget)
		}
	}
	s := wire.D1Statement{
		Action: wire.D1Converted, StatementIndex: c.index, SourceRange: c.at, SourceSQL: from.sql, ApplyOrder: -1,
	}
	p.Warnings = append(p.Warnings, c.warnings...)
	switch {
	case from.err != nil || (strict && len(c.problems) > 0):
		p.Errors = append(p.Errors, c.problems...)
	default:
		p.Warnings = append(p.Warnings, c.problems...)
	}
	switch {
	case c.dropped || len(targets) == 0:
		s.Action, targets = wire.D1Skipped, nil
	case len(c.warnings) > 0 || len(c.problems) > 0:
		s.Action = wire.D1Warning
	}
	if len(targets) > 0 {
		s.Targets, s.TargetSQL = targets, strings.Join(targets, ";\n")
	}
	p.Statements = append(p.Statements, s)
}

// converter writes one statement.
type converter struct {
	known *schema
	index int
	at    wire.D1Range
	// warnings tell of differences, problems of what D1 has nothing for.
	warnings, problems []wire.D1Diagnostic
	// dropped says that nothing of the statement is to be run.
	dropped bool
	// strictly says that an expression may depend on nothing but its row.
	strictly bool
	// depth counts domains within domains.
	depth int
	// scopes are what names can stand for, the innermost query last; ctes are the
	// queries of WITH around it.
	scopes [][]relation
	ctes   []relation
	// shape are the results of the query that was written last.
	shape relation
}

// warn tells of a difference, once for each statement.
func (c *converter) warn(code, format string, args ...any) {
	c.warnings = c.note(c.warnings, code, format, args)
}

// unsupported tells of something that D1 has nothing for, and gives the statement up.
func (c *converter) unsupported(code, format string, args ...any) {
	c.problems, c.dropped = c.note(c.problems, code, format, args), true
}

// imprecise tells of something that D1 has nothing for, but that text can stand for.
func (c *converter) imprecise(code, format string, args ...any) {
	c.problems = c.note(c.problems, code, format, args)
}

func (c *converter) note(list []wire.D1Diagnostic, code, format string, args []any) []wire.D1Diagnostic {
	d := wire.D1Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), StatementIndex: c.index, SourceRange: c.at}
	for _, other := range list {
		if other == d {
			return list
		}
	}
	return append(list, d)
}

// statement writes a statement; the answer is several where D1 needs several.
func (c *converter) statement(p *piece) []string {
	if p.err != nil {
		c.unsupported("syntax.invalid", "%.300s", p.err)
		return nil
	}
	if p.guarded {
		c.warn("ddl.guard", "the block around the statement is left out: it fails where its object exists")
	}
	switch s := p.tree.Node.(type) {
	case *pg.Node_CopyStmt:
		return c.copy(s.CopyStmt, p.rows)
	case *pg.Node_CreateStmt:
		return c.createTable(s.CreateStmt)
	case *pg.Node_CreateTableAsStmt:
		return c.createTableAs(s.CreateTableAsStmt)
	case *pg.Node_IndexStmt:
		return c.createIndex(s.IndexStmt)
	case *pg.Node_ViewStmt:
		return c.createView(s.ViewStmt)
	case *pg.Node_AlterTableStmt:
		return c.alterTable(s.AlterTableStmt, p)
	case *pg.Node_CreateTrigStmt:
		return c.createTrigger(s.CreateTrigStmt)
	case *pg.Node_CreateFunctionStmt:
		return c.createFunction(s.CreateFunctionStmt)
	case *pg.Node_RenameStmt:
		return c.rename(s.RenameStmt)
	case *pg.Node_DropStmt:
		return c.drop(s.DropStmt)
	case *pg.Node_TruncateStmt:
		return c.truncate(s.TruncateStmt)
	case *pg.Node_InsertStmt:
		return one(c.insert(s.InsertStmt))
	case *pg.Node_UpdateStmt:
		return one(c.update(s.UpdateStmt))
	case *pg.Node_DeleteStmt:
		return one(c.delete(s.DeleteStmt))
	case *pg.Node_SelectStmt:
		if name := sequenceCall(s.SelectStmt); name != "" {
			c.warn("ddl.sequence", "%s has no meaning in D1", name)
			return nil
		}
		return one(c.query(s.SelectStmt))
	}
	c.other(p.tree)
	return nil
}

func one(sql string) []string { return []string{sql} }
