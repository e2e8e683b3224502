package gateway_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/http/apitest"
	"athena/http/gateway"
	"athena/http/rest"
	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/persistence/redistest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// keeping is the configuration of a client whose answers are kept.
func keeping() wire.ClientConfig {
	yes, minute := true, 60
	return wire.ClientConfig{Cache: &wire.CacheConfig{Enabled: &yes, TTLSeconds: &minute}}
}

func keptWorld(t testing.TB, keep cache.Options) *world {
	t.Helper()
	return worldOf(t, apitest.NewTenantKeeping(t, gatewaydb.Options{}, keeping(), keep))
}

func worldOf(t testing.TB, n *apitest.Tenant) *world {
	t.Helper()
	return &world{n, t, apitest.New(t,
		gateway.API{Clients: n.Clients, Windows: n.Windows, MaxRows: maxRows}.Routes(),
		rest.API{Clients: n.Clients, Windows: n.Windows, MaxRows: maxRows}.Routes())}
}

const readLabels = `{"table_name":"labels","columns":["id","label"],"orderBy":{"id":"asc"}}`

// looked sends a read and gives its rows and the three headers in short.
func (w *world) looked(operation, body string, headers ...string) (rows, told string) {
	w.t.Helper()
	reply := w.do(operation, body, headers...)
	require.Equal(w.t, 200, reply.Status, reply.Body)
	for _, name := range []string{"X-Athena-Cached", "X-Athena-Cache-Outcome", "X-Athena-Cache-Source"} {
		told += " " + string(reply.Header.Peek(name))
	}
	return string(read[answer](w.t, reply.Body).Data), told[1:]
}

func (w *world) told(want, operation, body string, headers ...string) {
	w.t.Helper()
	_, told := w.looked(operation, body, headers...)
	require.Equal(w.t, want, told)
}

const (
	missed   = "false miss database"
	hit      = "true hit memory"
	bypassed = "false bypass database"
)

func TestReadsAreKept(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	for _, read := range []struct{ operation, body string }{
		{"POST /gateway/fetch", readLabels},
		{"POST /gateway/data", `{"table_name":"labels","count":"exact","limit":1}`},
		{"GET /data?view=labels&eq_column=id&eq_value=1", ""},
		{"GET /rest/v1/labels?id=eq.1", ""},
		{"GET /rest/v1/labels?select=label", ""},
		{"POST /gateway/fetch", `{"table_name":"adults"}`},
		{"POST /gateway/fetch", `{"table_name":"people","select":{"id":true,"companies":{"select":{"id":true}}}}`},
	} {
		first, told := w.looked(read.operation, read.body)
		require.Equal(t, missed, told, read)
		second, told := w.looked(read.operation, read.body)
		require.Equal(t, hit, told, read)
		require.Equal(t, first, second)
		again, told := w.looked(read.operation, read.body, "Cache-Control: no-cache")
		require.Equal(t, bypassed, told, read)
		require.Equal(t, first, again)
	}
	etag := func() string {
		return string(w.do("GET /rest/v1/labels?id=eq.2", "").Header.Peek("ETag"))
	}
	require.Equal(t, etag(), etag(), "the tag of an answer says nothing of where it was kept")
}

func TestWhatIsNotKept(t *testing.T) {
	t.Parallel()
	newWorld(t).told(bypassed, "POST /gateway/fetch", readLabels)
	w := keptWorld(t, cache.Options{})
	w.Exec(t, `CREATE VIEW clock AS SELECT now() AS at, id FROM labels;
		CREATE FUNCTION shout(labels) RETURNS text STABLE LANGUAGE sql AS $$ SELECT upper($1.label) $$;
		CREATE TABLE private (id int); ALTER TABLE private ENABLE ROW LEVEL SECURITY;
		CREATE POLICY mine ON private USING (current_setting('athena.x', true) IS NULL)`)
	for _, body := range []string{
		`{"table_name":"clock"}`, `{"table_name":"labels","columns":["shout"]}`, `{"table_name":"private"}`,
		`{"table_name":"pg_class","schema_name":"pg_catalog","columns":["relname"],"limit":1}`,
	} {
		for range 2 {
			w.told(bypassed, "POST /gateway/fetch", body)
		}
	}
	require.Equal(t, 200, w.do("GET /rest/v1/labels", "", "Accept: application/x-ndjson").Status)
}

