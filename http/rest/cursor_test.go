package rest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"

	"athena/persistence/sqltext"
)

// TestCursor walks a table over HTTP, by lanes, with relations, and in other forms.
func TestCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `
		CREATE TABLE parents (id int PRIMARY KEY, rank int, cursor int);
		CREATE TABLE kids (id int PRIMARY KEY, parent int REFERENCES parents);
		INSERT INTO parents SELECT n, nullif(n % 4, 0), n FROM generate_series(1, 25) AS n;
		INSERT INTO kids SELECT n, n % 20 + 1 FROM generate_series(1, 100) AS n`)
	const query = "GET /rest/v1/parents?select=id,kids(id)&order=rank.desc&kids.order=id&limit=4"
	whole := w.rows(200, strings.Replace(query, "rank.desc", "rank.desc,id.desc", 1), "")
	for name, next := range map[string]func(cursor string) (string, []string){
		"by header":    func(cursor string) (string, []string) { return query, []string{"X-Athena-Cursor: " + cursor} },
		"by parameter": func(cursor string) (string, []string) { return query + "&cursor=" + cursor, nil },
	} {
		t.Run(name, func(t *testing.T) {
			var all []json.RawMessage
			cursor := sqltext.SeekStart
			for page := 0; cursor != ""; page++ {
				operation, headers := next(cursor)
				reply := w.with(t).do(operation, "", append(headers, "Prefer: count=exact")...)
				require.Equal(t, 206, reply.Status, reply.Body)
				require.Equal(t, "*/25", string(reply.Header.Peek("Content-Range")))
				var got struct{ Data []json.RawMessage }
				require.NoError(t, json.Unmarshal([]byte(reply.Body), &got))
				all = append(all, got.Data...)
				if page == 0 {
					first, err := json.Marshal(got.Data)
					require.NoError(t, err)
					require.JSONEq(t, whole, string(first))
				}
				cursor = string(reply.Header.Peek("X-Athena-Cursor"))
				require.Equal(t, len(got.Data) == 4, cursor != "", "a page that is not full is the last")
			}
			require.Len(t, all, 25)
			seen := map[int]bool{}
			for _, row := range all {
				var r struct {
					ID   int
					Kids []struct{ ID int }
				}
				require.NoError(t, json.Unmarshal(row, &r))
				require.False(t, seen[r.ID], r.ID)
				seen[r.ID] = true
				require.Len(t, r.Kids, map[bool]int{true: 5, false: 0}[r.ID <= 20])
			}
		})
	}
	t.Run("comma-separated values do not show it", func(t *testing.T) {
		w := w.with(t)
		reply := w.do("GET /rest/v1/parents?select=id&limit=2&cursor=start", "", "Accept: text/csv")
		require.Equal(t, "id\n1\n2\n", reply.Body)
		next := string(reply.Header.Peek("X-Athena-Cursor"))
		require.Equal(t, "id\n3\n4\n", w.do("GET /rest/v1/parents?select=id&limit=2&cursor="+next, "", "Accept: text/csv").Body)
		head := w.do("HEAD /rest/v1/parents?select=id&limit=2&cursor="+next, "", "Prefer: count=exact")
		require.NotEmpty(t, head.Header.Peek("X-Athena-Cursor"))
		require.Equal(t, "*/25", string(head.Header.Peek("Content-Range")))
	})
	t.Run("a column of that name", func(t *testing.T) {
		require.JSONEq(t, `[{"id":7}]`, w.with(t).rows(200, "GET /rest/v1/parents?select=id&cursor=eq.7", ""))
	})
	t.Run("without one there is none", func(t *testing.T) {
		require.Empty(t, w.with(t).do("GET /rest/v1/parents?limit=2", "").Header.Peek("X-Athena-Cursor"))
	})
}

func TestCursorRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reply := w.do("GET /rest/v1/people?select=id&limit=1&cursor=start", "")
	cursor := string(reply.Header.Peek("X-Athena-Cursor"))
	require.NotEmpty(t, cursor)
	for _, tc := range []struct {
		name, query, field string
		headers            []string
	}{
		{"of nowhere", "people?cursor=abc", "cursor", nil},
		{"tampered", "people?limit=1&cursor=" + cursor[:len(cursor)-2] + strconv.Itoa(11), "cursor", nil},
		{"of another table", "companies?limit=1&cursor=" + cursor, "cursor", nil},
		{"of another order", "people?order=name&limit=1&cursor=" + cursor, "cursor", nil},
		{"two", "people?cursor=start", "cursor", []string{"X-Athena-Cursor: start"}},
		{"with an offset", "people?cursor=start&offset=2", "cursor", nil},
		{"with a range", "people?cursor=start", "cursor", []string{"Range: 2-5"}},
		{"with lines", "people?cursor=start", "cursor", []string{lines}},
		{"without a key", "notes?cursor=start", "cursor", nil},
		{"of groups", "people?select=mood,count()&cursor=start", "cursor", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.field, w.with(t).refused(400, "GET /rest/v1/"+tc.query, "", tc.headers...).Field)
		})
	}
	require.Equal(t, "cursor", w.refused(400, "PATCH /rest/v1/people?id=eq.1&cursor=start", `{"age":1}`).Field)
}
