package ddl

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"
)

// DataTypes are PostgreSQL's own types that columns may have.
var DataTypes = []string{
	"smallint", "integer", "bigint", "smallserial", "serial", "bigserial", "numeric", "real", "double precision", "money",
	"boolean", "text", "varchar", "char", "bytea", "date", "time", "timetz", "timestamp", "timestamptz", "interval",
	"uuid", "json", "jsonb", "xml", "inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "tsvector", "tsquery",
	"point", "line", "lseg", "box", "path", "polygon", "circle",
	"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
	"int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange",
}

// catalogNames are those that the parser gives to types with a syntax of their own.
var catalogNames = []string{"int2", "int4", "int8", "float4", "float8", "bool", "bpchar"}

// dataType gives the type of a column as the parser writes it.
func dataType(field, text, schema string, known TypeFunc) (string, error) {
	tree, name, err := parseType(field, text)
	if err != nil {
		return "", err
	}
	if err := settle(field, name, schema, known); err != nil {
		return "", err
	}
	return deparse(field, tree, "SELECT NULL::")
}

// parseType parses the name of a type, arrays and modifiers included.
func parseType(field, text string) (*pg_query.ParseResult, *pg_query.TypeName, error) {
	tree, value, err := selected(field, "CAST(NULL AS", text, ")")
	if err != nil {
		return nil, nil, err
	}
	cast := value.GetTypeCast()
	if cast == nil || cast.TypeName == nil || !cast.Arg.GetAConst().GetIsnull() {
		return nil, nil, refuse("%s is not the name of a type", field).At(field)
	}
	name := cast.TypeName
	if name.Setof || name.PctType {
		return nil, nil, refuse("%s is not the name of a plain type", field).At(field)
	}
	for _, modifier := range name.Typmods {
		if modifier.GetAConst() == nil && modifier.GetColumnRef() == nil {
			return nil, nil, refuse("%s has a modifier that is no constant", field).At(field)
		}
	}
	return tree, name, nil
}

// settle refuses a type that columns may not have. One of the database's own gets
// its schema, so that it means the same wherever it is read.
func settle(field string, name *pg_query.TypeName, schema string, known TypeFunc) error {
	path := texts(name.Names)
	last := path[len(path)-1]
	switch {
	case len(path) == 1 || path[0] == "pg_catalog":
		if slices.Contains(DataTypes, last) || slices.Contains(catalogNames, last) {
			return nil
		}
		for _, place := range []string{schema, "public"} {
			if len(path) == 1 && known(place, last) {
				name.Names = append([]*pg_query.Node{pg_query.MakeStrNode(place)}, name.Names...)
				return nil
			}
		}
	case len(path) == 2 && !ownSchema(path[0]) && known(path[0], last):
		return nil
	}
	return refuse("%s %q is not a type that columns may have", field, strings.Join(path, ".")).At(field).
		WithHint("GET /management/capabilities lists the types; those of the database itself are known by schema and name")
}

// argTypes gives the types of a function's arguments as the parser writes them.
func argTypes(list []string) ([]string, error) {
	types := make([]string, len(list))
	for i, text := range list {
		tree, _, err := parseType("arg_types", text)
		if err != nil {
			return nil, err
		}
		if types[i], err = deparse("arg_types", tree, "SELECT NULL::"); err != nil {
			return nil, err
		}
	}
	return types, nil
}

func signature(schema, name string, types []string) string {
	return in(schema, name) + "(" + strings.Join(types, ", ") + ")"
}
