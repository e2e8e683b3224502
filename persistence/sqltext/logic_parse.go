package sqltext

import (
	"slices"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

// ParseOr reads the terms of an or, such as "a.eq.1,and(b.gt.2,c.lt.3)", with or
// without parentheses around them.
func ParseOr(text string) (Cond, error) {
	terms, err := parseTerms("or", text)
	return &Or{Terms: terms}, err
}

// ParseAnd reads the terms of an and, in the same form.
func ParseAnd(text string) (Cond, error) {
	terms, err := parseTerms("and", text)
	return &And{Terms: terms}, err
}

// ParseNot reads one term, such as "a.eq.1" or "or(a.eq.1,b.eq.2)", and turns it
// around.
func ParseNot(text string) (Cond, error) {
	s, err := newScanner(wire.InvalidFilter, "not", text)
	if err != nil {
		return nil, err
	}
	term, err := s.term(1)
	if err != nil {
		return nil, err
	}
	return &Not{Term: term}, s.end()
}

func parseTerms(what, text string) ([]Cond, error) {
	s, err := newScanner(wire.InvalidFilter, what, text)
	if err != nil {
		return nil, err
	}
	if s.spaces(); !s.peek("(") {
		terms, err := s.terms(1)
		if err != nil {
			return nil, err
		}
		return terms, s.end()
	}
	terms, err := s.group(1)
	if err != nil {
		return nil, err
	}
	s.spaces()
	return terms, s.end()
}

// group reads terms in parentheses.
func (s *scanner) group(depth int) ([]Cond, error) {
	if err := s.expect("("); err != nil {
		return nil, err
	}
	terms, err := s.terms(depth)
	if err != nil {
		return nil, err
	}
	return terms, s.expect(")")
}

func (s *scanner) terms(depth int) ([]Cond, error) {
	if err := s.deeper(depth); err != nil {
		return nil, err
	}
	var terms []Cond
	for {
		if err := s.count(); err != nil {
			return nil, err
		}
		term, err := s.term(depth)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
		if s.spaces(); !s.accept(",") {
			return terms, nil
		}
	}
}

// term reads "and(...)", "or(...)", their negation, or a comparison.
func (s *scanner) term(depth int) (c Cond, err error) {
	s.spaces()
	not := s.negated()
	var terms []Cond
	switch {
	case s.opens("and"):
		terms, err = s.group(depth + 1)
		c = &And{terms}
	case s.opens("or"):
		terms, err = s.group(depth + 1)
		c = &Or{terms}
	default:
		c, err = s.comparison()
	}
	if not {
		c = &Not{Term: c}
	}
	return c, err
}

// opens steps over a word if a parenthesis follows it.
func (s *scanner) opens(word string) bool {
	start := s.pos
	if s.accept(word) {
		if s.spaces(); s.peek("(") {
			return true
		}
	}
	s.pos = start
	return false
}

// negated steps over any number of "not." and tells whether something is left of
// them.
func (s *scanner) negated() bool {
	not := false
	for s.accept("not.") {
		not = !not
	}
	return not
}

// comparison reads "column.op.value", where embeds may stand before the column.
// A bare word that is an operator ends the column; in quotes it is a name.
func (s *scanner) comparison() (Cond, error) {
	first, err := s.operand()
	if err != nil {
		return nil, err
	}
	if err := s.expect("."); err != nil {
		return nil, err
	}
	dot := s.pos
	o, ok := s.embedded(first)
	if !ok {
		// No operator is anywhere in the term: blame the place for the first.
		s.pos, o = dot, first
	}
	return s.condition(o, true)
}

// embedded reads on until an operator comes up, taking the names on the way as a
// path of embeds.
func (s *scanner) embedded(o Operand) (Operand, bool) {
	for range MaxDepth {
		if s.atOperator() {
			return o, true
		}
		if len(o.Path) > 0 || o.Cast != "" {
			return o, false
		}
		next, err := s.operand()
		if err != nil || !s.accept(".") {
			return o, false
		}
		next.Embed = append(o.Embed, o.Name)
		o = next
	}
	return o, false
}

// atOperator reports whether the next word is an operator.
func (s *scanner) atOperator() bool {
	word := s.rest()
	end := strings.IndexAny(word, ".(")
	return end >= 0 && isOperator(word[:end])
}

func isOperator(word string) bool {
	if word == "not" || word == string(is) {
		return true
	}
	_, ok := ParseOp(word)
	return ok
}

// operatorHint suggests an operator for a misspelt one.
func operatorHint(word string) string {
	names := []string{string(is), string(In)}
	for op := range symbols {
		names = append(names, string(op))
	}
	for op := range searches {
		names = append(names, string(op))
	}
	slices.Sort(names)
	if near, ok := catalog.Nearest(word, names); ok {
		return "did you mean " + near + "?"
	}
	return "the operators are " + strings.Join(names, ", ")
}
