package d1plan_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"athena/persistence/d1plan"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

// answer is what a statement gave back in PostgreSQL.
type answer struct {
	names []string
	types []uint32
	rows  []string
}

// TestScriptsAnswerAsInPostgres: the scripts in testdata, in the form in which tools
// write them, are run by PostgreSQL, and what becomes of them by SQLite. Every
// statement that gives rows back gives the same ones in both.
func TestScriptsAnswerAsInPostgres(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			plan := d1plan.Convert(string(source), true)
			require.Empty(t, plan.Errors)
			answers := original(t, string(source), plan)
			db := database(t)
			compared := 0
			for _, s := range plan.Ordered() {
				for _, target := range s.Targets[:len(s.Targets)-1] {
					_, err := db.Exec(target)
					require.NoError(t, err, target)
				}
				target, want := s.Targets[len(s.Targets)-1], answers[s.StatementIndex]
				if len(want.types) == 0 {
					_, err := db.Exec(target)
					require.NoError(t, err, "%s\nbecame\n%s", s.SourceSQL, target)
					continue
				}
				got := converted(t, db, target, &want)
				if !strings.Contains(strings.ToUpper(s.SourceSQL), "ORDER BY") {
					slices.Sort(want.rows)
					slices.Sort(got)
				}
				require.Equal(t, want.rows, got, "%s\nbecame\n%s", s.SourceSQL, target)
				compared++
			}
			require.Positive(t, compared)
		})
	}
}

var copied = regexp.MustCompile(`(?ms)^(COPY [^;]*FROM stdin);\n(.*?)^\\\.$`)

// original runs the statements of a plan as they were given.
func original(t *testing.T, source string, plan *d1plan.Plan) []answer {
	uri := dbtest.New(t)
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, uri)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(ctx)) }()
	exec(t, conn, "SET timezone TO 'UTC'")
	data := map[string]string{}
	for _, block := range copied.FindAllStringSubmatch(source, -1) {
		data[block[1]] = block[2]
	}
	answers := make([]answer, len(plan.Statements))
	for i := range plan.Statements {
		s := plan.Statements[i].SourceSQL
		if rows, is := data[s]; is {
			_, err := conn.CopyFrom(ctx, strings.NewReader(rows), s)
			require.NoError(t, err, s)
			continue
		}
		answers[i] = exec(t, conn, s)
		if strings.Contains(s, "set_config('search_path'") {
			exec(t, conn, "SET search_path TO public")
		}
	}
	return answers
}

func exec(t *testing.T, conn *pgconn.PgConn, statement string) (a answer) {
	t.Helper()
	results, err := conn.Exec(context.Background(), statement).ReadAll()
	require.NoError(t, err, statement)
	for _, result := range results {
		for _, f := range result.FieldDescriptions {
			a.names, a.types = append(a.names, f.Name), append(a.types, f.DataTypeOID)
		}
		for _, row := range result.Rows {
			parts := make([]string, len(row))
			for i, value := range row {
				if parts[i] = "NULL"; value != nil {
					parts[i] = alike(t, string(value), a.types[i])
				}
			}
			a.rows = append(a.rows, strings.Join(parts, "|"))
		}
	}
	return a
}

// converted runs a statement in SQLite and reads its values as those of the types
// that they had in PostgreSQL.
func converted(t *testing.T, db *sql.DB, statement string, like *answer) []string {
	t.Helper()
	columns, list := read(t, db, statement, func(column int, v any) string {
		if v == nil || column >= len(like.types) { // whose number is compared below
			return "NULL"
		}
		return alike(t, fmt.Sprint(v), like.types[column])
	})
	require.Len(t, columns, len(like.types), statement)
	for i, name := range like.names {
		if !strings.HasPrefix(name, "?") {
			require.Equal(t, name, columns[i], statement)
		}
	}
	return list
}

// alike writes a value of a type in one way, whichever database it is from.
func alike(t *testing.T, value string, oid uint32) string {
	t.Helper()
	switch oid {
	case pgtype.BoolOID:
		return strings.NewReplacer("t", "1", "f", "0").Replace(value)
	case pgtype.NumericOID, pgtype.Float8OID, pgtype.Float4OID:
		n, err := strconv.ParseFloat(value, 64)
		require.NoError(t, err)
		return strconv.FormatFloat(n, 'g', 12, 64)
	case pgtype.TimestamptzOID:
		return strings.TrimSuffix(value, "+00")
	case pgtype.JSONOID, pgtype.JSONBOID:
		var v any
		require.NoError(t, json.Unmarshal([]byte(value), &v), value)
		out, err := json.Marshal(v)
		require.NoError(t, err)
		return string(out)
	}
	return value
}

// TestRowsOfCopy: rows are typed by the table, in statements that D1 takes, and what
// cannot be told is refused.
func TestRowsOfCopy(t *testing.T) {
	t.Parallel()
	var rows strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&rows, "%d\t%s\n", i, strings.Repeat("x", i%200))
	}
	plan := convert(t, "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n"+rows.String()+"\\.\n\nSELECT 1;")
	require.Len(t, plan.Statements, 3)
	require.Greater(t, len(plan.Statements[1].Targets), 2)
	db := database(t)
	apply(t, db, plan)
	require.Equal(t, []string{"1200|719400|119400"}, lines(t, db, "SELECT count(*), sum(a), sum(length(b)) FROM t"))

	for _, source := range []string{
		"COPY unknown (a) FROM stdin;\n1\n\\.\n",
		"CREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\nx\n\\.\n",
		"CREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\t2\n\\.\n",
		"CREATE TABLE t (a numeric);\nCOPY t (a) FROM stdin;\nNaN\n\\.\n",
		"CREATE TABLE t (a int);\nCOPY t (a) FROM stdin WITH (FORMAT csv);\n1\n\\.\n",
		"CREATE TABLE t (a int);\nCOPY t FROM '/tmp/x';",
	} {
		plan := d1plan.Convert(source, true)
		require.NotEmpty(t, plan.Errors, source)
		require.Equal(t, wire.D1Skipped, plan.Statements[len(plan.Statements)-1].Action, source)
	}
	within := convert(t, "SELECT '\nCOPY t FROM stdin;\n1\n\\.\n' AS x;")
	require.Equal(t, []string{"\nCOPY t FROM stdin;\n1\n\\.\n"}, lines(t, database(t), within.Statements[0].TargetSQL))
}
