package d1plan

import (
	"encoding/hex"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/goccy/go-json"
)

// cast writes a cast: of a literal, as the value that it names.
func (w *writer) cast(e *pg.TypeCast) string {
	k := w.kindOf(e.TypeName)
	if len(e.TypeName.GetNames()) == 0 {
		return w.giveUp("a cast without a type")
	}
	if name := typeName(e.TypeName); name == "interval" || foreign[name] {
		return w.giveUp("values of the type %s", name)
	}
	if array := e.Arg.GetAArrayExpr(); array != nil && k.array {
		return w.expr(e.Arg)
	}
	if constant := e.Arg.GetAConst(); constant != nil && (constant.Isnull || (constant.GetSval() != nil && (len(e.TypeName.Typmods) == 0 || k.ownWay()))) {
		return w.literal(e.Arg, k)
	}
	return w.castTo(e, k)
}

// castTo writes a cast of what is no literal.
func (w *writer) castTo(e *pg.TypeCast, k kind) string {
	from, name := w.typeOf(e.Arg), w.known.nameOf(e.TypeName)
	switch {
	case isJSON(name) && isJSON(from), k.array, name == from && len(e.TypeName.Typmods) == 0:
		return w.expr(e.Arg)
	case isMoment(name) || name == "time":
		return w.castTime(e.Arg, name)
	case k.target == "text" && !isJSON(name) && from == "bool":
		value := w.expr(e.Arg)
		return "CASE WHEN " + value + " THEN 'true' WHEN NOT " + value + " THEN 'false' END"
	case k.target == "text" && (moments[from] || isJSON(from) || isArray(from)), isJSON(name):
		return w.expr(e.Arg) // what is there is text already
	}
	value := w.numeral(e.Arg)
	switch {
	case k.bool && (isWhole(from) || from == "bool"):
		return "(" + value + " <> 0)"
	case k.bool:
		return "(lower(" + value + ") IN ('1', 't', 'true', 'y', 'yes', 'on'))"
	case k.target == "integer" && (from == "numeric" || simple[from] == "real"):
		return "CAST(round(" + value + ") AS integer)"
	case k.target == "integer" && from == "":
		w.warn("expr.cast", "a cast to integer cuts fractions off, where PostgreSQL rounds")
	case name == "varchar" && len(e.TypeName.Typmods) == 1:
		return "substr(" + value + ", 1, " + w.expr(e.TypeName.Typmods[0]) + ")"
	case name == "numeric" && len(e.TypeName.Typmods) == 1:
		return "round(CAST(" + value + " AS real))"
	case name == "numeric" && len(e.TypeName.Typmods) == 2:
		return "round(CAST(" + value + " AS real), " + w.expr(e.TypeName.Typmods[1]) + ")"
	}
	return "CAST(" + value + " AS " + k.target + ")"
}

// numeral writes what is to be a number or a boolean; out of JSON, it need not be
// text before.
func (w *writer) numeral(n *pg.Node) string {
	if e := n.GetAExpr(); e != nil && e.Lexpr != nil && operator(e.Name) == "->>" {
		if path, ok := w.pathOf("->>", e.Rexpr); ok {
			return "(" + w.expr(e.Lexpr) + " ->> " + text(path) + ")"
		}
	}
	return w.expr(n)
}

// literal writes a value for a column of a kind; what is no literal is written as
// it is.
func (w *writer) literal(n *pg.Node, k kind) string {
	constant := n.GetAConst()
	s, isText := constant.GetVal().(*pg.A_Const_Sval)
	if constant == nil || constant.Isnull || !isText {
		value := w.expr(n)
		if constant != nil && !constant.Isnull && k.target == "text" && !k.array {
			return "CAST(" + value + " AS text)"
		}
		return value
	}
	value := s.Sval.GetSval()
	switch {
	case k.ownWay():
		return w.ownLiteral(value, k)
	case k.target != "text":
		return "CAST(" + text(value) + " AS " + k.target + ")"
	}
	return text(value)
}

// ownLiteral writes a value of a kind that has its own way to.
func (w *writer) ownLiteral(value string, k kind) string {
	switch {
	case k.array:
		return w.array(value)
	case k.bool:
		return w.boolean(value)
	case k.bytes:
		return w.bytes(value)
	}
	return w.moment(value, k.time)
}

func (w *writer) boolean(value string) string {
	switch lower := strings.ToLower(strings.TrimSpace(value)); {
	case lower == "":
	case strings.HasPrefix("true", lower), strings.HasPrefix("yes", lower), lower == "on", lower == "1":
		return "1"
	case strings.HasPrefix("false", lower), strings.HasPrefix("no", lower), lower == "off", lower == "of", lower == "0":
		return "0"
	}
	return w.giveUp("the boolean %.20q", value)
}

func (w *writer) bytes(value string) string {
	if digits, is := strings.CutPrefix(value, `\x`); is {
		decoded, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
		if err != nil {
			return w.giveUp("bytes that are not written as pairs of hexadecimal digits")
		}
		return "x'" + hex.EncodeToString(decoded) + "'"
	}
	if strings.Contains(value, `\`) {
		return w.giveUp("bytes in the escape format")
	}
	return "x'" + hex.EncodeToString([]byte(value)) + "'"
}

// array writes an array literal such as {a,"b c",NULL} as a JSON array. Its elements
// are strings where they are no numbers: only the type would tell more.
func (w *writer) array(value string) string {
	w.warn("type.array", "arrays become text that holds a JSON array")
	elements, ok := arrayElements(strings.TrimSpace(value))
	if !ok {
		return w.giveUp("this array literal")
	}
	out, err := json.MarshalWithOption(elements, json.DisableHTMLEscape())
	if err != nil {
		return w.giveUp("this array literal")
	}
	return text(string(out))
}

// arrayElements reads an array of one dimension.
func arrayElements(s string) ([]any, bool) {
	inner, ok := strings.CutPrefix(s, "{")
	if inner, ok2 := strings.CutSuffix(inner, "}"); ok && ok2 {
		list := []any{}
		if strings.TrimSpace(inner) == "" {
			return list, true
		}
		for rest, more := inner, true; more; {
			var element any
			if element, rest, more, ok = arrayElement(rest); !ok {
				return nil, false
			}
			list = append(list, element)
		}
		return list, true
	}
	return nil, false
}

// arrayElement reads one element and what is after its comma.
func arrayElement(s string) (element any, rest string, more, ok bool) {
	s = strings.TrimLeft(s, " \t\n\r\v\f")
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s, ',')
		if more = end >= 0; !more {
			end = len(s)
		} else {
			rest = s[end+1:]
		}
		word := strings.TrimSpace(s[:end])
		switch {
		case word == "" || strings.ContainsAny(word, `{}"\`):
			return nil, "", false, false
		case strings.EqualFold(word, "null"):
			return nil, rest, more, true
		case json.Valid([]byte(word)) && word[0] != '[' && strings.Trim(word, "-0123456789.eE+") == "":
			return json.RawMessage(word), rest, more, true
		}
		return word, rest, more, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i == len(s) {
				return nil, "", false, false
			}
			b.WriteByte(s[i])
		case '"':
			after := strings.TrimLeft(s[i+1:], " \t\n\r\v\f")
			if after == "" {
				return b.String(), "", false, true
			}
			rest, more = strings.CutPrefix(after, ",")
			return b.String(), rest, more, more
		default:
			b.WriteByte(s[i])
		}
	}
	return nil, "", false, false
}
