package d1plan

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// function is a function of D1 that does what one of PostgreSQL does.
type function struct {
	name string
	// least and most are the numbers of arguments; -1 is no bound.
	least, most int
	aggregate   bool
}

var functions = map[string]function{
	"count": {"count", 0, 1, true}, "sum": {"sum", 1, 1, true}, "avg": {"avg", 1, 1, true},
	"min": {"min", 1, 1, true}, "max": {"max", 1, 1, true},
	"string_agg": {"group_concat", 2, 2, true}, "array_agg": {"json_group_array", 1, 1, true},
	"json_agg": {"json_group_array", 1, 1, true}, "jsonb_agg": {"json_group_array", 1, 1, true},
	"json_object_agg": {"json_group_object", 2, 2, true}, "jsonb_object_agg": {"json_group_object", 2, 2, true},
	"lower": {"lower", 1, 1, false}, "upper": {"upper", 1, 1, false}, "abs": {"abs", 1, 1, false}, "round": {"round", 1, 2, false},
	"length": {"length", 1, 1, false}, "char_length": {"length", 1, 1, false}, "character_length": {"length", 1, 1, false},
	"octet_length": {"octet_length", 1, 1, false},
	"btrim":        {"trim", 1, 2, false}, "ltrim": {"ltrim", 1, 2, false}, "rtrim": {"rtrim", 1, 2, false},
	"substr": {"substr", 2, 3, false}, "substring": {"substr", 2, 3, false}, "replace": {"replace", 3, 3, false},
	"strpos": {"instr", 2, 2, false}, "mod": {"mod", 2, 2, false}, "sign": {"sign", 1, 1, false},
	"ceil": {"ceil", 1, 1, false}, "ceiling": {"ceil", 1, 1, false}, "floor": {"floor", 1, 1, false}, "trunc": {"trunc", 1, 1, false},
	"power": {"pow", 2, 2, false}, "pow": {"pow", 2, 2, false}, "sqrt": {"sqrt", 1, 1, false}, "exp": {"exp", 1, 1, false}, "ln": {"ln", 1, 1, false},
	"log": {"log", 1, 1, false}, "pi": {"pi", 0, 0, false}, "chr": {"char", 1, 1, false}, "ascii": {"unicode", 1, 1, false},
	"position": {"instr", 2, 2, false}, "concat": {"concat", 1, -1, false}, "concat_ws": {"concat_ws", 2, -1, false}, "date": {"date", 1, 1, false},
	"to_json": {"json_quote", 1, 1, false}, "to_jsonb": {"json_quote", 1, 1, false}, "row_to_json": {"", 1, 1, false}, "array_to_json": {"", 1, 1, false},
	"bool_and": {"min", 1, 1, true}, "bool_or": {"max", 1, 1, true}, "every": {"min", 1, 1, true}, "cardinality": {"json_array_length", 1, 1, false},
	"json_build_object": {"json_object", 0, -1, false}, "jsonb_build_object": {"json_object", 0, -1, false},
	"json_build_array": {"json_array", 0, -1, false}, "jsonb_build_array": {"json_array", 0, -1, false},
	"json_array_length": {"json_array_length", 1, 1, false}, "jsonb_array_length": {"json_array_length", 1, 1, false},
}

// uuidSQL makes a random UUID, which SQLite has no function for.
const uuidSQL = "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || " +
	"substr('89ab', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))"

// functionName is the name of a function that is PostgreSQL's own, or that of an
// extension in the usual schema.
func functionName(e *pg.FuncCall) string {
	name, schema := "", ""
	for i, n := range e.Funcname {
		if name = n.GetString_().GetSval(); i < len(e.Funcname)-1 {
			schema = name
		}
	}
	if schema != "" && schema != "pg_catalog" && schema != "public" && schema != "extensions" {
		return schema + "." + name
	}
	return name
}

// sequenceCall reports a statement that only calls for the state of a session or a
// sequence, as dumps do.
func sequenceCall(s *pg.SelectStmt) string {
	if len(s.TargetList) != 1 || len(s.FromClause) > 0 {
		return ""
	}
	call := s.TargetList[0].GetResTarget().GetVal().GetFuncCall()
	if call == nil {
		return ""
	}
	if name := functionName(call); name == "setval" || name == "set_config" {
		return strings.ToLower(name)
	}
	return ""
}
