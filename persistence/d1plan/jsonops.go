package d1plan

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/goccy/go-json"
)

// pathStep is one step of a path in JSON, as SQLite writes it.
func pathStep(key string, index bool) string {
	if index {
		if rest, negative := strings.CutPrefix(key, "-"); negative {
			return "[#-" + rest + "]"
		}
		return "[" + key + "]"
	}
	return `."` + key + `"`
}

// pathOf reads a path that is written out: a key or number of ->, or the array of #>.
func (w *writer) pathOf(op string, n *pg.Node) (string, bool) {
	if i := n.GetAConst().GetIval(); n.GetAConst() != nil && i != nil && n.GetAConst().GetSval() == nil {
		return "$" + pathStep(fmt.Sprint(i.GetIval()), true), true
	}
	if e := n.GetAExpr(); e != nil && e.Lexpr == nil && operator(e.Name) == "-" && e.Rexpr.GetAConst().GetIval() != nil {
		return "$" + pathStep(fmt.Sprintf("-%d", e.Rexpr.GetAConst().GetIval().GetIval()), true), true
	}
	var keys []any
	if value, ok := constantText(n); ok {
		if keys = []any{value}; strings.HasPrefix(op, "#") || op == "set" {
			if keys, ok = arrayElements(strings.TrimSpace(value)); !ok {
				return "", false
			}
		}
	} else {
		for _, element := range n.GetAArrayExpr().GetElements() {
			key, ok := constantText(element)
			if !ok {
				return "", false
			}
			keys = append(keys, key)
		}
	}
	path := "$"
	for _, key := range keys {
		number, index := key.(json.RawMessage)
		step := fmt.Sprint(key)
		if index {
			step = string(number)
		}
		if strings.ContainsAny(step, `"\`) {
			return "", false
		}
		path += pathStep(step, index)
	}
	return path, len(keys) > 0
}

// jsonPart writes ->, ->>, #> and #>>. PostgreSQL gives text for ->>, SQLite the
// value, so true and false are put back into words.
func (w *writer) jsonPart(op string, e *pg.A_Expr) string {
	left := w.expr(e.Lexpr)
	path, ok := w.pathOf(op, e.Rexpr)
	asText := strings.HasSuffix(op, ">>")
	if !ok {
		if strings.HasPrefix(op, "#") {
			return w.giveUp("a path into JSON that is not written out")
		}
		if asText {
			w.warn("expr.json", "true and false, got out of JSON by a key that is no literal, are 1 and 0")
			return "CAST(" + left + " ->> " + w.expr(e.Rexpr) + " AS text)"
		}
		return "(" + left + " -> " + w.expr(e.Rexpr) + ")"
	}
	if !asText {
		return "(" + left + " -> " + text(path) + ")"
	}
	word := "json_type(" + left + ", " + text(path) + ")"
	return "CASE WHEN " + word + " IN ('true', 'false') THEN " + word + " ELSE CAST(" + left + " ->> " + text(path) + " AS text) END"
}

// contains writes @>, <@ and && of arrays, and @> of a flat JSON object.
func (w *writer) contains(op string, e *pg.A_Expr) string {
	left, right := e.Lexpr, e.Rexpr
	if op == "<@" {
		left, right, op = right, left, "@>"
	}
	arrays := isArray(w.typeOf(left)) || isArray(w.typeOf(right))
	switch {
	case w.strictly:
		return w.giveUp("%s in a check or an index", op)
	case arrays && op == "&&":
		return "EXISTS (SELECT 1 FROM json_each(" + w.arrayValue(right) + ") AS \"#a\" WHERE \"#a\".\"value\" IN " + w.elements(left) + ")"
	case arrays:
		return "(" + w.arrayValue(left) + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM json_each(" + w.arrayValue(right) +
			") AS \"#a\" WHERE \"#a\".\"value\" NOT IN " + w.elements(left) + "))"
	}
	value, ok := constantText(right)
	var object map[string]any
	if op != "@>" || !ok || json.Unmarshal([]byte(value), &object) != nil || len(object) == 0 {
		return w.giveUp("%s of something else than arrays, or JSON and a flat object that is written out", op)
	}
	return w.holds(w.expr(left), object)
}

func (w *writer) holds(left string, object map[string]any) string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	parts := make([]string, len(keys))
	for i, key := range keys {
		path := text("$" + pathStep(key, false))
		kind := "json_type(" + left + ", " + path + ")"
		switch v := object[key].(type) {
		case string:
			parts[i] = "(" + kind + " = 'text' AND " + left + " ->> " + path + " = " + text(v) + ")"
		case bool:
			parts[i] = kind + " = " + text(fmt.Sprint(v))
		case nil:
			parts[i] = kind + " = 'null'"
		case float64:
			parts[i] = "(" + kind + " IN ('integer', 'real') AND " + left + " ->> " + path + " = " + fmt.Sprint(v) + ")"
		default:
			return w.giveUp("@> of nested JSON: compare its parts")
		}
		if strings.ContainsAny(key, `"\`) {
			return w.giveUp("a key with quotes or backslashes")
		}
	}
	return "(" + left + " IS NOT NULL AND coalesce(" + strings.Join(parts, " AND ") + ", 0))"
}

