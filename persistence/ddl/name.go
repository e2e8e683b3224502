package ddl

import (
	"slices"
	"strings"
	"unicode/utf8"

	"athena/persistence"
	"athena/persistence/sqltext"
	"athena/wire"

	pg_query "github.com/pganalyze/pg_query_go/v6"
)

// maxName is the length in bytes after which PostgreSQL would cut a name off.
const maxName = 63

// systemColumns are in every table.
var systemColumns = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// checkSchema gives the schema that is meant, if it is the caller's to change.
func checkSchema(name string) (string, error) {
	if name == "" {
		return "public", nil
	}
	if err := checkName("schema_name", name); err != nil {
		return name, err
	}
	if ownSchema(name) {
		return name, wire.Fail(wire.ReservedName, "the schema %s is not managed here", name).At("schema_name")
	}
	return name, nil
}

// ownSchema reports whether a schema belongs to PostgreSQL or to Athena.
func ownSchema(name string) bool {
	return strings.HasPrefix(name, "pg_") || name == "information_schema" || slices.Contains(persistence.OwnSchemas, name)
}

// checkName refuses what PostgreSQL cannot take as a name, or would change.
func checkName(field, name string) error {
	switch {
	case name == "":
		return wire.Fail(wire.InvalidRequest, "%s is missing", field).At(field)
	case len(name) > maxName:
		return wire.Fail(wire.InvalidRequest, "%s is longer than %d bytes", field, maxName).At(field)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return wire.Fail(wire.InvalidRequest, "%s holds control characters", field).At(field)
	}
	return nil
}

// checkNew refuses a name for something new that PostgreSQL's grammar or the
// server keeps for itself: it could be used in quotes alone, by those who know.
func checkNew(field, name string) error {
	if err := checkName(field, name); err != nil {
		return err
	}
	if strings.HasPrefix(strings.ToLower(name), "pg_") || slices.Contains(systemColumns, name) || keyword(name) {
		return wire.Fail(wire.ReservedName, "%s %q is a word that PostgreSQL keeps for itself", field, name).At(field).
			WithHint("choose another name, such as %s_", name)
	}
	return nil
}

// keyword reports whether a word is reserved by the grammar.
func keyword(name string) bool {
	scanned, err := pg_query.Scan(name)
	return err == nil && len(scanned.Tokens) == 1 && scanned.Tokens[0].KeywordKind == pg_query.KeywordKind_RESERVED_KEYWORD
}

// names are quoted, with commas.
func names(list []string) string {
	quoted := make([]string, len(list))
	for i, name := range list {
		quoted[i] = sqltext.Ident(name)
	}
	return strings.Join(quoted, ", ")
}
