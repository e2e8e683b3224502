package ddl_test

import (
	"strings"
	"testing"

	"athena/persistence/ddl"
	"athena/persistence/pgparse"
	"athena/wire"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/stretchr/testify/require"
)

// taken checks that an error is a problem of the caller's, and that each statement of
// a change is one of its kind.
func taken(t *testing.T, c ddl.Change, err error, kinds ...string) bool {
	t.Helper()
	if err != nil {
		p, ok := wire.AsProblem(err)
		require.True(t, ok, "%v", err)
		require.Less(t, p.Code.Status, 500, "%v", err)
		require.NotEmpty(t, p.Detail)
		return false
	}
	for _, sql := range c.Statements {
		tree, err := pgparse.Parse(sql)
		require.NoError(t, err, sql)
		require.Len(t, tree.Stmts, 1, sql)
		m := tree.Stmts[0].Stmt.ProtoReflect()
		require.Contains(t, kinds, string(m.WhichOneof(m.Descriptor().Oneofs().Get(0)).Name()), sql)
	}
	return true
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{"now()", "1) , (2", "'a'--\n", "$$x$$", "E'\\''", "1/*", "a.b", "(((1)))", "1); DROP TABLE canary; --", "nextval('s')", "ARRAY[1,2]::int[]", "(SELECT 1)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		column := wire.ManagementColumn{Name: "c", DataType: "text", DefaultExpression: &text}
		c, err := ddl.CreateTable(&wire.CreateTable{TableName: "t", Columns: []wire.ManagementColumn{column}}, known)
		if !taken(t, c, err, "create_stmt") {
			return
		}
		tree, err := pgparse.Parse(c.Statements[0])
		require.NoError(t, err)
		made := tree.Stmts[0].Stmt.GetCreateStmt()
		require.Equal(t, "t", made.Relation.Relname)
		require.Len(t, made.TableElts, 1, c.Statements[0])
		require.Len(t, made.TableElts[0].GetColumnDef().Constraints, 1, c.Statements[0])
	})
}

// FuzzTable: names and types make one table of one column, whatever they are.
func FuzzTable(f *testing.F) {
	f.Add("public", "t", "c", "int")
	f.Add(`S"`, `T"; DROP TABLE canary; --`, `a"b`, "numeric(10, 2)[]")
	f.Add("", "é\u202e", "x y", "text); DROP TABLE canary; --")
	f.Add("pg_catalog", "select", "ctid", `"Odd"."type"`)
	f.Add("a.b", "\x00", strings.Repeat("x", 64), "varchar(f(1))")
	f.Fuzz(func(t *testing.T, schema, table, column, typ string) {
		c, err := ddl.CreateTable(&wire.CreateTable{SchemaName: schema, TableName: table, Columns: []wire.ManagementColumn{{Name: column, DataType: typ}}}, known)
		if !taken(t, c, err, "create_stmt", "create_schema_stmt") {
			return
		}
		tree, err := pgparse.Parse(c.Statements[len(c.Statements)-1])
		require.NoError(t, err)
		made := tree.Stmts[0].Stmt.GetCreateStmt()
		require.Equal(t, table, made.Relation.Relname)
		require.Equal(t, c.Schema, made.Relation.Schemaname)
		require.Len(t, made.TableElts, 1)
		require.Equal(t, column, made.TableElts[0].GetColumnDef().Colname)
		_, err = ddl.DropFunction(&wire.DropFunction{SchemaName: schema, FunctionName: table, ArgTypes: []string{typ}})
		require.NoError(t, err)
	})
}

// FuzzView: a definition that is taken is one SELECT in one view.
func FuzzView(f *testing.F) {
	for _, seed := range []string{
		"SELECT 1 AS a", "select id, name from people where id > 3 order by id limit 5;", "WITH x AS (SELECT 1 AS a) SELECT a FROM x", "SELECT a.id FROM a JOIN b USING (id) UNION ALL SELECT 3",
		"SELECT 'a;b' AS c -- comment", "VALUES (1, 2)", "TABLE people", "SELECT count(*) FILTER (WHERE x > 1) OVER (PARTITION BY y) AS n FROM t", "SELECT 1; DROP TABLE canary",
		"WITH d AS (DELETE FROM a RETURNING id) SELECT id FROM d", "SELECT 1 INTO x", "SELECT id FROM a FOR UPDATE", "SELECT pg_read_file('/etc/passwd')",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ddl.CreateView(&wire.CreateView{ViewName: "v", Definition: text})
		if !taken(t, c, err, "view_stmt") {
			return
		}
		effects := pgparse.EffectsOf(text)
		require.True(t, effects.Known, text)
		require.Empty(t, effects.Writes, text)
		require.NotContains(t, effects.Functions, "pg_read_file")
	})
}

// FuzzFunction: a text that is taken is one function of the name, the schema and the
// language that it was judged by.
func FuzzFunction(f *testing.F) {
	const body = " RETURNS int LANGUAGE sql AS 'SELECT 1'"
	for _, seed := range []string{
		"CREATE OR REPLACE FUNCTION f()" + body, `create or replace function s."F ""g"(a int, b text default 'x', out c int, variadic d text[]) language plpgsql as $$ begin end $$;`,
		"CREATE OR REPLACE FUNCTION f(a int) RETURNS int RETURN a + 1", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE c AS 'x', 'y'", "CREATE OR REPLACE FUNCTION f()" + body + "; DROP TABLE canary",
		"CREATE OR REPLACE FUNCTION pg_catalog.now()" + body, "CREATE OR REPLACE PROCEDURE f() LANGUAGE sql AS ''", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql LANGUAGE c AS 'x'", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE c LANGUAGE sql AS 'x'",
		"CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; DELETE FROM t; END", "CREATE OR REPLACE FUNCTION f()" + body + " SECURITY DEFINER SET search_path = x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ddl.UpsertFunction(&wire.UpsertFunction{DDL: text})
		if !taken(t, c, err, "create_function_stmt") {
			return
		}
		tree, err := pgparse.Parse(text)
		require.NoError(t, err)
		made := tree.Stmts[0].Stmt.GetCreateFunctionStmt()
		require.Equal(t, c.Name, made.Funcname[len(made.Funcname)-1].GetString_().GetSval())
		for _, option := range made.Options {
			if e := option.GetDefElem(); e.GetDefname() == "language" {
				require.Contains(t, []string{"sql", "plpgsql"}, strings.ToLower(e.GetArg().GetString_().GetSval()))
			}
		}
		dropped, err := pgparse.Parse("DROP FUNCTION " + c.Function.Signature)
		require.NoError(t, err, c.Function.Signature)
		require.Len(t, dropped.Stmts, 1)
		require.Equal(t, pg.ObjectType_OBJECT_FUNCTION, dropped.Stmts[0].Stmt.GetDropStmt().GetRemoveType(), c.Function.Signature)
	})
}
