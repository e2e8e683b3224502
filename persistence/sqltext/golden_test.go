package sqltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

// The statements of the shapes that carry most of the load. A change here is a
// change of what the planner sees.
func TestGoldenReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name  string
		table string
		query []string
		want  string
	}{
		{"point", "tags", []string{"id", "eq.1"},
			`SELECT t0."id", t0."label" FROM "public"."tags" AS t0 WHERE t0."id" = $1`},
		{"page", "tags", []string{"label", "in.(a,b)", "order", "label.desc.nullslast,id", "limit", "10", "offset", "20"},
			`SELECT t0."id", t0."label" FROM "public"."tags" AS t0 WHERE t0."label" = ANY ($1)` +
				` ORDER BY t0."label" DESC NULLS LAST, t0."id" LIMIT 10 OFFSET $2`},
		{"to one", "comments", []string{"select", "id,posts(title)", "id", "eq.1"},
			`SELECT t0."id", t1."id", t1."title" FROM "public"."comments" AS t0` +
				` LEFT JOIN "public"."posts" AS t1 ON t1."id" = t0."post_id" WHERE t0."id" = $1`},
		{"to one of a page", "comments", []string{"select", "id,posts(title)", "order", "id", "limit", "5"},
			`SELECT t0."id", t1."id", t1."title" FROM (SELECT t0.* FROM "public"."comments" AS t0 ORDER BY t0."id" LIMIT 5) AS t0` +
				` LEFT JOIN "public"."posts" AS t1 ON t1."id" = t0."post_id" ORDER BY t0."id"`},
		{"to many of a page", "posts", []string{"select", "title,comments(text)", "limit", "5"},
			`SELECT t0."title", t2.c1, t2.c0, t0."id" FROM (SELECT t0.* FROM "public"."posts" AS t0 LIMIT 5) AS t0` +
				` LEFT JOIN LATERAL (SELECT t1."text" AS c0, TRUE AS c1 FROM "public"."comments" AS t1 WHERE t1."post_id" = t0."id" OFFSET 0) AS t2 ON TRUE`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan, _, err := w.compile(query(t, tc.table, tc.query...))
			require.NoError(t, err)
			require.Equal(t, tc.want, plan.SQL)
		})
	}
}

func TestGoldenWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	plan, err := w.compiler.Insert(w.cat, w.path, insert(t, "tags", `{"id":1,"label":"x"}`, "*"))
	require.NoError(t, err)
	require.Equal(t, `INSERT INTO "public"."tags" AS t0 ("id", "label") VALUES ($1, $2) RETURNING t0."id", t0."label"`, plan.SQL)

	plan, err = w.compiler.Insert(w.cat, w.path, insert(t, "tags", `[{"id":1,"label":"x"},{"id":2,"label":"y"}]`, ""))
	require.NoError(t, err)
	require.Equal(t, `INSERT INTO "public"."tags" AS t0 ("id", "label") SELECT r."id", r."label"`+
		` FROM json_to_recordset($1) AS r ("id" integer, "label" text)`, plan.SQL)

	plan, err = w.compiler.Update(w.cat, w.path, &sqltext.Update{Table: sqltext.Name{Table: "tags"},
		Set: assignments(t, `{"label":"x"}`), Where: filter(t, "id", "eq.1")})
	require.NoError(t, err)
	require.Equal(t, `UPDATE "public"."tags" AS t0 SET "label" = $1 WHERE t0."id" = $2`, plan.SQL)
}

// An aggregate takes rows of the table's own type, or as they are selected, and its name
// is quoted like any other.
func TestGoldenHandlers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name  string
		query []string
		typed bool
		want  string
	}{
		{"whole", []string{"order", "id", "limit", "2"}, true,
			`SELECT count(*), "x""y"."a); --"("#object"."#row") FROM (SELECT t0.*::"public"."tags" AS "#row" FROM "public"."tags" AS t0 ORDER BY t0."id" LIMIT 2) AS "#object"`},
		{"as selected", []string{"select", "name:label,posts(title)", "id", "eq.1"}, false,
			`SELECT count(*), "x""y"."a); --"("#object") FROM (SELECT t0."label" AS "name", coalesce(t3.j, '[]') AS "posts" FROM "public"."tags" AS t0`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := query(t, "tags", tc.query...)
			r.Handler = &sqltext.Handler{By: sqltext.Name{Schema: `x"y`, Table: "a); --"}, Typed: tc.typed}
			plan, _, err := w.compile(r)
			require.NoError(t, err)
			require.Contains(t, plan.SQL, tc.want)
			require.True(t, plan.Handled)
			other := query(t, "tags", tc.query...)
			require.NotEqual(t, string(keyOf(r)), string(keyOf(other)), "the shape is another")
		})
	}
}

func keyOf(r *sqltext.Read) []byte {
	key, _ := sqltext.ReadKey(nil, nil, r)
	return key
}

// A condition on an indexed column must find the index, whatever the type.
func TestConditionsKeepTheIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `CREATE TABLE items (id uuid PRIMARY KEY, n bigint);
		INSERT INTO items SELECT gen_random_uuid(), i FROM generate_series(1, 2000) AS i; ANALYZE items`)
	for _, value := range []string{"eq.6f1f9f8c-0000-4000-8000-000000000000", "in.(6f1f9f8c-0000-4000-8000-000000000000)"} {
		require.Contains(t, w.explain(query(t, "items", "id", value)), "Index Scan", value)
	}
}

// A page of parents must look its children up, never scan them all, and the rows
// of a parent must stay together.
func TestEmbedsLookChildrenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `CREATE TABLE parents (id int PRIMARY KEY, name text);
		CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, n int);
		INSERT INTO parents SELECT i, (i % 7)::text FROM generate_series(1, 5000) AS i;
		INSERT INTO children SELECT i, i % 5000 + 1, i FROM generate_series(1, 50000) AS i;
		CREATE INDEX ON children (parent_id); ANALYZE parents; ANALYZE children`)

	page := query(t, "parents", "select", "id,name,children(n)", "order", "name,id", "limit", "50", "children.order", "n")
	plan := w.explain(page)
	require.Contains(t, plan, "Index Scan using children_parent_id_idx")
	require.NotContains(t, plan, "Seq Scan on children")
	require.JSONEq(t, w.ask(`SELECT p.id, p.name, (SELECT json_agg(c) FROM (SELECT n FROM children WHERE parent_id = p.id ORDER BY n) AS c) AS children
		FROM parents AS p ORDER BY p.name, p.id LIMIT 50`), w.read(page))

	// Without a limit, and with parallel plans as cheap as they can be.
	_, err := w.db.Exec(t.Context(), `SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0`)
	require.NoError(t, err)
	all := query(t, "parents", "select", "id,children(n)", "order", "name", "children.order", "n", "children.limit", "2")
	require.JSONEq(t, w.ask(`SELECT count(*) AS parents FROM parents`), w.ask(`SELECT json_array_length('`+w.read(all)+`'::json) AS parents`))
}

func (w *world) explain(r *sqltext.Read) string {
	w.Helper()
	plan, values, err := w.compile(r)
	require.NoError(w, err)
	args, err := plan.Args(values)
	require.NoError(w, err)
	result := w.db.PgConn().ExecParams(w.Context(), "EXPLAIN "+plan.SQL, args, nil, nil, nil).Read()
	require.NoError(w, result.Err, plan.SQL)
	var lines []string
	for _, row := range result.Rows {
		lines = append(lines, string(row[0]))
	}
	return strings.Join(lines, "\n")
}
