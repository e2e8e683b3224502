package sqltext

import (
	"regexp"
	"strings"

	"athena/wire"
)

// Ident quotes an identifier. It is the only way in which a name reaches SQL.
func Ident(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Qualified quotes a name with its schema, if it has one.
func Qualified(n Name) string {
	if n.Schema == "" {
		return Ident(n.Table)
	}
	return Ident(n.Schema) + "." + Ident(n.Table)
}

// Literal quotes a string constant, for the few places where the grammar or the
// planner wants a constant and a parameter will not do. It is safe whatever
// standard_conforming_strings says.
func Literal(text string) string {
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// typeForm is what a caller may write as a type: words, an optional schema,
// optional modifiers and any number of brackets.
var typeForm = regexp.MustCompile(
	`^(?:("[^"\x00]+"|[\pL_][\pL\pN_$]*)\.)?("[^"\x00]+"|[\pL_][\pL\pN_$]*(?: +[\pL_][\pL\pN_$]*){0,3})` +
		` *(\( *\d{1,6} *(?:, *-?\d{1,6} *)?\))?((?:\[\]){0,6})$`)

// aliases maps the spellings that only SQL's grammar knows to catalog names.
var aliases = map[string]string{
	"int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2",
	"real": "float4", "float": "float8", "double precision": "float8",
	"decimal": "numeric", "dec": "numeric", "boolean": "bool",
	"character varying": "varchar", "character": "bpchar", "char": "bpchar", "bit varying": "varbit",
	"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
	"time with time zone": "timetz", "time without time zone": "time",
}

// typeSQL spells a type that a caller named. Every word of it ends up quoted.
func typeSQL(name string) (string, error) {
	m := typeForm.FindStringSubmatch(strings.TrimSpace(name))
	if len(name) > 200 || m == nil {
		return "", wire.Fail(wire.InvalidValue, "%s is not the name of a type", clip(name)).
			At("cast").WithHint(`write a type such as "int", "text[]", "numeric(10,2)" or "schema.type"`)
	}
	schema, base, modifiers, brackets := m[1], m[2], m[3], m[4]
	if alias, ok := aliases[strings.Join(strings.Fields(strings.ToLower(base)), " ")]; ok && schema == "" {
		return Ident("pg_catalog") + "." + Ident(alias) + modifiers + brackets, nil
	}
	sql := Ident(typeWord(base)) + modifiers + brackets
	if schema != "" {
		sql = Ident(typeWord(schema)) + "." + sql
	}
	return sql, nil
}

// typeWord takes a word of a type name as SQL would: as it is in quotes, in lower
// case without.
func typeWord(word string) string {
	if inner, ok := strings.CutPrefix(word, `"`); ok {
		return strings.TrimSuffix(inner, `"`)
	}
	return strings.ToLower(word)
}
