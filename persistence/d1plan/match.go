package d1plan

import (
	"regexp"
	"strings"
	"unicode"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// maxPattern is the longest pattern of LIKE and GLOB in D1, in bytes.
const maxPattern = 50

func (w *writer) like(op string, e *pg.A_Expr) string {
	not := ""
	if strings.HasPrefix(op, "!") {
		not = "NOT "
	}
	folds := e.Kind == pg.A_Expr_Kind_AEXPR_ILIKE
	left := w.expr(e.Lexpr)
	pattern, literal := constantText(e.Rexpr)
	switch {
	case e.Rexpr.GetFuncCall() != nil && strings.HasSuffix(functionName(e.Rexpr.GetFuncCall()), "like_escape"):
		return w.giveUp("LIKE with an ESCAPE of its own: escape with a backslash")
	case literal && !folds:
		glob, ok := globOfLike(pattern)
		if !ok {
			return w.giveUp("a pattern that ends in a backslash")
		}
		return w.matched(left, not+"GLOB", glob, "")
	case !literal && !folds:
		w.warn("expr.like", "LIKE with a pattern that is no literal takes large and small letters of ASCII for the same")
	case strings.IndexFunc(pattern, func(r rune) bool { return r > unicode.MaxASCII }) >= 0:
		w.warn("expr.like", "LIKE stands for ILIKE: it takes large and small letters for the same in ASCII only")
	}
	if literal {
		return w.matched(left, not+"LIKE", pattern, ` ESCAPE '\'`)
	}
	return "(" + left + " " + not + "LIKE " + w.expr(e.Rexpr) + ` ESCAPE '\')`
}

func (w *writer) matched(left, word, pattern, rest string) string {
	if len(pattern) > maxPattern {
		return w.giveUp("a pattern of more than %d bytes, which D1 does not take", maxPattern)
	}
	return "(" + left + " " + word + " " + text(pattern) + rest + ")"
}

// globOfLike writes a pattern of LIKE, which tells letters apart, as one of GLOB,
// which does in SQLite.
func globOfLike(pattern string) (string, bool) {
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case !escaped && r == '\\':
			escaped = true
			continue
		case !escaped && r == '%':
			b.WriteByte('*')
		case !escaped && r == '_':
			b.WriteByte('?')
		default:
			b.WriteString(globRune(r))
		}
		escaped = false
	}
	return b.String(), !escaped
}

// globRune is a character that stands for itself in GLOB.
func globRune(r rune) string {
	if strings.ContainsRune("*?[", r) {
		return "[" + string(r) + "]"
	}
	return string(r)
}

// regular writes a match with a regular expression, for which D1 has no function, as
// GLOB where that says the same.
func (w *writer) regular(op string, e *pg.A_Expr) string {
	pattern, literal := constantText(e.Rexpr)
	if !literal {
		return w.giveUp("a regular expression that is no literal: D1 has no REGEXP")
	}
	not := strings.HasPrefix(op, "!")
	folds := strings.HasSuffix(op, "*")
	left := w.expr(e.Lexpr)
	word := "GLOB"
	if not {
		word = "NOT GLOB"
	}
	if class, many := repeated(pattern); many != 0 && !folds {
		bad := w.matched(left, "NOT GLOB", "*[^"+class+"]*", "")
		if many == '+' {
			bad = "(" + bad + " AND " + left + " <> '')"
		}
		if not {
			return "(NOT " + bad + ")"
		}
		return bad
	}
	glob, ok := globOfRegexp(pattern, folds)
	if !ok {
		return w.giveUp("a regular expression that is more than characters, classes, dots, counts and anchors: D1 has no REGEXP")
	}
	return w.matched(left, word, glob, "")
}

var oneClass = regexp.MustCompile(`^\^(\[[^\]]+\]|\\d)([+*])\$$`)

// repeated reads an expression that wants every character to be of one class; many is
// + or *, or 0 for any other expression.
func repeated(pattern string) (class string, many byte) {
	found := oneClass.FindStringSubmatch(pattern)
	if found == nil {
		return "", 0
	}
	class, ok := classOf(found[1])
	if !ok || strings.HasPrefix(class, "^") {
		return "", 0
	}
	return class, found[2][0]
}

// classOf reads the inside of a class of ASCII characters that GLOB reads alike.
func classOf(s string) (string, bool) {
	if s == `\d` || s == "[[:digit:]]" || s == `[\d]` {
		return "0-9", true
	}
	inner := s[1 : len(s)-1]
	for i, r := range inner {
		if r > unicode.MaxASCII || strings.ContainsRune(`\[]`, r) || (r == '^' && i > 0) {
			return "", false
		}
	}
	rest := strings.TrimPrefix(inner, "^")
	return inner, rest != "" && !strings.HasPrefix(rest, "-")
}

var (
	regexpAtom  = regexp.MustCompile(`^(\[[^\[\]]+\]|\\[^A-Za-z0-9]|\\d|\.|[^][\\.*+?(){}|^$])`)
	regexpCount = regexp.MustCompile(`^\{(\d{1,2})\}`)
)

// globOfRegexp writes a regular expression as GLOB, which matches the whole text, if
// that can say it.
func globOfRegexp(pattern string, folds bool) (string, bool) {
	rest, head := strings.CutPrefix(pattern, "^")
	out := ""
	if !head {
		out = "*"
	}
	for rest != "" && rest != "$" {
		if after, any := strings.CutPrefix(rest, ".*"); any {
			out, rest = out+"*", after
			continue
		}
		atom := regexpAtom.FindString(rest)
		if atom == "" {
			return "", false
		}
		rest = rest[len(atom):]
		times := 1
		if count := regexpCount.FindStringSubmatch(rest); count != nil {
			times, rest = int(count[1][0]-'0'), rest[len(count[0]):]
			if len(count[1]) == 2 {
				times = times*10 + int(count[1][1]-'0')
			}
		}
		one, ok := globAtom(atom, folds)
		if !ok || (rest != "" && strings.IndexByte("*+?{", rest[0]) >= 0) {
			return "", false
		}
		out += strings.Repeat(one, times)
	}
	if rest == "" {
		out += "*"
	}
	return out, true
}

func globAtom(atom string, folds bool) (string, bool) {
	switch {
	case atom == ".":
		return "?", true
	case atom[0] == '[' || atom == `\d`:
		class, ok := classOf(atom)
		return "[" + class + "]", ok && (!folds || atom == `\d`)
	}
	r := []rune(strings.TrimPrefix(atom, `\`))[0]
	if folds && unicode.IsLetter(r) {
		lower, upper := unicode.ToLower(r), unicode.ToUpper(r)
		return "[" + string(lower) + string(upper) + "]", r <= unicode.MaxASCII
	}
	return globRune(r), true
}
