package d1plan

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// constantText is the value of a literal, with or without a cast.
func constantText(n *pg.Node) (string, bool) {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	s, ok := n.GetAConst().GetVal().(*pg.A_Const_Sval)
	if !ok {
		return "", false
	}
	return s.Sval.GetSval(), true
}

// fields are those of a time, as SQLite formats them.
var fields = map[string]string{
	"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "dow": "%w", "isodow": "%u", "doy": "%j", "week": "%V", "isoyear": "%G",
}

// extract writes extract and date_part.
func (w *writer) extract(args []*pg.Node) string {
	field, ok := constantText(args[0])
	if !ok || len(args) != 2 {
		return w.giveUp("extract of a field that is not written out")
	}
	field = strings.ToLower(field)
	if kind := w.typeOf(args[1]); kind == "interval" {
		return w.extractSpan(field, args[1])
	}
	at := w.expr(args[1])
	switch format := fields[field]; {
	case format != "":
		return "CAST(strftime('" + format + "', " + at + ") AS integer)"
	case field == "second":
		return "CAST(strftime('%f', " + at + ") AS real)"
	case field == "quarter":
		return "((CAST(strftime('%m', " + at + ") AS integer) + 2) / 3)"
	case field == "epoch":
		return "unixepoch(" + at + ", 'subsec')"
	}
	return w.giveUp("the field %.20q of a time", field)
}

// extractSpan writes a field of the difference of two times.
func (w *writer) extractSpan(field string, n *pg.Node) string {
	e := n.GetAExpr()
	if e == nil || operator(e.Name) != "-" || e.Lexpr == nil || w.typeOf(e.Rexpr) == "interval" {
		if s, ok := w.interval(n); ok && field == "epoch" && len(s.parts) == 0 && s.months == 0 {
			return strconv.FormatFloat(s.days*86400+s.seconds, 'f', -1, 64)
		}
		return w.giveUp("a field of an interval: D1 has only the epoch and day of a difference of two times")
	}
	seconds := "unixepoch(" + w.expr(e.Lexpr) + ", 'subsec') - unixepoch(" + w.expr(e.Rexpr) + ", 'subsec')"
	switch field {
	case "epoch":
		return "(" + seconds + ")"
	case "day":
		return "CAST((" + seconds + ") / 86400 AS integer)"
	}
	return w.giveUp("the field %.20q of an interval: take its epoch", field)
}

// starts are the modifiers that lead to the start of a unit, forms the formats that
// leave out what is below it.
var (
	starts = map[string]string{
		"month": "'start of month'", "day": "'start of day'", "week": "'weekday 0', '-6 days', 'start of day'",
		"year": "'start of year'", "second": "'+0 seconds'",
	}
	forms = map[string]string{"hour": "%Y-%m-%d %H:00:00", "minute": "%Y-%m-%d %H:%M:00"}
)

func (w *writer) truncate(args []*pg.Node) string {
	unit, ok := constantText(args[0])
	if !ok || len(args) > 3 || (len(args) == 3 && !isUTC(args[2])) {
		return w.giveUp("date_trunc to a unit that is not written out, or in a zone")
	}
	unit = strings.ToLower(unit)
	at := w.expr(args[1])
	switch {
	case w.typeOf(args[1]) == "interval":
		return w.giveUp("date_trunc of an interval")
	case starts[unit] != "":
		return "datetime(" + at + ", " + starts[unit] + ")"
	case forms[unit] != "":
		return "strftime('" + forms[unit] + "', " + at + ")"
	case unit == "quarter":
		return "datetime(" + at + ", 'start of month', (-((CAST(strftime('%m', " + at + ") AS integer) - 1) % 3)) || ' months')"
	}
	return w.giveUp("date_trunc to %.20q", unit)
}

func isUTC(n *pg.Node) bool {
	zone, ok := constantText(n)
	zone = strings.ToLower(zone)
	return ok && (zone == "utc" || zone == "gmt" || zone == "etc/utc" || zone == "z")
}

// patterns are those of to_char that SQLite has, the longest first.
var patterns = [][2]string{
	{"HH24", "%H"}, {"YYYY", "%Y"}, {"IYYY", "%G"}, {"HH12", "%I"}, {"DDD", "%j"}, {"MM", "%m"}, {"DD", "%d"}, {"MI", "%M"}, {"SS", "%S"},
	{"HH", "%I"}, {"IW", "%V"}, {"ID", "%u"}, {"AM", "%p"}, {"PM", "%p"},
}

// toChar writes to_char of a time in a format that is written out.
func (w *writer) toChar(args []*pg.Node) string {
	format, ok := constantText(args[len(args)-1])
	if kind := w.typeOf(args[0]); !ok || len(args) != 2 || isNumber(kind) || kind == "interval" {
		return w.giveUp("to_char of something else than a time, in a format that is written out")
	}
	out := ""
	for format != "" {
		before := len(format)
		for _, p := range patterns {
			if rest, is := strings.CutPrefix(format, p[0]); is {
				out, format = out+p[1], rest
				break
			}
		}
		if len(format) < before {
			continue
		}
		if quoted, rest, closed := strings.Cut(strings.TrimPrefix(format, `"`), `"`); format[0] == '"' && closed {
			out, format = out+strings.ReplaceAll(quoted, "%", "%%"), rest
			continue
		}
		if strings.IndexByte(" -/:.,;T", format[0]) < 0 || (format[0] == 'T' && strings.HasPrefix(format, "TZ")) || strings.HasPrefix(format, "TH") {
			return w.giveUp("the format %.20q of to_char", format)
		}
		out, format = out+format[:1], format[1:]
	}
	return "strftime(" + text(out) + ", " + w.expr(args[0]) + ")"
}

// castTime writes a cast to a date or a time.
func (w *writer) castTime(n *pg.Node, kind string) string {
	from, value := w.typeOf(n), w.expr(n)
	switch {
	case kind == from, isMoment(from) && from != "date" && kind != "date" && kind != "time":
		return value
	case kind == "date":
		return "date(" + value + ")"
	case kind == "time":
		return "time(" + value + ")"
	}
	return "datetime(" + value + ")"
}