// TestEveryWriteIsSeen keeps an answer before each kind of write and reads after it.
func TestEveryWriteIsSeen(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	w.Exec(t, `CREATE FUNCTION relabel() RETURNS void LANGUAGE sql AS $$ UPDATE labels SET label = label || '!' $$;
		CREATE VIEW shown AS SELECT label FROM labels;
		CREATE TABLE parts (id int PRIMARY KEY, label_id int REFERENCES labels ON DELETE CASCADE);
		CREATE TABLE log (word text);
		CREATE FUNCTION copied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE labels SET label = NEW.word WHERE id = 1; RETURN NEW; END $$;
		CREATE TRIGGER copied AFTER INSERT ON log FOR EACH ROW EXECUTE FUNCTION copied();
		INSERT INTO labels VALUES (200, 'with a part'); INSERT INTO parts VALUES (1, 200)`)
	reads := []string{readLabels, `{"table_name":"shown"}`, `{"table_name":"parts"}`}
	now := func() (all string) {
		for _, body := range reads {
			all += w.fetch(body)
		}
		return all
	}
	for _, write := range []struct {
		operation, body string
		headers         []string
	}{
		{"PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":101,"label":"a"}}`, nil},
		{"PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":102,"label":"w"}}`, []string{"X-Athena-Insert-Window: 1"}},
		{"PUT /gateway/insert", `{"table_name":"labels","insert_body":[{"id":103,"label":"b"},{"id":104,"label":"c"}]}`, nil},
		{"PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":104,"label":"d"},"on_conflict":"id"}`, nil},
		{"POST /gateway/update", `{"table_name":"labels","where":{"id":101},"update_body":{"label":"e"}}`, nil},
		{"DELETE /gateway/delete", `{"table_name":"labels","where":{"id":103}}`, nil},
		{"POST /rest/v1/labels", `{"id":105,"label":"f"}`, nil},
		{"POST /rest/v1/labels", `[{"id":106,"label":"g"},{"id":107,"label":"g"}]`, nil},
		{"POST /rest/v1/labels", `{"id":107,"label":"h"}`, []string{"Prefer: resolution=merge-duplicates"}},
		{"PATCH /rest/v1/labels?id=eq.105", `{"label":"i"}`, []string{"Prefer: max-affected=1"}},
		{"PUT /rest/v1/labels?id=eq.105", `{"id":105,"label":"j"}`, nil},
		{"DELETE /rest/v1/labels?id=eq.105", "", nil},
		{"POST /gateway/transaction", `{"operations":[{"id":"1","kind":"insert","payload":{"table_name":"labels","insert_body":{"id":108,"label":"k"}}},` +
			`{"id":"2","kind":"delete","payload":{"table_name":"labels","where":{"id":107}}}]}`, nil},
		{"POST /gateway/query", `{"query":"UPDATE labels SET label = 'l' WHERE id = 108"}`, nil},
		{"POST /gateway/query", `{"query":"WITH x AS (DELETE FROM labels WHERE id = 108 RETURNING 1) SELECT * FROM x"}`, nil},
		{"POST /gateway/query", `{"query":"SELECT relabel()"}`, nil},
		{"POST /gateway/query", `{"query":"DO $$ BEGIN DELETE FROM labels WHERE id = 106; END $$"}`, nil},
		{"POST /gateway/rpc", `{"function":"relabel"}`, nil},
		{"PUT /gateway/insert", `{"table_name":"log","insert_body":{"word":"by a trigger"}}`, nil},
		{"POST /gateway/query", `{"query":"INSERT INTO log VALUES ('by another')"}`, nil},
		{"DELETE /gateway/delete", `{"table_name":"labels","where":{"id":200}}`, nil},
		{"POST /gateway/query", `{"query":"CREATE OR REPLACE VIEW shown AS SELECT label FROM labels WHERE id > 1"}`, nil},
		{"POST /gateway/query", `{"query":"TRUNCATE parts, labels CASCADE"}`, nil},
	} {
		before := now()
		require.Equal(t, before, now())
		w.told(hit, "POST /gateway/fetch", readLabels)
		reply := w.do(write.operation, write.body, write.headers...)
		require.Less(t, reply.Status, 300, "%s %s: %s", write.operation, write.body, reply.Body)
		require.NotEqual(t, before, now(), "%s %s", write.operation, write.body)
	}
}

// TestOtherTablesStay: what a write does not touch is found again.
func TestOtherTablesStay(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	w.told(missed, "POST /gateway/fetch", readLabels)
	w.ok("PUT /gateway/insert", `{"table_name":"notes","insert_body":{"line":"x","n":1}}`)
	w.ok("POST /gateway/query", `{"query":"UPDATE notes SET n = 2 WHERE line = 'x'"}`)
	w.ok("POST /gateway/query", `{"query":"SELECT count(*) FROM labels"}`)
	w.told(hit, "POST /gateway/fetch", readLabels)
}

func TestKeptAnswersEnd(t *testing.T) {
	t.Parallel()
	var clock atomic.Int64
	w := keptWorld(t, cache.Options{Now: func() time.Time { return time.Unix(clock.Load(), 0) }})
	w.told(missed, "POST /gateway/fetch", readLabels)
	clock.Store(59)
	w.told(hit, "POST /gateway/fetch", readLabels)
	clock.Store(60)
	w.told(missed, "POST /gateway/fetch", readLabels)
}

// TestNodesShareARedis: what one node has read another finds, and what one has
// written the other sees; without Redis reads go on.
func TestNodesShareARedis(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	one := keptWorld(t, cache.Options{Redis: server.URL})
	two := worldOf(t, one.Node(t, gatewaydb.Options{}, keeping(), cache.Options{Redis: server.URL}))
	one.told(missed, "POST /gateway/fetch", readLabels)
	two.told("true hit redis", "POST /gateway/fetch", readLabels)
	two.told(hit, "POST /gateway/fetch", readLabels)
	told := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	beside.Go(func() {
		one.Cache.Tell(ctx, func(_ context.Context, payload string) error {
			two.Cache.Heard(payload)
			one.Cache.Heard(payload) // its own, which it passes over
			told <- struct{}{}
			return nil
		})
	})
	t.Cleanup(func() { stop(); beside.Wait() })
	one.ok("PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":900,"label":"new"}}`)
	<-told
	fresh, how := two.looked("POST /gateway/fetch", readLabels)
	require.Equal(t, missed, how)
	require.Contains(t, fresh, `"new"`)
	same, how := one.looked("POST /gateway/fetch", readLabels)
	require.Equal(t, "true hit redis", how)
	require.Equal(t, fresh, same)

	server.Stop(t)
	one.told(hit, "POST /gateway/fetch", readLabels)
	one.ok("PUT /gateway/insert", `{"table_name":"labels","insert_body":{"id":901,"label":"newer"}}`)
	<-told
	for _, w := range []*world{one, two} {
		rows, how := w.looked("POST /gateway/fetch", readLabels)
		require.Equal(t, missed, how)
		require.Contains(t, rows, `"newer"`)
	}
}

