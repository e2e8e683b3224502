package sqltext

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"athena/wire"
)

// scanner walks over one piece of query language. Its errors tell the place.
type scanner struct {
	text  string
	pos   int
	code  wire.Code
	what  string // names the text in messages, such as "select"
	items int
}

// newScanner refuses text that could not be stored anywhere in PostgreSQL.
func newScanner(code wire.Code, what, text string) (*scanner, error) {
	if err := checkText(code, what, text); err != nil {
		return nil, err
	}
	return &scanner{text: text, code: code, what: what}, nil
}

// fail tells what is wrong at the current place.
func (s *scanner) fail(format string, args ...any) *wire.Problem {
	at := utf8.RuneCountInString(s.text[:s.pos]) + 1
	near := "at the end"
	if s.pos < len(s.text) {
		near = "near " + clip(s.text[s.pos:])
	}
	detail := fmt.Sprintf(format, args...)
	return wire.Fail(s.code, "%s: %s at character %d, %s", s.what, detail, at, near).At(s.what)
}

// count adds one to the items of the text and refuses too many.
func (s *scanner) count() error {
	if s.items++; s.items > MaxItems {
		return s.fail("more than %d items", MaxItems)
	}
	return nil
}

// deeper refuses nesting beyond the limit.
func (s *scanner) deeper(depth int) error {
	if depth > MaxDepth {
		return s.fail("nested more than %d deep", MaxDepth)
	}
	return nil
}

func (s *scanner) rest() string { return s.text[s.pos:] }

func (s *scanner) done() bool { return s.pos >= len(s.text) }

func (s *scanner) spaces() {
	for !s.done() && s.text[s.pos] == ' ' {
		s.pos++
	}
}

// peek reports whether the text goes on with token.
func (s *scanner) peek(token string) bool { return strings.HasPrefix(s.rest(), token) }

// accept steps over token if the text goes on with it.
func (s *scanner) accept(token string) bool {
	if !s.peek(token) {
		return false
	}
	s.pos += len(token)
	return true
}

// expect steps over token or fails.
func (s *scanner) expect(token string) error {
	if !s.accept(token) {
		return s.fail("expected %q", token)
	}
	return nil
}

// end fails when there is something left.
func (s *scanner) end() error {
	if !s.done() {
		return s.fail("unexpected text")
	}
	return nil
}

// name reads an identifier, quoted or bare, and tells which.
func (s *scanner) name() (name string, quoted bool, err error) {
	s.spaces()
	start := s.pos
	if s.peek(`"`) {
		name, err = s.quotedText()
		quoted = true
		s.spaces()
	} else {
		name = s.bare()
	}
	if err != nil {
		return "", false, err
	}
	if name == "" {
		return "", false, s.fail("expected a name")
	}
	if len(name) > MaxName {
		s.pos = start
		return "", false, s.fail("a name is longer than %d bytes", MaxName)
	}
	return name, quoted, nil
}

// bare reads up to a character that means something in the language.
func (s *scanner) bare() string {
	start := s.pos
	for !s.done() && !strings.ContainsRune(`,.:()!"*`, rune(s.text[s.pos])) && !s.peek("->") {
		s.pos++
	}
	return strings.TrimSpace(s.text[start:s.pos])
}

// upTo reads what stands before token, or all the rest.
func (s *scanner) upTo(token string) string {
	text, _, _ := strings.Cut(s.rest(), token)
	s.pos += len(text)
	return text
}

// quotedText reads text in double quotes. Inside, a backslash or a second quote
// masks what follows.
func (s *scanner) quotedText() (string, error) {
	start := s.pos
	var b strings.Builder
	for s.pos++; !s.done(); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == '"' && strings.HasPrefix(s.text[s.pos+1:], `"`):
			s.pos++
		case c == '"':
			s.pos++
			return b.String(), nil
		case c == '\\' && s.pos+1 < len(s.text):
			s.pos++
		}
		b.WriteByte(s.text[s.pos])
	}
	s.pos = start
	return "", s.fail("a quote is not closed")
}

// operand reads a column with its JSON path and cast.
func (s *scanner) operand() (Operand, error) {
	name, _, err := s.name()
	if err != nil {
		return Operand{}, err
	}
	o := Operand{Name: name}
	if o.Path, err = s.path(); err != nil {
		return Operand{}, err
	}
	o.Cast, err = s.cast()
	return o, err
}

// path reads the arrows behind a column.
func (s *scanner) path() ([]Step, error) {
	var steps []Step
	for s.accept("->") {
		step := Step{Text: s.accept(">")}
		if err := s.count(); err != nil {
			return nil, err
		}
		key, quoted, err := s.step()
		if err != nil {
			return nil, err
		}
		if len(steps) > 0 && steps[len(steps)-1].Text {
			return nil, s.fail("nothing can follow ->>")
		}
		step.Key, step.Index = key, !quoted && isIndex(key)
		steps = append(steps, step)
	}
	return steps, nil
}

// step reads a member's name, which unlike an identifier may be of any length.
func (s *scanner) step() (key string, quoted bool, err error) {
	if s.peek(`"`) {
		key, err = s.quotedText()
		return key, true, err
	}
	start := s.pos
	for !s.done() && !strings.ContainsRune(`,.:()>`, rune(s.text[s.pos])) && !s.peek("->") {
		s.pos++
	}
	key = strings.TrimSpace(s.text[start:s.pos])
	if key == "" || key[0] == '-' && !isIndex(key) {
		s.pos = start
		return "", false, s.fail("expected a member or a position behind the arrow")
	}
	return key, false, nil
}

// isIndex reports whether a key is a position, which may count from the end.
func isIndex(key string) bool {
	digits := strings.TrimPrefix(key, "-")
	if digits == "" || len(digits) > 9 {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// cast reads "::type" if it is there. What the type may look like is checked by
// typeSQL.
func (s *scanner) cast() (string, error) {
	if !s.accept("::") {
		return "", nil
	}
	start := s.pos
	for !s.done() && !s.peek(",") && !s.peek(")") && !s.peek("::") && !s.atFunction() {
		switch {
		case s.peek(`"`):
			if _, err := s.quotedText(); err != nil {
				return "", err
			}
		case s.peek("("):
			if err := s.modifiers(); err != nil {
				return "", err
			}
		case s.peek(".") && !s.typeFollows():
			return s.typeName(start)
		default:
			s.pos++
		}
	}
	return s.typeName(start)
}

func (s *scanner) typeName(start int) (string, error) {
	name := strings.TrimSpace(s.text[start:s.pos])
	if _, err := typeSQL(name); err != nil {
		s.pos = start
		return "", s.fail("expected a type")
	}
	return name, nil
}

// modifiers steps over the parentheses of a type such as numeric(10,2).
func (s *scanner) modifiers() error {
	end := strings.IndexByte(s.rest(), ')')
	if end < 0 {
		return s.fail("a parenthesis is not closed")
	}
	s.pos += end + 1
	return nil
}

// typeFollows reports whether the dot at hand stands between the schema and the
// name of a type, rather than before an operator or the direction of an order.
func (s *scanner) typeFollows() bool {
	word := s.rest()[1:]
	if end := strings.IndexAny(word, ".,()[:"); end >= 0 {
		word = word[:end]
	}
	if _, operator := ParseOp(word); operator || word == "is" || word == "not" {
		return false
	}
	_, direction := directions[word]
	return !direction
}

// atFunction reports whether an aggregate follows, such as ".sum()".
func (s *scanner) atFunction() bool {
	for _, a := range aggregates {
		if s.peek("." + string(a) + "()") {
			return true
		}
	}
	return false
}
