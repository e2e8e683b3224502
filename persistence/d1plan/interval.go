package d1plan

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// span is an interval: numbers of months, days and seconds, and parts that are only
// known when the statement runs, each SQL for a modifier of a time.
type span struct {
	months, days, seconds float64
	parts                 []string
	// clamps says that a part moves months.
	clamps bool
}

// units are those of an interval, in months, days or seconds.
var units = map[string]span{
	"millennium": {months: 12000}, "century": {months: 1200}, "decade": {months: 120}, "year": {months: 12}, "yr": {months: 12}, "y": {months: 12},
	"quarter": {months: 3}, "month": {months: 1}, "mon": {months: 1}, "week": {days: 7}, "w": {days: 7}, "day": {days: 1}, "d": {days: 1},
	"hour": {seconds: 3600}, "hr": {seconds: 3600}, "h": {seconds: 3600}, "minute": {seconds: 60}, "min": {seconds: 60}, "m": {seconds: 60},
	"second": {seconds: 1}, "sec": {seconds: 1}, "s": {seconds: 1}, "millisecond": {seconds: 0.001}, "ms": {seconds: 0.001},
}

func unitOf(word string) (span, bool) {
	word = strings.ToLower(strings.TrimSpace(word))
	if u, ok := units[word]; ok {
		return u, true
	}
	u, ok := units[strings.TrimSuffix(word, "s")]
	return u, ok
}

func (s *span) add(o *span, times float64) {
	s.months, s.days, s.seconds = s.months+o.months*times, s.days+o.days*times, s.seconds+o.seconds*times
}

// spread moves parts of a month or a day, as PostgreSQL does, to days and seconds.
func (s *span) spread() {
	whole, rest := math.Modf(s.months)
	s.months, s.days = whole, s.days+rest*30
	whole, rest = math.Modf(s.days)
	s.days, s.seconds = whole, s.seconds+rest*86400
}

// interval reads an expression of the type interval.
func (w *writer) interval(n *pg.Node) (*span, bool) {
	switch e := n.GetNode().(type) {
	case *pg.Node_TypeCast:
		if typeName(e.TypeCast.TypeName) != "interval" {
			return nil, false
		}
		if e.TypeCast.Arg.GetAConst() == nil {
			return w.madeOfText(e.TypeCast.Arg)
		}
		return parseInterval(e.TypeCast.Arg.GetAConst().GetSval().GetSval(), fieldOf(e.TypeCast.TypeName))
	case *pg.Node_FuncCall:
		return w.madeInterval(e.FuncCall)
	case *pg.Node_AExpr:
		return w.intervalOperation(e.AExpr)
	}
	return nil, false
}

func (w *writer) intervalOperation(e *pg.A_Expr) (*span, bool) {
	op := operator(e.Name)
	left, leftIs := w.interval(e.Lexpr)
	right, rightIs := w.interval(e.Rexpr)
	switch {
	case op == "-" && e.Lexpr == nil && rightIs:
		return right, right.negate()
	case op == "+" && leftIs && rightIs && len(left.parts)+len(right.parts) == 0:
		left.add(right, 1)
		return left, true
	case op == "*" && leftIs:
		return w.times(left, e.Rexpr)
	case op == "*" && rightIs:
		return w.times(right, e.Lexpr)
	}
	return nil, false
}

func (s *span) negate() bool {
	s.months, s.days, s.seconds = -s.months, -s.days, -s.seconds
	for i := range s.parts {
		s.parts[i] = "(-" + s.parts[i][1:]
	}
	return true
}

// times multiplies an interval of one unit, or any by a number that is given.
func (w *writer) times(s *span, n *pg.Node) (*span, bool) {
	if a := n.GetAConst(); a != nil {
		factor, err := strconv.ParseFloat(w.constant(a), 64)
		out := &span{}
		out.add(s, factor)
		out.spread()
		return out, err == nil && len(s.parts) == 0
	}
	return w.part(s, n)
}

// part is an interval of a number of units that is known only when it runs.
func (w *writer) part(unit *span, n *pg.Node) (*span, bool) {
	size, name, ok := unit.alone()
	if !ok {
		return nil, false
	}
	clamps := name == "months"
	if kind := w.typeOf(n); clamps && kind != "" && !isWhole(kind) {
		return nil, false
	}
	return &span{clamps: clamps, parts: []string{
		"(+" + w.expr(n) + " * " + strconv.FormatFloat(size, 'f', -1, 64) + ") || ' " + name + "'",
	}}, true
}

// alone is the number and the unit of an interval of one unit.
func (s *span) alone() (size float64, name string, ok bool) {
	for _, u := range []struct {
		size float64
		name string
	}{{s.months, "months"}, {s.days, "days"}, {s.seconds, "seconds"}} {
		switch {
		case u.size == 0:
		case name != "":
			return 0, "", false
		default:
			size, name = u.size, u.name
		}
	}
	return size, name, name != "" && len(s.parts) == 0
}

// madeOfText reads (n || ' days')::interval.
func (w *writer) madeOfText(n *pg.Node) (*span, bool) {
	e := n.GetAExpr()
	if e == nil || operator(e.Name) != "||" {
		return nil, false
	}
	unit, ok := unitOf(e.Rexpr.GetAConst().GetSval().GetSval())
	if !ok || e.Lexpr == nil {
		return nil, false
	}
	return w.part(&unit, e.Lexpr)
}

