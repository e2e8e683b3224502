package rest_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"athena/http/apitest"
	"athena/http/rest"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"

	"github.com/stretchr/testify/require"
)

const lines = "Accept: application/x-ndjson"

func TestLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name, query, want string
		headers           []string
		content           string
	}{
		{"rows", "people?select=id,name&order=id&limit=2", `{"id":1,"name":"Ann"}` + "\n" + `{"id":2,"name":"Bob"}` + "\n", nil, "*/*"},
		{"counted", "people?select=id&order=id&limit=1", `{"id":1}` + "\n", []string{"Prefer: count=exact"}, "*/4"},
		{"none", "people?id=eq.99", "", nil, "*/*"},
		{"with children", "companies?select=id,people(id)&order=id&people.order=id", `{"id":1,"people":[{"id":1},{"id":2}]}` + "\n" + `{"id":2,"people":[{"id":4}]}` + "\n", nil, "*/*"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reply := w.with(t).do("GET /rest/v1/"+tc.query, "", append(tc.headers, lines)...)
			require.Equal(t, 200, reply.Status, reply.Body)
			require.Equal(t, tc.want, reply.Body)
			require.Equal(t, tc.content, string(reply.Header.Peek("Content-Range")))
			require.Equal(t, "application/x-ndjson", string(reply.Header.ContentType()))
		})
	}
	t.Run("head", func(t *testing.T) {
		require.Equal(t, "0-3/*", string(w.with(t).do("HEAD /rest/v1/people", "", lines).Header.Peek("Content-Range")))
	})
	t.Run("wrong from the start", func(t *testing.T) {
		require.Equal(t, "age", w.with(t).refused(400, "GET /rest/v1/people?age=eq.old", "", lines).Field)
		require.Equal(t, "unknown_table", w.with(t).refused(400, "GET /rest/v1/peopel", "", lines).Code)
	})
	t.Run("of a write", func(t *testing.T) {
		require.Equal(t, `{"n":1}`+"\n"+`{"n":2}`+"\n", w.with(t).do("POST /rest/v1/notes?select=n", `[{"n":1},{"n":2}]`, lines).Body)
	})
}

// TestStream: an answer that no limit would let pass streams in bounded memory,
// and what goes wrong under way is seen as an answer that was cut off.
func TestStream(t *testing.T) {
	address := listen(t, "CREATE VIEW endless AS SELECT g AS n, repeat('x', 1000) AS text FROM generate_series(1, 200000) g",
		"CREATE VIEW broken AS SELECT 1 / (150000 - g) AS n, repeat('x', 1000) AS text FROM generate_series(1, 200000) g")
	get := func(table string) (int, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/rest/v1/"+table+"?select=n,text", nil)
		require.NoError(t, err)
		request.Header.Set("Accept", "application/x-ndjson")
		answer, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer answer.Body.Close()
		require.Equal(t, 200, answer.StatusCode)
		var counted counter
		_, err = io.Copy(&counted, answer.Body)
		return counted.lines, err
	}
	n, err := get("endless")
	require.NoError(t, err)
	require.Equal(t, 200_000, n)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	require.Less(t, memory.HeapSys, uint64(150<<20), "200 MB were streamed")
	n, err = get("broken")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, n, 150_000)
}

// counter counts lines without keeping them.
type counter struct{ lines int }

func (c *counter) Write(p []byte) (int, error) {
	c.lines += strings.Count(string(p), "\n")
	return len(p), nil
}

func TestETag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tagOf := func(query string, headers ...string) string {
		reply := w.do("GET /rest/v1/"+query, "", headers...)
		tag := string(reply.Header.Peek("ETag"))
		require.Regexp(t, `^W/"[0-9a-f]+"$`, tag)
		return tag
	}
	const query = "labels?id=eq.1"
	tag := tagOf(query)
	require.Equal(t, tag, tagOf(query))
	require.NotEqual(t, tag, tagOf("labels?id=eq.2"))
	require.NotEqual(t, tag, tagOf(query, "X-Athena-Envelope: none"))
	require.NotEqual(t, tag, tagOf(query, "Prefer: count=exact"))
	for _, shown := range []string{tag, `"x", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
		reply := w.do("GET /rest/v1/"+query, "", "If-None-Match: "+shown)
		require.Equal(t, 304, reply.Status, shown)
		require.Empty(t, reply.Body)
		require.Equal(t, tag, string(reply.Header.Peek("ETag")))
	}
	require.Equal(t, 200, w.do("GET /rest/v1/"+query, "", `If-None-Match: W/"1"`).Status)
	w.rows(200, "PATCH /rest/v1/"+query, `{"label":"other"}`)
	require.Equal(t, 200, w.do("GET /rest/v1/"+query, "", "If-None-Match: "+tag).Status)
}

// TestGetNeverWrites: what a view's functions would change, a read does not, on a
// lane or off it.
func TestGetNeverWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, films+`CREATE VIEW killer AS SELECT danger(f) AS n FROM films f;
		CREATE FUNCTION slow_danger() RETURNS int VOLATILE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); DELETE FROM canary; RETURN 1; END $$;
		CREATE VIEW slow_killer AS SELECT slow_danger() AS n`)
	for _, query := range []string{"killer", "films?select=id,danger", "films?danger=eq.1", "films?order=danger"} {
		for _, accept := range []string{"*/*", "text/csv", "application/x-ndjson"} {
			reply := w.do("GET /rest/v1/"+query, "", "Accept: "+accept)
			require.Contains(t, []int{400, 403}, reply.Status, "%s as %s: %s", query, accept, reply.Body)
		}
	}
	slow := apitest.NewTenant(t, gatewaydb.Options{LaneTimeout: 1_000_000_000})
	dbtest.Exec(t, slow.URI, `CREATE FUNCTION slow_danger() RETURNS int VOLATILE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.5); DELETE FROM canary; RETURN 1; END $$;
		CREATE VIEW slow_killer AS SELECT slow_danger() AS n`)
	late := &world{slow, t, apitest.New(t, rest.API{Clients: slow.Clients, MaxRows: 1000}.Routes())}
	late.refused(403, "GET /rest/v1/slow_killer", "")
	require.Equal(t, "1", w.Value(t, "SELECT count(*) FROM canary"))
	require.Equal(t, "1", late.Value(t, "SELECT count(*) FROM canary"))
}

// TestConfiguredEnvelope: a client's configuration says how it is answered; a
// request may say otherwise.
func TestConfiguredEnvelope(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, `{"rest":{"envelope":"none"}}`)
	require.JSONEq(t, `[{"id":1}]`, w.do("GET /rest/v1/labels?select=id&id=eq.1", "").Body)
	require.JSONEq(t, `{"data":[{"id":1}]}`, w.do("GET /rest/v1/labels?select=id&id=eq.1", "", "X-Athena-Envelope: data").Body)
	require.Contains(t, w.do("GET /rest/v1/peopel", "").Body, `"PGRST205"`)
	require.Equal(t, 201, w.do("POST /rest/v1/labels", `{"id":9,"label":"x"}`).Status)
	require.Contains(t, fmt.Sprint(w.do("GET /rest/v1/people", "", "Prefer: handling=strict, x").Body), `"PGRST122"`)
}
