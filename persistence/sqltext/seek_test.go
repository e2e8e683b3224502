package sqltext_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

// walk reads a table to its end by cursors and gives the ids in the order in which
// they came; between is called after each page.
func (w *world) walk(page int64, between func(), table string, pairs ...string) []int {
	w.Helper()
	var ids []int
	cursor := sqltext.SeekStart
	for cursor != "" {
		r := query(w, table, pairs...)
		r.Limit = &page
		var err error
		r.Seek, err = sqltext.ParseCursor(cursor)
		require.NoError(w, err)
		plan, values, err := w.compile(r)
		require.NoError(w, err)
		out, mark := w.marked(plan, values)
		var rows []struct{ ID int }
		require.NoError(w, json.Unmarshal([]byte(out), &rows), out)
		require.NotContains(w, out, "json_build_array")
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		if cursor = ""; int64(len(rows)) == page {
			cursor, err = sqltext.EncodeCursor(plan.Order, mark)
			require.NoError(w, err)
		}
		between()
	}
	return ids
}

const walked = `
CREATE TABLE items (id int PRIMARY KEY, a int, b text, c timestamptz NOT NULL, d float8, j jsonb, owner int);
CREATE TABLE owners (id int PRIMARY KEY, name text);
INSERT INTO owners VALUES (1, 'x'), (2, 'y'), (3, NULL);
ALTER TABLE items ADD FOREIGN KEY (owner) REFERENCES owners;
INSERT INTO items SELECT n, nullif(n % 5, 0), nullif(chr(97 + n % 3) || '"', 'a"'), '2024-01-01Z'::timestamptz + (n % 4) * interval '1.000001 s',
	CASE n % 6 WHEN 0 THEN 'NaN' WHEN 1 THEN NULL ELSE n % 6 / 3.0 END, jsonb_build_object('k', n % 3), nullif(n % 4, 0) FROM generate_series(1, 60) AS n;
CREATE FUNCTION twice(i items) RETURNS int STABLE LANGUAGE sql AS 'SELECT i.a * 2';
CREATE TABLE pairs (x text NOT NULL, y uuid NOT NULL, id int, UNIQUE (x, y));
INSERT INTO pairs SELECT 'k' || n % 3, md5(n::text)::uuid, n FROM generate_series(1, 20) AS n;
`

func TestWalksInEveryOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, walked)
	for _, order := range []string{
		"id", "id.desc", "a", "a.desc", "a.nullsfirst", "a.desc.nullslast", "a,b", "a.desc,b", "a.nullsfirst,b.desc.nullslast,id.desc",
		"c", "c.desc", "c,id.desc", "c.desc,a", "d", "d.desc", "j", "j->k,b", "twice.desc", "owners(name)", "owners(name).desc.nullslast,a", "b,c,d,id",
	} {
		sql := order // the database's own answer, by the plain statement
		for _, page := range []int64{1, 7, 60} {
			r := query(t, "items", "select", "id,owners(name)", "order", order)
			all := int64(1000)
			r.Limit, r.Seek = &all, &sqltext.Seek{}
			plan, values, err := w.compile(r)
			require.NoError(t, err, order)
			require.Contains(t, plan.SQL, "ORDER BY")
			out, _ := w.marked(plan, values)
			var want []struct{ ID int }
			require.NoError(t, json.Unmarshal([]byte(out), &want))
			require.Len(t, want, 60)
			got := w.walk(page, func() {}, "items", "select", "id,owners(name)", "order", order)
			require.Len(t, got, 60, "%s by %d", sql, page)
			for i := range got {
				require.Equal(t, want[i].ID, got[i], "%s by %d at %d", sql, page, i)
			}
		}
	}
	require.Len(t, w.walk(3, func() {}, "pairs", "order", "x.desc"), 20, "a key that is no primary key")
	require.Len(t, w.walk(4, func() {}, "items", "select", "name:b,id", "order", "name", "id", "gt.10"), 50)
}

// TestWalksAmongInserts adds rows before, at and behind the place of the walk, and
// removes the very row that it stands at.
func TestWalksAmongInserts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, walked)
	_, err := w.db.Exec(t.Context(), "CREATE TABLE kept AS SELECT id FROM items WHERE id % 10 <> 7")
	require.NoError(t, err)
	next := 1000
	ids := w.walk(3, func() {
		_, err := w.db.Exec(t.Context(), fmt.Sprintf(`INSERT INTO items SELECT %[1]d + n, n, chr(97 + n), '2024-01-01Z' FROM generate_series(0, 3) AS n;
			INSERT INTO items SELECT -%[1]d - n, NULL, NULL, '2024-01-01Z' FROM generate_series(0, 3) AS n;
			DELETE FROM items WHERE id = (SELECT min(id) FROM items WHERE id > 0 AND id %% 10 = 7)`, next))
		require.NoError(t, err)
		next += 10
		if next > 2000 {
			_, err = w.db.Exec(t.Context(), "DELETE FROM items WHERE id < 0 OR id >= 1000")
			require.NoError(t, err)
		}
	}, "items", "order", "a.desc,b")
	times := map[int]int{}
	for _, id := range ids {
		times[id]++
		require.Equal(t, 1, times[id], "row %d came twice", id)
	}
	var kept []int
	require.NoError(t, w.db.QueryRow(t.Context(), "SELECT array_agg(id) FROM kept").Scan(&kept))
	for _, id := range kept {
		require.Equal(t, 1, times[id], "row %d was left out", id)
	}
}

