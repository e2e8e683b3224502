package rowjson_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"athena/persistence/catalog"
	"athena/persistence/dbtest"
	"athena/persistence/rowjson"
)

// schema has one of each kind of type that a database can add.
const schema = `
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE TYPE mood AS ENUM ('sad', 'so "so"', 'back\slash', 'comma, paren)', '');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN tags AS text[];
CREATE TYPE pair AS (a int, "b ""q""" text);
CREATE DOMAIN strict_pair AS pair;
CREATE TYPE deep AS (p pair, many pair[], at timestamptz, j jsonb, n positive, d strict_pair);
CREATE TYPE lone AS (sole text);
CREATE TYPE nothing AS ();
CREATE TYPE labelled AS (id int, labels hstore);
CREATE TYPE floats AS RANGE (subtype = float8);
CREATE TABLE item (id int, gone text, name text);
ALTER TABLE item DROP COLUMN gone;`

// server compares our JSON with that of row_to_json in one session.
type server struct {
	conn  *pgconn.PgConn
	types *rowjson.Types
}

// open makes a session with the settings that encoders rely on, and settings.
func open(t testing.TB, settings map[string]string) server {
	ctx := context.Background()
	cfg, err := pgx.ParseConfig(dbtest.New(t, schema))
	require.NoError(t, err)
	rowjson.Session(cfg.RuntimeParams)
	for name, value := range settings {
		cfg.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(ctx) })
	cat, err := catalog.Load(ctx, conn)
	require.NoError(t, err)
	return server{conn.PgConn(), rowjson.New(cat)}
}

// both gives our JSON of a value and the server's. Values that the type refuses
// are an error.
func (s server) both(typ, literal string) (ours, theirs string, err error) {
	sql := fmt.Sprintf(`SELECT v, row_to_json(r)::text FROM (SELECT $1::%s AS v) AS r`, typ)
	result := s.conn.ExecParams(context.Background(), sql, [][]byte{[]byte(literal)}, nil, nil, nil).Read()
	if result.Err != nil {
		return "", "", result.Err
	}
	encode, known := s.types.Encoder(result.FieldDescriptions[0].DataTypeOID)
	if !known {
		return "", "", fmt.Errorf("type %s is unknown", typ)
	}
	row := result.Rows[0]
	ours = `{"v":null}`
	if row[0] != nil {
		ours = `{"v":` + string(encode(nil, row[0])) + `}`
	}
	return ours, string(row[1]), nil
}

func (s server) requireSame(t *testing.T, typ, literal string) {
	t.Helper()
	ours, theirs, err := s.both(typ, literal)
	require.NoError(t, err, "%s %q", typ, literal)
	require.Equal(t, theirs, ours, "%s %q", typ, literal)
}

func TestNastyValues(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Asia/Kolkata", "America/St_Johns", "Europe/Amsterdam"} {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			s := open(t, map[string]string{"timezone": zone})
			for typ, literals := range nasty {
				for _, literal := range literals {
					s.requireSame(t, typ, literal)
				}
			}
		})
	}
}

