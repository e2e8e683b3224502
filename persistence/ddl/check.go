package ddl

import (
	"strings"

	"athena/wire"

	pg_query "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ruleFunc says what is wrong with a node of a tree, "" for nothing.
type ruleFunc func(proto.Message) string

// check looks at a tree, every node of it.
func check(field string, tree proto.Message, rule ruleFunc) error {
	var found string
	walk(tree.ProtoReflect(), func(m proto.Message) bool {
		found = rule(m)
		return found == ""
	})
	if found != "" {
		return refuse("%s %s", field, found).At(field)
	}
	return nil
}

// walk visits a message and all below it until visit says no.
func walk(m protoreflect.Message, visit func(proto.Message) bool) bool {
	if !visit(m.Interface()) {
		return false
	}
	more := true
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				if more = walk(v.List().Get(i).Message(), visit); !more {
					return false
				}
			}
		default:
			more = walk(v.Message(), visit)
		}
		return more
	})
	return more
}

// expressionRules are those of a default or a check: a default cannot see the row.
func expressionRules(columns bool) ruleFunc {
	return func(m proto.Message) string {
		switch node := m.(type) {
		case *pg_query.SubLink, *pg_query.SelectStmt:
			return "must not hold a query"
		case *pg_query.ParamRef:
			return "must not hold parameters"
		case *pg_query.SetToDefault, *pg_query.CurrentOfExpr:
			return "must be a value"
		case *pg_query.ColumnRef:
			if !columns {
				return "must not name columns"
			}
		case *pg_query.FuncCall:
			return functionRule(node)
		}
		return ""
	}
}

// queryRules are those of a view's query: it reads, and not what belongs to the
// server or to Athena.
func queryRules(m proto.Message) string {
	switch node := m.(type) {
	case *pg_query.InsertStmt, *pg_query.UpdateStmt, *pg_query.DeleteStmt, *pg_query.MergeStmt:
		return "must not change rows"
	case *pg_query.IntoClause:
		return "must not hold INTO"
	case *pg_query.LockingClause:
		return "must not lock rows"
	case *pg_query.ParamRef:
		return "must not hold parameters"
	case *pg_query.RangeVar:
		if ownSchema(node.Schemaname) || (node.Schemaname == "" && strings.HasPrefix(node.Relname, "pg_")) {
			return "must not read " + strings.TrimPrefix(node.Schemaname+"."+node.Relname, ".")
		}
	case *pg_query.FuncCall:
		return functionRule(node)
	}
	return ""
}

// farReaching are functions, or the beginnings of their names, that reach files,
// other servers or the session, or that run text as SQL.
var farReaching = []string{
	"pg_", "lo_", "dblink", "set_config", "query_to_xml", "table_to_xml", "cursor_to_xml", "schema_to_xml", "database_to_xml",
	"ts_stat", "ts_rewrite", "crosstab", "connectby", "xpath_table", "http",
}

func functionRule(call *pg_query.FuncCall) string {
	path := texts(call.Funcname)
	name := path[len(path)-1]
	if name == "pg_typeof" {
		return ""
	}
	for _, start := range farReaching {
		if strings.HasPrefix(strings.ToLower(name), start) {
			return "must not call " + name
		}
	}
	return ""
}

// blame gives a problem another field.
func blame(err error, field string) error {
	if p, ok := wire.AsProblem(err); ok {
		p.Field = field
	}
	return err
}