// TestSeekUsesIndexes asks the planner.
func TestSeekUsesIndexes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `
		CREATE TABLE big (id int PRIMARY KEY, at timestamptz NOT NULL, rank int NOT NULL, note text);
		INSERT INTO big SELECT n, '2024-01-01Z'::timestamptz + n * interval '1 s', n % 1000, 'n' FROM generate_series(1, 50000) AS n;
		CREATE INDEX by_time ON big (at, id);
		CREATE INDEX by_rank ON big (rank, at DESC, id DESC);
		ANALYZE big;`)
	for _, tc := range []struct{ order, cond string }{
		{"id", "(id > 40000)"},
		{"id.desc", "(id < 40000)"},
		{"at", `(ROW(at, id) > ROW('`},
		{"at.desc", `(ROW(at, id) < ROW('`},
		{"rank,at.desc", "(rank >= 0)"},
	} {
		r := query(t, "big", "order", tc.order, "limit", "10")
		r.Seek = &sqltext.Seek{}
		plan, _, err := w.compile(r)
		require.NoError(t, err)
		after := map[string]string{"id": "40000", "at": "2024-01-01 11:06:40+00", "rank": "0"}
		r.Seek.Order = plan.Order
		for column := range strings.SplitSeq(tc.order+",id", ",") {
			name, _, _ := strings.Cut(column, ".")
			if name == "id" && len(r.Seek.After) > 0 && strings.HasPrefix(tc.order, "id") {
				continue
			}
			r.Seek.After = append(r.Seek.After, sqltext.Raw(after[name]))
		}
		plan, values, err := w.compile(r)
		require.NoError(t, err)
		args, err := plan.Args(values)
		require.NoError(t, err)
		result := w.db.PgConn().ExecParams(t.Context(), "EXPLAIN "+plan.SQL, args, nil, nil, nil).Read()
		require.NoError(t, result.Err)
		var lines []string
		for _, row := range result.Rows {
			lines = append(lines, string(row[0]))
		}
		explained := strings.Join(lines, "\n")
		require.Contains(t, explained, "Index Cond: "+tc.cond, tc.order)
		require.NotContains(t, explained, "Sort", tc.order)
		require.NotContains(t, explained, "Seq Scan", tc.order)
	}
}

func TestSeekRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, walked+`CREATE TABLE keyless (a int, b int UNIQUE); CREATE TABLE twins (id int PRIMARY KEY, a int);`)
	start := func(table string, pairs ...string) *sqltext.Read {
		r := query(t, table, pairs...)
		r.Seek = &sqltext.Seek{}
		return r
	}
	begun := start("items", "order", "a", "limit", "3")
	plan, values, err := w.compile(begun)
	require.NoError(t, err)
	_, mark := w.marked(plan, values)
	cursor, err := sqltext.EncodeCursor(plan.Order, mark)
	require.NoError(t, err)
	on := func(table string, pairs ...string) *sqltext.Read {
		r := query(t, table, pairs...)
		r.Seek, err = sqltext.ParseCursor(cursor)
		require.NoError(t, err)
		return r
	}
	for name, tc := range map[string]struct {
		read  *sqltext.Read
		field string
	}{
		"another order":     {on("items", "order", "a.desc", "limit", "3"), "cursor"},
		"another column":    {on("items", "order", "b", "limit", "3"), "cursor"},
		"another table":     {on("twins", "order", "a", "limit", "3"), "cursor"},
		"an offset":         {start("items", "limit", "3", "offset", "1"), "cursor"},
		"no limit":          {start("items"), "limit"},
		"no key":            {start("keyless", "limit", "3"), "cursor"},
		"aggregates":        {start("items", "select", "a,count()", "limit", "3"), "cursor"},
		"an unknown column": {start("items", "order", "nope", "limit", "3"), "nope"},
	} {
		_, _, err := w.compile(tc.read)
		require.Equal(t, tc.field, problem(t, err).Field, name)
		require.Equal(t, 400, problem(t, err).Code.Status, name)
	}
	for i := range cursor {
		other := byte('A')
		if cursor[i] == 'A' {
			other = 'B'
		}
		_, err := sqltext.ParseCursor(cursor[:i] + string(other) + cursor[i+1:])
		require.Equal(t, "cursor", problem(t, err).Field, "%d", i)
		_, err = sqltext.ParseCursor(cursor[:i])
		require.Equal(t, "cursor", problem(t, err).Field, "%d", i)
	}
	_, err = sqltext.EncodeCursor(1, make([]byte, 1<<20))
	require.Equal(t, "order", problem(t, err).Field)
}

func FuzzCursor(f *testing.F) {
	for _, mark := range []string{`["1"]`, `[null, "a\"b"]`, `["\u0000"]`, `[]`, `[1]`, `{}`} {
		cursor, err := sqltext.EncodeCursor(7, []byte(mark))
		require.NoError(f, err)
		f.Add(cursor, "x")
	}
	f.Add(sqltext.SeekStart, "é\"\\")
	f.Fuzz(func(t *testing.T, text, value string) {
		if s, err := sqltext.ParseCursor(text); accepted(t, err) && text != sqltext.SeekStart {
			require.NotEmpty(t, s.After)
		}
		mark, err := json.Marshal([]*string{&value, nil})
		require.NoError(t, err)
		cursor, err := sqltext.EncodeCursor(uint64(len(text)), mark)
		if !accepted(t, err) {
			return
		}
		s, err := sqltext.ParseCursor(cursor)
		if !accepted(t, err) { // a text that no database can hold
			return
		}
		require.Equal(t, []sqltext.Value{sqltext.Raw(string([]rune(value))), sqltext.Null}, s.After)
		require.EqualValues(t, len(text), s.Order)
	})
}
