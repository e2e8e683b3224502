package sqltext

import (
	"regexp"
	"strings"
)

// condition reads what follows a column: "not.", an operator with its modifier
// in parentheses, a dot, and a value. In a tree of logic the value ends where
// the term does; otherwise it is all the rest.
func (s *scanner) condition(o Operand, inTree bool) (Cond, error) {
	not := s.negated()
	c := &Compare{Operand: o}
	if err := s.operator(c); err != nil {
		return nil, err
	}
	if err := s.expect("."); err != nil {
		return nil, err
	}
	if err := s.value(c, inTree); err != nil {
		return nil, err
	}
	if not {
		return &Not{Term: c}, nil
	}
	return c, nil
}

// configForm is what the name of a text search configuration may look like.
var configForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$`)

// is stands for the five tests until the value tells which.
const is Op = "is"

func (s *scanner) operator(c *Compare) error {
	start := s.pos
	word := s.bare()
	op, ok := ParseOp(word)
	if word == string(is) {
		op, ok = is, true
	}
	if !ok {
		s.pos = start
		return s.fail("%s is not an operator", clip(word)).WithHint("%s", operatorHint(word))
	}
	c.Op = op
	if !s.accept("(") {
		return nil
	}
	return s.modifier(c)
}

// modifier reads any, all, or the configuration of a text search.
func (s *scanner) modifier(c *Compare) error {
	start := s.pos
	word := strings.TrimSpace(s.upTo(")"))
	switch {
	case searches[c.Op] != "":
		if !configForm.MatchString(word) {
			s.pos = start
			return s.fail("expected a text search configuration")
		}
		c.Config = word
	case c.Op.quantifiable() && strings.EqualFold(word, "any"):
		c.Quantifier = Any
	case c.Op.quantifiable() && strings.EqualFold(word, "all"):
		c.Quantifier = All
	default:
		return s.fail("%s cannot be modified by %s", c.Op, clip(word))
	}
	return s.expect(")")
}

func (s *scanner) value(c *Compare, inTree bool) error {
	switch {
	case c.Op == is:
		return s.test(c, inTree)
	case c.Op == In:
		return s.list(c, "(", ")", inTree)
	case c.Quantifier != One:
		return s.list(c, "{", "}", inTree)
	}
	text, err := s.scalar(c.Op, inTree)
	if err != nil {
		return err
	}
	c.Value = Raw(pattern(c.Op, text))
	return nil
}

// pattern turns the stars of a pattern, which need no escape in an address, into
// SQL's own wildcard.
func pattern(op Op, text string) string {
	if op == Like || op == ILike {
		return strings.ReplaceAll(text, "*", "%")
	}
	return text
}

func (s *scanner) test(c *Compare, inTree bool) error {
	start := s.pos
	word, err := s.scalar(c.Op, inTree)
	if err != nil {
		return err
	}
	op, ok := parseTest(word)
	if !ok {
		s.pos = start
		return s.fail("is takes null, not_null, true, false or unknown")
	}
	c.Op = op
	return nil
}

// parseTest finds the test that a word behind "is" means.
func parseTest(word string) (Op, bool) {
	op := Op("is." + strings.ReplaceAll(strings.ToLower(strings.TrimSpace(word)), " ", "_"))
	return op, tests[op] != ""
}

// list reads the members between two brackets.
func (s *scanner) list(c *Compare, open, shut string, inTree bool) error {
	if err := s.expect(open); err != nil {
		return err
	}
	c.Value = Value{Kind: KindList, List: []Value{}}
	if s.spaces(); s.accept(shut) {
		return s.tail(inTree)
	}
	for {
		if len(c.Value.List) == MaxMembers {
			return s.fail("a list has more than %d members", MaxMembers)
		}
		member, err := s.member(shut)
		if err != nil {
			return err
		}
		member.Text = pattern(c.Op, member.Text)
		c.Value.List = append(c.Value.List, member)
		if s.accept(shut) {
			return s.tail(inTree)
		}
		if err := s.expect(","); err != nil {
			return err
		}
	}
}

// tail makes sure that nothing follows the value of a plain filter.
func (s *scanner) tail(inTree bool) error {
	if inTree {
		return nil
	}
	return s.end()
}

// member reads one member of a list. In braces a bare NULL is the null value, as
// it is in PostgreSQL's arrays. In parentheses a quote is an ordinary character
// where it does not enclose the whole member.
func (s *scanner) member(shut string) (Value, error) {
	if s.peek(`"`) {
		start := s.pos
		text, err := s.quotedText()
		s.spaces()
		if shut == "}" || err == nil && (s.peek(",") || s.peek(shut)) {
			return Raw(text), err
		}
		s.pos = start
	}
	end := strings.IndexAny(s.rest(), ","+shut)
	if end < 0 {
		return Value{}, s.fail("expected %q at the end of a list", shut)
	}
	text := s.rest()[:end]
	s.pos += end
	if shut == "}" && strings.EqualFold(text, "null") {
		return Null, nil
	}
	return Raw(text), nil
}

// scalar reads a single value.
func (s *scanner) scalar(op Op, inTree bool) (string, error) {
	if !inTree {
		text := s.rest()
		s.pos = len(s.text)
		return text, nil
	}
	if s.peek(`"`) {
		text, err := s.quotedText()
		if err == nil && !s.done() && !s.peek(",") && !s.peek(")") {
			return "", s.fail("expected a comma or the end behind a quoted value")
		}
		return text, err
	}
	start := s.pos
	if err := s.bracketed(op); err != nil {
		return "", err
	}
	end := strings.IndexAny(s.rest(), ",)")
	if end < 0 {
		end = len(s.rest())
	}
	s.pos += end
	return s.text[start:s.pos], nil
}

// bracketed steps over an array, an object or a range at the start of a value, so
// that the commas inside do not end it.
func (s *scanner) bracketed(op Op) error {
	isRange := s.peek("[") || s.peek("(")
	if !s.peek("{") && !(isRange && symbols[op] != "" && !op.quantifiable()) && !s.peek("[") {
		return nil
	}
	depth := 0
	for !s.done() {
		switch s.text[s.pos] {
		case '"':
			if _, err := s.quotedText(); err != nil {
				return err
			}
			continue
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		}
		s.pos++
		if depth == 0 {
			return nil
		}
	}
	return s.fail("a bracket is not closed")
}