// arrayValue writes an array; a literal is known by its form.
func (w *writer) arrayValue(n *pg.Node) string {
	if value, ok := constantText(n); ok {
		return w.array(value)
	}
	return w.expr(n)
}

// elements is a query of the elements of an array.
func (w *writer) elements(n *pg.Node) string {
	return "(SELECT \"#e\".\"value\" FROM json_each(" + w.arrayValue(n) + ") AS \"#e\")"
}

// hasKey writes ?.
func (w *writer) hasKey(e *pg.A_Expr) string {
	if w.strictly {
		return w.giveUp("? in a check or an index")
	}
	left := w.expr(e.Lexpr)
	return "EXISTS (SELECT 1 FROM json_each(" + left + ") AS \"#e\" WHERE CASE json_type(" + left +
		") WHEN 'array' THEN \"#e\".\"value\" ELSE \"#e\".\"key\" END = " + w.expr(e.Rexpr) + ")"
}

// merged writes || of JSON, where the right side is a flat object that is written out.
func (w *writer) merged(e *pg.A_Expr) string {
	value, ok := constantText(e.Rexpr)
	var object map[string]any
	if !ok || json.Unmarshal([]byte(value), &object) != nil {
		return w.giveUp("|| of JSON with something else than a flat object that is written out: use jsonb_set")
	}
	for _, v := range object {
		switch v.(type) {
		case nil, map[string]any:
			return w.giveUp("|| of JSON with null or an object in it: use jsonb_set")
		}
	}
	return "json_patch(" + w.expr(e.Lexpr) + ", " + text(value) + ")"
}

// jsonSet writes jsonb_set with a path that is written out.
func (w *writer) jsonSet(args []*pg.Node) string {
	path, ok := w.pathOf("set", args[1])
	name := "json_set"
	if len(args) == 4 {
		b := args[3].GetAConst().GetBoolval()
		if b == nil {
			return w.giveUp("jsonb_set with a flag that is no literal")
		}
		if !b.Boolval {
			name = "json_replace"
		}
	}
	if !ok {
		return w.giveUp("jsonb_set with a path that is not written out")
	}
	value, literal := constantText(args[2])
	switch {
	case literal && !json.Valid([]byte(value)):
		return w.giveUp("the JSON %.40q", value)
	case literal:
		value = "json(" + text(value) + ")"
	default:
		value = w.jsonValue(args[2])
	}
	return name + "(" + w.expr(args[0]) + ", " + text(path) + ", " + value + ")"
}

// jsonValue writes a value that goes into JSON.
func (w *writer) jsonValue(n *pg.Node) string {
	value, kind := w.expr(n), w.typeOf(n)
	switch {
	case kind == "bool":
		return "json(CASE WHEN " + value + " THEN 'true' WHEN NOT " + value + " THEN 'false' ELSE 'null' END)"
	case isJSON(kind) || isArray(kind):
		return "json(" + value + ")"
	}
	return value
}
