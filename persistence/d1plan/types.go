package d1plan

import (
	"strings"

	"athena/persistence/sqltext"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// kind is what a column of PostgreSQL is to D1.
type kind struct {
	// target is the type in D1: integer, real, text or blob.
	target string
	// serial says that the column counts by itself.
	serial bool
	// bool, array, bytes say how literals are written.
	bool, array, bytes bool
	// values are those of an enum.
	values []string
	// checks and notNull are those of a domain.
	checks  []*pg.Node
	notNull bool
	// time is the name of a type of dates and times.
	time string
}

// ownWay says that literals are not written as they are given.
func (k kind) ownWay() bool { return k.bool || k.bytes || k.array || k.time != "" }

// simple are types with one meaning and nothing to be said of.
var simple = map[string]string{
	"int2": "integer", "int4": "integer", "int8": "integer", "oid": "integer",
	"float4": "real", "float8": "real",
	"text": "text", "varchar": "text", "bpchar": "text", "char": "text", "name": "text", "citext": "text", "xml": "text",
	"bytea": "blob",
}

// scalars are types that text stands for, with the diagnostic that says so.
var scalars = map[string]string{
	"uuid": "type.uuid", "json": "type.json", "jsonb": "type.json", "jsonpath": "type.json",
	"date": "type.time", "time": "type.time", "timetz": "type.time", "timestamp": "type.time", "timestamptz": "type.time", "interval": "type.time",
	"inet": "type.custom", "cidr": "type.custom", "macaddr": "type.custom", "macaddr8": "type.custom",
}

// foreign are types whose operators D1 has nothing for.
var foreign = map[string]bool{
	"point": true, "line": true, "lseg": true, "box": true, "path": true, "polygon": true, "circle": true,
	"int4range": true, "int8range": true, "numrange": true, "tsrange": true, "tstzrange": true, "daterange": true,
	"int4multirange": true, "int8multirange": true, "nummultirange": true, "tsmultirange": true, "tstzmultirange": true, "datemultirange": true,
	"tsvector": true, "tsquery": true, "money": true, "bit": true, "varbit": true, "pg_lsn": true, "txid_snapshot": true, "vector": true,
	"geometry": true, "geography": true, "hstore": true, "ltree": true, "record": true, "refcursor": true, "regclass": true,
}

// typeName is the name of a type without its schema.
func typeName(t *pg.TypeName) string {
	if t == nil || len(t.Names) == 0 {
		return ""
	}
	return t.Names[len(t.Names)-1].GetString_().GetSval()
}

// kindOf finds what a type is to D1, and says what is different.
func (c *converter) kindOf(t *pg.TypeName) kind {
	name := typeName(t)
	if len(t.GetArrayBounds()) > 0 || (strings.HasPrefix(name, "_") && (simple[name[1:]] != "" || scalars[name[1:]] != "")) {
		c.warn("type.array", "arrays become text that holds a JSON array")
		return kind{target: "text", array: true}
	}
	switch target := simple[name]; name {
	case "serial", "serial4", "bigserial", "serial8", "smallserial", "serial2":
		c.warn("type.serial", "%s becomes integer", name)
		return kind{target: "integer", serial: true}
	case "numeric":
		c.warn("type.numeric", "numeric becomes real, which rounds to about 15 digits")
		return kind{target: "real"}
	case "bool":
		c.warn("type.boolean", "boolean becomes integer: 1 for true, 0 for false")
		return kind{target: "integer", bool: true}
	case "bytea":
		return kind{target: target, bytes: true}
	default:
		if target != "" {
			return kind{target: target}
		}
	}
	if code := scalars[name]; code != "" {
		c.warn(code, "%s becomes text", name)
		k := kind{target: "text"}
		if moments[name] {
			k.time = name
		}
		return k
	}
	if foreign[name] {
		c.imprecise("type.unsupported", "D1 has nothing like %s; text would stand for it", name)
		return kind{target: "text"}
	}
	if domain := c.known.domains[name]; domain != nil && c.depth < maxDomains {
		return c.domainKind(name, domain)
	}
	c.warn("type.custom", "%.63s becomes text", name)
	return kind{target: "text", values: c.known.enums[name]}
}

// maxDomains bounds domains that are made of domains.
const maxDomains = 10

// domainKind is the kind of a domain: that of its base, with its checks.
func (c *converter) domainKind(name string, domain *pg.CreateDomainStmt) kind {
	c.depth++
	defer func() { c.depth-- }()
	c.warn("type.custom", "the domain %.63s becomes its type, with its checks", name)
	k := c.kindOf(domain.TypeName)
	for _, n := range domain.Constraints {
		switch constraint := n.GetConstraint(); constraint.GetContype() {
		case pg.ConstrType_CONSTR_CHECK:
			k.checks = append(k.checks, constraint.RawExpr)
		case pg.ConstrType_CONSTR_NOTNULL:
			k.notNull = true
		case pg.ConstrType_CONSTR_DEFAULT:
			c.unsupported("unsupported.constraint", "the default of the domain %.63s: give it to the columns", name)
		}
	}
	return k
}

// domainChecks writes the checks of a domain for a column, for which VALUE stands.
func (c *converter) domainChecks(column, kindName string, k kind) string {
	out := ""
	for _, check := range k.checks {
		r := relation{renamed: map[string]string{"value": sqltext.Ident(column)}}
		r.add("value", kindName)
		leave := c.enter(r)
		out += " CHECK (" + c.pure(check) + ")"
		leave()
	}
	return out
}

// table gives the name of a table in D1, which has no schemas.
func (c *converter) table(r *pg.RangeVar) string {
	if r == nil {
		c.unsupported("unsupported.table", "a table is missing")
		return `""`
	}
	if r.Relpersistence == "t" {
		c.unsupported("unsupported.temporary", "D1 has no temporary tables")
	}
	if r.Catalogname != "" {
		c.unsupported("unsupported.name", "a name in another database")
	}
	return c.named(r.Schemaname, r.Relname)
}

// named joins a schema to a name where that is not the usual one.
func (c *converter) named(schema, name string) string {
	switch schema {
	case "", "public":
	case "pg_catalog", "information_schema":
		c.unsupported("unsupported.catalog", "D1 has no %s", schema)
	default:
		c.warn("ddl.schema", "D1 has no schemas: what is in %.63s is named %.63s_...", schema, schema)
		name = schema + "_" + name
	}
	return c.free(name)
}

// free quotes the name of a thing, if D1 does not keep it for itself.
func (c *converter) free(name string) string {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "sqlite_") || strings.HasPrefix(lower, "_cf_") || name == "" {
		c.unsupported("unsupported.name", "D1 keeps the name %.63q for itself", name)
	}
	return sqltext.Ident(name)
}

// text is a string as a literal.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