var nasty = map[string][]string{
	"bool":        {"t", "f"},
	"int2":        {"-32768", "32767"},
	"int4":        {"-2147483648", "0"},
	"int8":        {"-9223372036854775808", "9007199254740993"},
	"oid":         {"4294967295"},
	"float4":      {"NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"},
	"float8":      {"NaN", "Infinity", "-Infinity", "-0", "5e-324", "1e21", "0.30000000000000004"},
	"numeric":     {"NaN", "Infinity", "-Infinity", "0.00", "-0.10", "1e-20", "12345678901234567890.12345678901234567890"},
	"money":       {"-1234.5"},
	"text":        {"", " ", `"`, `\`, "\n\r\t\b\f\x01\x1f\x7f", "é😀\u2028<&>", "12345678\"", "1234567\\", `\u0041`, "NULL"},
	"varchar":     {"a\"b\\c"},
	"bpchar":      {"a  "},
	"char(5)":     {"a"},
	`"char"`:      {"", "a", `"`, `\`},
	"name":        {`so "so"`},
	"uuid":        {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"},
	"bytea":       {``, `\x00ff22`, `\x5c`},
	"json":        {` {"a" : [1, "b\"", null] } `, "null", `"x"`, "1.50"},
	"jsonb":       {` {"a" : [1, "b\"", null] } `, "null", "1.50"},
	"date":        {"2024-02-29", "infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "4713-01-01 BC"},
	"time":        {"00:00:00", "23:59:59.999999", "24:00:00"},
	"timetz":      {"10:00:00+00", "10:00:00.5-03:30", "10:00:00+00:19:32"},
	"timestamp":   {"2024-05-01 10:00:00", "2024-05-01 10:00:00.100000", "infinity", "-infinity", "0044-03-15 12:00:00 BC", "12345-01-01 00:00:00.000001"},
	"timestamptz": {"2024-05-01 10:00:00+00", "2024-05-01 10:00:00.123456-08", "infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "12345-01-01 00:00:00+00", "1900-01-01 00:00:00+00", "1937-06-01 00:00:00+00"},
	"interval":    {"1 year -2 mons +3 days -04:05:06.7", "0"},
	"inet":        {"::1/64", "10.0.0.1"},
	"cidr":        {"10.0.0.0/8"},
	"macaddr":     {"08:00:2b:01:02:03"},
	"bit(4)":      {"1010"},
	"varbit":      {""},
	"xml":         {`<a b="c">&amp;</a>`},
	"point":       {"(1.5,-2)"},
	"box":         {"(1,1),(0,0)"},
	"box[]":       {"{(1,1),(0,0);NULL;(2,2),(1,1)}"},
	"int4range":   {"[1,5)", "empty", "(,)"},
	"tstzrange":   {`["2024-01-01 00:00:00+00",infinity)`},
	"floats":      {"(1.5,2.5]"},
	"tsvector":    {`'a "b"':1 'c\\d':2`},
	"citext":      {`Mixed "Case"`},
	"mood":        {"sad", `so "so"`, `back\slash`, "comma, paren)", ""},
	"mood[]":      {`{sad,"so \"so\"","back\\slash",""}`},
	"positive":    {"7"},
	"positive[]":  {"{7,NULL}"},
	"tags":        {`{a,"b c"}`},
	"tags[]":      {`{"{a,b}","{\"c d\",NULL}"}`},
	"int2vector":  {"", "1 2 3"},
	"oidvector":   {"26 27"},
	"int4[]":      {"{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={1,2}", "[2:3][-1:0]={{1,2},{3,4}}"},
	"float8[]":    {"{NaN,Infinity,-Infinity,1.5}"},
	"bool[]":      {"{t,f,NULL}"},
	"text[]":      {`{NULL,"NULL",null,"","a,b","{}","\"","\\"," x ","a\"b"}`, `{"\\\"\\\\","tab	tab"}`},
	"jsonb[]":     {`{"{\"a\": \"b\\\"\"}",null,"null"}`},
	"bytea[]":     {`{"\\x00ff"}`},
	"timestamptz[]": {
		`{"2024-05-01 10:00:00+00",infinity,NULL}`,
	},
	"pair":        {"(,)", "(1,)", `(1,"")`, `(-2,"a ""b"" \\ , ) (")`, `(3,NULL)`},
	"pair[]":      {`{"(1,a)",NULL,"(2,\"b \"\"c\"\" \\\\\\\\\")"}`},
	"strict_pair": {"(1,x)"},
	"lone":        {"()", `("")`, `("a,b")`},
	"nothing":     {"()"},
	"item":        {`(1,"x y")`},
	"deep": {
		"(,,,,,)",
		`("(1,""x """"y"""""")","{""(1,\\""a b\\"")"",NULL}","2024-05-01 10:00:00+05","{""k"": ""v""}",3,"(4,z)")`,
	},
}

func TestUnknownTypes(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, expr := range []string{
		"'a=>1'::hstore", "ARRAY['a=>1'::hstore]", "ROW(1, 'a=>1')::labelled", "ROW(1, 'x')", "ARRAY[ROW(1)]",
	} {
		result := s.conn.ExecParams(t.Context(), "SELECT "+expr, nil, nil, nil, nil).Read()
		require.NoError(t, result.Err, expr)
		encode, known := s.types.Encoder(result.FieldDescriptions[0].DataTypeOID)
		require.False(t, known, expr)
		require.Equal(t, string(rowjson.Text(nil, result.Rows[0][0])), string(encode(nil, result.Rows[0][0])))
	}
}

func TestTypeAlteredSinceLoad(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for _, tc := range []struct{ change, want string }{
		{"ALTER TABLE item ADD more int", `"(1,x,)"`},
		{"ALTER TABLE item DROP more, DROP name", `"(1)"`},
	} {
		_, err := s.conn.Exec(t.Context(), tc.change).ReadAll()
		require.NoError(t, err)
		result := s.conn.ExecParams(t.Context(), `SELECT CAST($1 AS item)`, [][]byte{[]byte(unquote(tc.want))}, nil, nil, nil).Read()
		require.NoError(t, result.Err)
		encode, _ := s.types.Encoder(result.FieldDescriptions[0].DataTypeOID)
		require.Equal(t, tc.want, string(encode(nil, result.Rows[0][0])))
	}
}

func unquote(s string) string { return s[1 : len(s)-1] }