// TestTenantsNeverMeet: two databases with the same tables share a cache and a Redis.
func TestTenantsNeverMeet(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	one, two := keptWorld(t, cache.Options{Redis: server.URL}), keptWorld(t, cache.Options{Redis: server.URL})
	one.Exec(t, `UPDATE labels SET label = 'mine'`)
	one.told(missed, "POST /gateway/fetch", readLabels)
	rows, told := two.looked("POST /gateway/fetch", readLabels)
	require.Equal(t, missed, told)
	require.NotContains(t, rows, "mine")
}

// TestMissedNews: without hearing of other nodes nothing that was kept is served.
func TestMissedNews(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	w.told(missed, "POST /gateway/fetch", readLabels)
	w.told(hit, "POST /gateway/fetch", readLabels)
	w.Cache.Missed()
	w.told(bypassed, "POST /gateway/fetch", readLabels)
	w.Cache.Heard("")
	w.told(missed, "POST /gateway/fetch", readLabels)
	w.told(hit, "POST /gateway/fetch", readLabels)
}

// TestNoStaleRead has writers raise numbers while readers keep answers: after each
// acknowledged write its writer must read it, or what came later.
func TestNoStaleRead(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	w.Exec(t, `CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL); INSERT INTO counters SELECT i, 0 FROM generate_series(0, 3) AS i`)
	value := func(w *world, id int) int {
		list := read[[]struct{ N int }](t, w.fetch(fmt.Sprintf(`{"table_name":"counters","where":{"id":%d},"columns":["n"]}`, id)))
		return list[0].N
	}
	var writers, readers sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		readers.Go(func() {
			for i := 0; !done.Load(); i++ {
				value(w, i%4)
			}
		})
	}
	for id := range 4 {
		writers.Go(func() {
			for n := 1; n <= 100; n++ {
				w.ok("POST /gateway/update", `{"table_name":"counters","where":{"id":`+strconv.Itoa(id)+`},"update_body":{"n":`+strconv.Itoa(n)+`}}`)
				if got := value(w, id); got != n {
					t.Errorf("wrote %d to counter %d, read %d", n, id, got)
				}
			}
		})
	}
	writers.Wait()
	done.Store(true)
	readers.Wait()
	require.Positive(t, w.Cache.Stats().Hits)
}

