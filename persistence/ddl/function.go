package ddl

import (
	"slices"
	"strings"

	"athena/wire"

	pg_query "github.com/pganalyze/pg_query_go/v6"
)

// maxFunction bounds in bytes the text of a function.
const maxFunction = 1 << 20

// languages are those in which a function cannot reach beyond the database.
var languages = []string{"sql", "plpgsql"}

// UpsertFunction makes or replaces a function. Its text is the caller's own, of
// which the parser says that it is one statement and of which kind.
func UpsertFunction(r *wire.UpsertFunction) (Change, error) {
	c := Change{Operation: "upsert_function", Object: "function", Function: &Function{DDL: r.DDL}}
	if strings.TrimSpace(r.DDL) == "" {
		return c, wire.Fail(wire.InvalidRequest, "ddl is missing").At("ddl")
	}
	if len(r.DDL) > maxFunction {
		return c, refuse("ddl is longer than %d bytes", maxFunction).At("ddl")
	}
	_, node, err := parseOne("ddl", r.DDL)
	if err != nil {
		return c, err
	}
	create := node.GetCreateFunctionStmt()
	if create == nil || create.IsProcedure || !create.Replace {
		return c, refuse("ddl must be one CREATE OR REPLACE FUNCTION statement").At("ddl")
	}
	if err := c.name(create); err != nil {
		return c, err
	}
	if err := checkLanguage(create); err != nil {
		return c, err
	}
	types, err := inputTypes(create)
	c.Function.ArgTypes, c.Function.Signature = types, signature(c.Schema, c.Name, types)
	c.Statements = []string{r.DDL}
	return c, err
}

// name takes the function's name out of its statement.
func (c *Change) name(create *pg_query.CreateFunctionStmt) error {
	path := texts(create.Funcname)
	c.Schema, c.Name = "public", path[len(path)-1]
	c.Function.Name = c.Name
	if len(path) == 2 {
		c.Schema = path[0]
	}
	if len(path) > 2 {
		return refuse("the function's name has too many parts").At("ddl")
	}
	if _, err := checkSchema(c.Schema); err != nil {
		return blame(err, "ddl")
	}
	return blame(checkNew("the function's name", c.Name), "ddl")
}

func checkLanguage(create *pg_query.CreateFunctionStmt) error {
	var named []string
	if create.SqlBody != nil {
		named = []string{"sql"}
	}
	for _, option := range create.Options {
		if e := option.GetDefElem(); e.GetDefname() == "language" {
			named = append(named, strings.ToLower(e.GetArg().GetString_().GetSval()))
		}
	}
	other := func(language string) bool { return !slices.Contains(languages, language) }
	if len(named) == 0 || slices.ContainsFunc(named, other) {
		return refuse("a function must be written in %s", strings.Join(languages, " or ")).At("ddl")
	}
	return nil
}

// inputTypes are the types of the arguments that a call gives.
func inputTypes(create *pg_query.CreateFunctionStmt) ([]string, error) {
	types := []string{}
	for _, node := range create.Parameters {
		p := node.GetFunctionParameter()
		switch p.GetMode() {
		case pg_query.FunctionParameterMode_FUNC_PARAM_OUT, pg_query.FunctionParameterMode_FUNC_PARAM_TABLE:
			continue
		}
		text, err := typeText(p.GetArgType())
		if err != nil {
			return types, err
		}
		types = append(types, text)
	}
	return types, nil
}

// typeText writes a type of a tree.
func typeText(name *pg_query.TypeName) (string, error) {
	tree, cast, err := selected("ddl", "CAST(NULL AS", "text", ")")
	if err != nil {
		return "", err
	}
	cast.GetTypeCast().TypeName = name
	return deparse("ddl", tree, "SELECT NULL::")
}

// DropFunction removes a function.
func DropFunction(r *wire.DropFunction) (Change, error) {
	schema, err := checkSchema(r.SchemaName)
	c := Change{
		Operation: "drop_function", Object: "function", Schema: schema, Name: r.FunctionName,
		Absent: []string{noFunction, noObject, noSchema}, Function: &Function{Name: r.FunctionName, ArgTypes: r.ArgTypes},
	}
	if err == nil {
		err = checkName("function_name", r.FunctionName)
	}
	if err == nil && r.ArgTypes == nil {
		err = wire.Fail(wire.InvalidRequest, "arg_types are missing").At("arg_types").WithHint("give [] for a function without arguments")
	}
	if err != nil {
		return c, err
	}
	types, err := argTypes(r.ArgTypes)
	if err != nil {
		return c, err
	}
	c.Function.ArgTypes, c.Function.Signature = types, signature(schema, r.FunctionName, types)
	c.Statements = []string{"DROP FUNCTION " + c.Function.Signature + " RESTRICT"}
	return c, nil
}
