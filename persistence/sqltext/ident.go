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

// ParseName reads the name of a table as a caller writes it, with its schema
// before a dot if need be. Either part may stand in double quotes, which make a
// dot part of the name; what begins without one is taken as it is.
func ParseName(text string) (Name, error) {
	first, rest, err := namePart(text, true)
	if err != nil || rest == "" {
		return Name{Table: first}, err
	}
	second, rest, err := namePart(rest[1:], false)
	if err == nil && rest != "" {
		err = badName(text)
	}
	return Name{Schema: first, Table: second}, err
}

// namePart takes a part off a name; what is left begins with the dot. A part that
// is not in quotes ends at the dot where it is the schema, and with the text where
// it is the table.
func namePart(text string, schema bool) (part, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		if dot := strings.IndexByte(text, '.'); schema && dot >= 0 {
			return text[:dot], text[dot:], nil
		}
		return text, "", nil
	}
	end := 1
	for end < len(text) && (text[end] != '"' || strings.HasPrefix(text[end:], `""`)) {
		if text[end] == '"' {
			end++
		}
		end++
	}
	if end >= len(text) || (end+1 < len(text) && text[end+1] != '.') {
		return "", "", badName(text)
	}
	return strings.ReplaceAll(text[1:end], `""`, `"`), text[end+1:], nil
}

func badName(text string) error {
	return wire.Fail(wire.InvalidRequest, "%s is not the name of a table", clip(text)).At("table").
		WithHint(`write table, schema.table or "sche.ma"."ta.ble"; a quote inside quotes is written twice`)
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