// madeInterval reads make_interval(days => n), of one unit or of given numbers.
func (w *writer) madeInterval(e *pg.FuncCall) (*span, bool) {
	if functionName(e) != "make_interval" || len(e.Args) == 0 {
		return nil, false
	}
	total := &span{}
	for _, n := range e.Args {
		named := n.GetNamedArgExpr()
		unit, ok := unitOf(named.GetName())
		if !ok {
			return nil, false
		}
		one, ok := w.times(&unit, named.Arg)
		if !ok || (len(one.parts) > 0 && len(e.Args) > 1) {
			return nil, false
		}
		total.add(one, 1)
		total.parts, total.clamps = one.parts, one.clamps
	}
	return total, true
}

// fieldOf is the unit of interval '1' day.
func fieldOf(t *pg.TypeName) string {
	if len(t.Typmods) == 0 {
		return ""
	}
	return map[int32]string{1 << 1: "month", 1 << 2: "year", 1 << 3: "day", 1 << 10: "hour", 1 << 11: "minute", 1 << 12: "second"}[t.Typmods[0].GetAConst().GetIval().GetIval()]
}

var intervalPart = regexp.MustCompile(`^\s*([+-]?)(?:(\d+):(\d{2})(?::(\d{2}(?:\.\d+)?))?|(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*))`)

// parseInterval reads the text of an interval. A number without a unit is of the
// unit given, or of seconds.
func parseInterval(value, field string) (*span, bool) {
	value = strings.TrimPrefix(strings.TrimSpace(value), "@")
	value, ago := strings.CutSuffix(value, " ago")
	total := &span{}
	for rest := value; strings.TrimSpace(rest) != ""; {
		found := intervalPart.FindStringSubmatch(rest)
		if found == nil {
			return nil, false
		}
		rest = rest[len(found[0]):]
		sign := 1.0
		if found[1] == "-" {
			sign = -1
		}
		if found[2] != "" {
			for i, size := range []float64{3600, 60, 1} {
				n, err := strconv.ParseFloat("0"+found[2+i], 64)
				if err != nil {
					return nil, false
				}
				total.seconds += sign * n * size
			}
			continue
		}
		word := found[6]
		if word == "" {
			if word = field; word == "" {
				word = "second"
			}
		}
		unit, ok := unitOf(word)
		n, err := strconv.ParseFloat(found[5], 64)
		if !ok || err != nil || n > 1e6 {
			return nil, false
		}
		total.add(&unit, sign*n)
	}
	total.spread()
	return total, !ago || total.negate()
}

// modifiers are those that SQLite moves a time by. PostgreSQL stays within the month
// that it comes to, as SQLite does with floor.
func (s *span) modifiers() string {
	out := ""
	if s.months != 0 {
		out += fmt.Sprintf(", '%+.0f months', 'floor'", s.months)
	}
	for _, part := range s.parts {
		out += ", " + part
		if s.clamps {
			out += ", 'floor'"
		}
	}
	if s.days != 0 {
		out += fmt.Sprintf(", '%+.0f days'", s.days)
	}
	if s.seconds != 0 {
		sign := "+"
		if s.seconds < 0 {
			sign = ""
		}
		out += ", '" + sign + strconv.FormatFloat(s.seconds, 'f', -1, 64) + " seconds'"
	}
	return out
}

// reckoned writes + and - where one side is a date, a time or an interval; ok is
// false where none is.
func (w *writer) reckoned(op string, e *pg.A_Expr) (out string, ok bool) {
	left, right := w.typeOf(e.Lexpr), w.typeOf(e.Rexpr)
	base, moved := e.Lexpr, e.Rexpr
	if op == "+" && (left == "interval" || (isWhole(left) && right == "date")) {
		left, right, base, moved = right, left, moved, base
	}
	switch {
	case op != "+" && op != "-":
		if left == "interval" || right == "interval" {
			return w.giveUp("D1 has no intervals: keep a number of seconds"), true
		}
		return "", false
	case right == "interval":
		return w.shifted(op, left, base, moved), true
	case left == "date" && right == "date" && op == "-":
		return "CAST(julianday(" + w.expr(base) + ") - julianday(" + w.expr(moved) + ") AS integer)", true
	case left == "date" && isWhole(right):
		return "date(" + w.expr(base) + ", (" + op + w.expr(moved) + ") || ' days')", true
	case isMoment(left) && isMoment(right):
		return w.giveUp("the difference of two times is an interval, which D1 has not: take extract(epoch FROM a - b)"), true
	case isMoment(left), isMoment(right), left == "time", right == "time", left == "interval":
		return w.giveUp("this sum of times: cast both sides to what they are"), true
	case op == "-" && left == "" && right == "" && e.Lexpr.GetColumnRef() != nil && e.Rexpr.GetColumnRef() != nil:
		w.warn("expr.unknown", "the SQL does not tell the types of a difference: it is taken for one of numbers")
	}
	return "", false
}

func (w *writer) warnReckoned() {
	w.warn("expr.time", "times that are reckoned are text, in UTC, of whole seconds")
}

// shifted writes a time that is moved by an interval.
func (w *writer) shifted(op, kind string, base, moved *pg.Node) string {
	s, ok := w.interval(moved)
	if !ok || kind == "interval" {
		return w.giveUp("an interval that is not written out: D1 has none, so write it as a literal, or a number times a literal of one unit")
	}
	if op == "-" {
		s.negate()
	}
	if kind == "time" {
		return "time(" + w.expr(base) + s.modifiers() + ")"
	}
	w.warnReckoned()
	return "datetime(" + w.expr(base) + s.modifiers() + ")"
}
