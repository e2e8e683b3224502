package sqltext

import (
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"athena/wire"
)

// where writes a condition.
func (b *build) where(s *scope, c Cond) (string, error) {
	return b.cond(s, c, 0)
}

func (b *build) cond(s *scope, c Cond, depth int) (string, error) {
	if depth > 2*MaxDepth {
		return "", wire.Fail(wire.InvalidFilter, "conditions are nested more than %d deep", MaxDepth).At("where")
	}
	switch c := c.(type) {
	case *And:
		return b.terms(s, c.Terms, " AND ", "TRUE", depth)
	case *Or:
		return b.terms(s, c.Terms, " OR ", "FALSE", depth)
	case *Not:
		sql, err := b.cond(s, c.Term, depth+1)
		return "NOT (" + sql + ")", err
	case *Compare:
		return b.compare(s, c)
	}
	return "", wire.Fail(wire.InvalidFilter, "a condition is empty").At("where")
}

func (b *build) terms(s *scope, terms []Cond, joint, empty string, depth int) (string, error) {
	if len(terms) == 0 {
		return empty, nil
	}
	parts := make([]string, len(terms))
	for i, term := range terms {
		sql, err := b.cond(s, term, depth+1)
		if err != nil {
			return "", err
		}
		parts[i] = sql
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return "(" + strings.Join(parts, joint) + ")", nil
}

func (b *build) compare(s *scope, c *Compare) (string, error) {
	if len(c.Embed) > 0 {
		return b.across(s, c.Embed, c)
	}
	if e := b.comparedEmbed(s, c); e != nil {
		return b.presence(s, e, c)
	}
	e, err := b.operand(s, &c.Operand)
	if err != nil {
		return "", err
	}
	return b.compareExpr(c, e)
}

// comparedEmbed finds the embed that a condition is about, unless a column has the
// name.
func (b *build) comparedEmbed(s *scope, c *Compare) *Embed {
	if _, ok := find(s.rel, c.Name); ok || len(c.Path) > 0 {
		return nil
	}
	e := findEmbed(s.items, c.Name)
	if e != nil && c.Op != IsNull && c.Op != IsNotNull && b.computed(s.rel, c.Name, false) != nil {
		return nil
	}
	return e
}

// presence writes the condition that an embed has a row, or has none.
func (b *build) presence(s *scope, e *Embed, c *Compare) (string, error) {
	if c.Op != IsNull && c.Op != IsNotNull {
		return "", wire.Fail(wire.InvalidFilter, "%s is a related resource, which is null or is not, and cannot be compared with anything else", clip(c.Name)).
			At(clipField(c.Name)).WithHint("write %s=is.null or %s=not.is.null, or name one of its columns", c.Name, c.Name).Like("PGRST120")
	}
	sql, err := b.exists(s, e, nil)
	if c.Op == IsNull {
		sql = "NOT " + sql
	}
	return sql, err
}

// across writes a condition on a column of an embedded resource: there must be a
// related row that meets it.
func (b *build) across(s *scope, embed []string, c *Compare) (string, error) {
	e := findEmbed(s.items, embed[0])
	if e == nil {
		return "", wire.Fail(wire.InvalidFilter, "%s is not embedded in the select", clip(embed[0])).
			At(clipField(embed[0])).WithHint("add %s() to select to filter by it", embed[0]).Like("PGRST108")
	}
	return b.exists(s, e, func(inner *scope) (string, error) {
		if len(embed) > 1 {
			return b.across(inner, embed[1:], c)
		}
		o, err := b.operand(inner, &c.Operand)
		if err != nil {
			return "", err
		}
		return b.compareExpr(c, o)
	})
}

// findEmbed finds an embed by its key in the answer or, where only one has it, by
// the name that its alias stands for.
func findEmbed(items []Item, name string) *Embed {
	var named *Embed
	several := false
	for _, item := range items {
		e, ok := item.(*Embed)
		switch {
		case ok && e.Key() == name:
			return e
		case ok && e.Relation.Table == name:
			named, several = e, named != nil
		}
	}
	if several {
		return nil
	}
	return named
}

// compareExpr sets an expression against the value of a comparison.
func (b *build) compareExpr(c *Compare, e expr) (string, error) {
	if test := tests[c.Op]; test != "" {
		return e.sql + " " + test, nil
	}
	if err := checkValue(c.Name, c.Value); err != nil {
		return "", err
	}
	if search := searches[c.Op]; search != "" {
		return b.search(c, e, search)
	}
	if c.Op == In {
		return b.member(c, e)
	}
	symbol, ok := symbols[c.Op]
	if !ok {
		return "", wire.Fail(wire.InvalidFilter, "%s is not an operator", clip(string(c.Op))).At(clipField(c.Name))
	}
	if c.Quantifier != One {
		return b.quantified(c, e, symbol)
	}
	param, err := b.compared(c, e, "")
	return e.sql + " " + symbol + " " + param, err
}

// compared writes the value of a comparison. Its type is left to the server,
// which takes it from the other side and so keeps the column's index in use.
func (b *build) compared(c *Compare, e expr, suffix string) (string, error) {
	param := b.param(&c.Value, c.Name, b.comparedAs(e.typ, c))
	if c.ValueCast == "" {
		return param, nil
	}
	cast, err := typeSQL(c.ValueCast)
	return param + "::" + cast + suffix, err
}

func (b *build) comparedAs(oid uint32, c *Compare) encoding {
	switch {
	case c.ValueCast != "":
		oid = b.typeNamed(c.ValueCast)
	case c.Op == Match || c.Op == IMatch || c.Op == Like || c.Op == ILike:
		return encodeText
	}
	switch {
	case b.isJSON(oid):
		return encodeCompared
	case b.isArray(oid):
		return encodeArray
	default:
		return encodeText
	}
}

func (b *build) quantified(c *Compare, e expr, symbol string) (string, error) {
	if !c.Op.quantifiable() {
		return "", wire.Fail(wire.InvalidFilter, "%s cannot be asked of any or all", c.Op).At(clipField(c.Name))
	}
	word := " ANY ("
	if c.Quantifier == All {
		word = " ALL ("
	}
	param, err := b.compared(c, e, "[]")
	return e.sql + " " + symbol + word + param + ")", err
}

// member writes In as one array, so that neither the statement nor its shape
// depends on the number of values. An array column has no array of its own type
// to be compared with, so there the members are cast one by one, to the type as the
// server itself spells it.
func (b *build) member(c *Compare, e expr) (string, error) {
	if c.ValueCast == "" && b.isArray(e.typ) {
		t, _ := b.cat.TypeByID(e.typ)
		param := b.param(&c.Value, c.Name, encodeText)
		return e.sql + " = ANY (SELECT v::" + t.Name + " FROM unnest(" + param + "::text[]) AS v)", nil
	}
	param, err := b.compared(c, e, "[]")
	return e.sql + " = ANY (" + param + ")", err
}

// textual are the types that to_tsvector reads through text.
var textual = []uint32{pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID}

func (b *build) search(c *Compare, e expr, function string) (string, error) {
	config := ""
	if c.Config != "" {
		if !configForm.MatchString(c.Config) {
			return "", wire.Fail(wire.InvalidFilter, "%s is not a text search configuration", clip(c.Config)).At(clipField(c.Name))
		}
		// A constant, since an index on to_tsvector only matches a constant.
		config = Literal(c.Config) + ", "
	}
	subject := e.sql
	if t, ok := b.cat.Underlying(e.typ); !ok || t.ID != pgtype.TSVectorOID {
		if ok && !slices.Contains(textual, t.ID) && !b.isJSON(t.ID) {
			subject = "(" + subject + ")::text"
		}
		subject = "to_tsvector(" + config + subject + ")"
	}
	return subject + " @@ " + function + "(" + config + b.param(&c.Value, c.Name, encodeText) + ")", nil
}