// TestChangesOfTheSchemaAreSeen keeps answers before each change of the schema and reads
// after it: none from before is served.
func TestChangesOfTheSchemaAreSeen(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	w.Exec(t, `CREATE TABLE words (id int PRIMARY KEY, word text); INSERT INTO words VALUES (1, 'a');
		CREATE FUNCTION loud(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT upper($1) $$;
		CREATE VIEW said AS SELECT loud('word') AS word`)
	reads := []string{`{"table_name":"words"}`, `{"table_name":"said"}`}
	now := func() (all string) {
		for _, body := range reads {
			reply := w.do("POST /gateway/fetch", body)
			if reply.Status == 200 {
				all += string(read[answer](t, reply.Body).Data)
			} else {
				all += read[wire.Failure](t, reply.Body).Error
			}
		}
		return all
	}
	for _, sql := range []string{
		"ALTER TABLE words ADD COLUMN n int DEFAULT 7",
		"ALTER TABLE words ALTER COLUMN n TYPE text USING 'seven'",
		"ALTER TABLE words RENAME COLUMN n TO m",
		"ALTER TABLE words DROP COLUMN m",
		"CREATE OR REPLACE FUNCTION loud(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT $1 || '!' $$",
		"CREATE OR REPLACE VIEW said AS SELECT loud('another') AS word",
		"DO $$ BEGIN ALTER TABLE words RENAME COLUMN word TO other; END $$",
		"ALTER TABLE words RENAME TO gone",
		"CREATE TABLE words (id int PRIMARY KEY)",
		"DROP TABLE words",
		"SELECT 1 AS id INTO words",
		"DROP VIEW said",
	} {
		before := now()
		require.Equal(t, before, now())
		text, err := json.Marshal(map[string]string{"query": sql})
		require.NoError(t, err)
		w.ok("POST /gateway/query", string(text))
		require.NotEqual(t, before, now(), sql)
	}
}

// TestReadsThatWriteAreSeen: in a transaction nothing keeps a read from writing.
func TestReadsThatWriteAreSeen(t *testing.T) {
	t.Parallel()
	w := keptWorld(t, cache.Options{})
	w.Exec(t, `CREATE FUNCTION relabel() RETURNS text LANGUAGE sql AS $$ UPDATE labels SET label = label || '!' RETURNING label $$;
		CREATE VIEW relabelled AS SELECT relabel() AS label`)
	for _, step := range []string{`{"table_name":"relabelled"}`, `{"table_name":"relabelled","count":"exact","head":true}`} {
		before, _ := w.looked("POST /gateway/fetch", readLabels)
		w.told(hit, "POST /gateway/fetch", readLabels)
		w.transact(operations(`{"kind":"fetch","payload":` + step + `}`))
		after, _ := w.looked("POST /gateway/fetch", readLabels)
		if w.Value(t, "SELECT label FROM labels WHERE id = 1") != "bug" {
			require.NotEqual(t, before, after)
		}
	}
	require.NotEqual(t, "bug", w.Value(t, "SELECT label FROM labels WHERE id = 1"))
	w.told(hit, "POST /gateway/fetch", readLabels)
	w.transact(operations(fetchLabel) + `,"options":{"read_only":true}`)
	w.told(hit, "POST /gateway/fetch", readLabels)
}
