package ddl

import (
	"slices"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// Extensions are those that can be installed: none of them reaches files, other
// servers or the program of the server.
var Extensions = []string{
	"bloom", "btree_gin", "btree_gist", "citext", "cube", "dict_int", "dict_xsyn", "earthdistance", "fuzzystrmatch", "hstore",
	"hypopg", "intarray", "isn", "ltree", "pg_stat_statements", "pg_trgm", "pgcrypto", "postgis", "seg", "tablefunc",
	"tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "vector",
}

// InstallExtension installs an extension.
func InstallExtension(r *wire.InstallExtension) (Change, error) {
	c := Change{Operation: "install_extension", Object: "extension", Name: r.ExtensionName}
	if err := checkName("extension_name", r.ExtensionName); err != nil {
		return c, err
	}
	if !slices.Contains(Extensions, r.ExtensionName) {
		return c, refuse("the extension %q is not one that can be installed", r.ExtensionName).At("extension_name").
			WithHint("extensions are %s", strings.Join(Extensions, ", "))
	}
	create := "CREATE EXTENSION "
	if r.IfNotExists {
		create += "IF NOT EXISTS "
	}
	c.Statements = []string{create + sqltext.Ident(r.ExtensionName)}
	return c, nil
}
