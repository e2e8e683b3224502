package sqltext_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
	"athena/wire"
)

// hostile is what is put into every position where a caller can write.
var hostile = []string{
	`'; DROP TABLE canary; --`,
	`"; DROP TABLE canary; --`,
	`x"; DELETE FROM canary; --`,
	`") FROM canary; DROP TABLE canary; --`,
	`\'; DROP TABLE canary; --`,
	`$1; DROP TABLE canary`,
	`$$; DROP TABLE canary; $$`,
	`1; DROP TABLE canary`,
	`1) OR 1=1; DELETE FROM canary; --`,
	`text); DROP TABLE canary; --`,
	`int; DROP TABLE canary`,
	`int)::text; DROP TABLE canary; --`,
	`'||(DELETE FROM canary RETURNING id)||'`,
	"a\x00b",
	"\xff\xfe",
	"\u202e\u2028'\"",
	`/*`, `*/`, `--`, `;`, `'`, `"`, `""`, `\`, `%00`, `{`, `}`, `(`, `)`, `,`, `.`, `::`, `->`, `!`, `...`, ``,
	strings.Repeat("a", 10_000),
	strings.Repeat("(", 10_000),
	strings.Repeat("not.", 5_000),
	strings.Repeat("a(", 500) + strings.Repeat(")", 500),
}

// quoted writes text as a quoted name of the query language.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// Whatever is sent, the answer is rows, a problem of the 400s, or a complaint of
// the server about a value or a name; and nothing changes.
func TestHostileReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, text := range hostile {
		for _, q := range [][]string{
			{"select", text},
			{"select", quoted(text)},
			{"select", quoted(text) + ":name"},
			{"select", "name::" + text},
			{"select", "data->" + text},
			{"select", "data->" + quoted(text)},
			{"select", "data->>" + quoted(text)},
			{"select", "age." + text + "()"},
			{"select", text + "(id)"},
			{"select", quoted(text) + "(id)"},
			{"select", quoted(text) + ":posts!author_id(id)"},
			{"select", "posts!" + quoted(text) + "(id)"},
			{"select", quoted(text) + ".posts(id)"},
			{"order", text},
			{"order", quoted(text) + ".desc"},
			{"order", "name." + text},
			{"order", "data->>" + quoted(text)},
			{text, "eq.1"},
			{quoted(text), "eq.1"},
			{"name", text},
			{"name", "eq." + text},
			{"name", "like." + text},
			{"name", "in.(" + text + ")"},
			{"name", "in.(" + quoted(text) + ")"},
			{"name", "like(any).{" + quoted(text) + "}"},
			{"age", "eq." + text},
			{"tags", "cs." + text},
			{"data", "cs." + text},
			{"span", "ov." + text},
			{"name", "fts(" + text + ").x"},
			{"name", "wfts(english)." + text},
			{"name", text + ".x"},
			{"data->>" + quoted(text), "eq.1"},
			{"name::" + text, "eq.1"},
			{"or", text},
			{"or", "(name.eq." + text + ")"},
			{"or", "(name.eq." + quoted(text) + ",id.eq.1)"},
			{"or", "(" + quoted(text) + ".eq.1,id.eq.1)"},
			{"limit", text},
			{"offset", text},
		} {
			w.survive(q, func() error { return w.attempt("users", q) })
		}
		w.survive([]string{"table", text}, func() error { return w.attempt(text, nil) })
		w.survive([]string{"schema", text}, func() error {
			_, _, err := w.compile(&sqltext.Read{From: sqltext.Name{Schema: text, Table: "users"}})
			return err
		})
	}
	w.canaryLives()
}

func (w *world) attempt(table string, q []string) error {
	r, err := parseQuery(table, q...)
	if err != nil {
		return err
	}
	plan, values, err := w.compile(r)
	if err != nil {
		return err
	}
	_, _, err = w.run(plan, values)
	return err
}

// survive runs an attack and checks that its end is a decent one.
func (w *world) survive(what []string, attack func() error) {
	w.Helper()
	err := attack()
	var refused *pgconn.PgError
	switch p, ok := wire.AsProblem(err); {
	case err == nil:
	case ok:
		require.Equal(w, 400, p.Code.Status, "%q: %v", what, err)
		require.LessOrEqual(w, len(p.Detail), 400, "%q", what)
	case errors.As(err, &refused):
		// Values that do not fit, operators that a type lacks, unknown types:
		// never a syntax error, which would mean that text was read as SQL.
		require.NotEqual(w, "42601", refused.Code, "%q: %v", what, err)
		require.NotEqual(w, "25P02", refused.Code, "%q: %v", what, err)
	default:
		require.NoError(w, err, "%q", what)
	}
}

func (w *world) canaryLives() {
	w.Helper()
	require.JSONEq(w, `[{"id":1}]`, w.ask("SELECT * FROM canary"))
	require.JSONEq(w, `[{"n":4}]`, w.ask("SELECT count(*) AS n FROM users WHERE name NOT LIKE 'w:%'"))
}

func TestHostileWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := sqltext.Name{Table: "users"}
	none := filter(t, "id", "eq.-1")
	for _, text := range hostile {
		value := sqltext.String("w:" + text)
		for _, in := range []*sqltext.Insert{
			{Into: sqltext.Name{Table: text}, Columns: []string{"name"}, Rows: [][]sqltext.Value{{value}}},
			{Into: users, Columns: []string{text}, Rows: [][]sqltext.Value{{value}}},
			{Into: users, Columns: []string{"name"}, Rows: [][]sqltext.Value{{value}}},
			{Into: users, Columns: []string{"name", "tags"}, Rows: [][]sqltext.Value{{value, sqltext.List(value)}}},
			{Into: users, Columns: []string{"name", "data"}, Rows: [][]sqltext.Value{{value, value}, {value, value}}},
			{Into: users, Columns: []string{"name"}, Rows: [][]sqltext.Value{{value}},
				Conflict: &sqltext.Conflict{Columns: []string{text}, Merge: true}},
			{Into: users, Columns: []string{"name"}, Rows: [][]sqltext.Value{{value}},
				Returning: []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: "name"}, Alias: text}}},
		} {
			w.survive([]string{text}, func() error {
				_, values := sqltext.InsertKey(nil, nil, in)
				return w.attemptPlan(values)(w.compiler.Insert(w.cat, w.path, in))
			})
		}
		for _, u := range []*sqltext.Update{
			{Table: users, Set: []sqltext.Assignment{{Column: text, Value: value}}, Where: none},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}}, Where: none},
			{Table: users, Set: []sqltext.Assignment{{Column: "home", Value: value}}, Where: none},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}},
				Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "name", Cast: text}, Value: value, Op: sqltext.Eq}},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}},
				Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "name"}, Value: value, Op: sqltext.Op(text)}},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}},
				Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "name"}, Value: value, Op: sqltext.Eq, ValueCast: text}},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}},
				Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "name"}, Value: value, Op: sqltext.Fts, Config: text}},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}},
				Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "data", Path: []sqltext.Step{{Key: text, Index: true, Text: true}}}, Value: sqltext.Raw("never"), Op: sqltext.Eq}},
			{Table: users, Set: []sqltext.Assignment{{Column: "name", Value: value}},
				Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "created_at", Bucket: text}, Value: value, Op: sqltext.Eq}},
		} {
			w.survive([]string{text}, func() error {
				_, values := sqltext.UpdateKey(nil, nil, u)
				return w.attemptPlan(values)(w.compiler.Update(w.cat, w.path, u))
			})
		}
	}
	w.canaryLives()
}

func (w *world) attemptPlan(values []sqltext.Value) func(*sqltext.Plan, error) error {
	return func(p *sqltext.Plan, err error) error {
		if err != nil {
			return err
		}
		_, _, err = w.run(p, values)
		return err
	}
}
