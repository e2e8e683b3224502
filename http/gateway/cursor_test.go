package gateway_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFetchByCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE TABLE steps (id int PRIMARY KEY, at timestamptz NOT NULL);
		INSERT INTO steps SELECT n, '2024-01-01Z'::timestamptz + (n / 3) * interval '1 s' FROM generate_series(1, 20) AS n`)
	const walk = `{"table_name":"steps","columns":["id"],"orderBy":{"at":"desc"},"limit":6,"cursor":%q}`
	var ids []int
	cursor := "start"
	for cursor != "" {
		reply := w.do("POST /gateway/fetch", fmt.Sprintf(walk, cursor))
		require.Equal(t, 200, reply.Status, reply.Body)
		page := read[struct {
			Data       []struct{ ID int }
			NextCursor string `json:"next_cursor"`
		}](t, reply.Body)
		for _, row := range page.Data {
			ids = append(ids, row.ID)
		}
		cursor = page.NextCursor
		require.Equal(t, cursor, string(reply.Header.Peek("X-Athena-Cursor")))
		require.NotContains(t, reply.Body, `"at"`)
	}
	var want []int
	for id := 20; id > 0; id-- {
		want = append(want, id)
	}
	require.Equal(t, want, ids)
	for name, body := range map[string]string{
		"nonsense":       `{"table_name":"steps","cursor":"x"}`,
		"with an offset": `{"table_name":"steps","cursor":"start","offset":1}`,
		"with a page":    `{"table_name":"steps","cursor":"start","current_page":2,"page_size":2}`,
		"with groups":    `{"table_name":"steps","cursor":"start","group_by":"at"}`,
		"with head":      `{"table_name":"steps","cursor":"start","head":true}`,
		"of no key":      `{"table_name":"notes","cursor":"start"}`,
	} {
		require.Equal(t, "cursor", w.refused(400, "POST /gateway/fetch", body).Field, name)
	}
	failure := w.refused(400, "POST /gateway/transaction", `{"operations":[{"id":"a","kind":"fetch","payload":{"table_name":"steps","cursor":"start"}}]}`)
	require.Equal(t, "operations[0].cursor", failure.Field)
}
