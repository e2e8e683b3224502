package gateway_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"athena/http/apitest"
	"athena/persistence/migrate"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

const transaction = "POST /gateway/transaction"

// transacted is the answer to a transaction.
type transacted struct {
	Committed bool
	Results   []wire.OperationResult
}

func operations(list ...string) string {
	return `"operations":[` + strings.Join(list, ",") + `]`
}

func (w *world) transact(body string, headers ...string) transacted {
	w.t.Helper()
	reply := w.do(transaction, `{`+body+`}`, headers...)
	require.Equal(w.t, 200, reply.Status, reply.Body)
	return read[transacted](w.t, reply.Body)
}

// undone sends a transaction that must fail.
func (w *world) undone(status int, body string, headers ...string) (wire.Failure, transacted) {
	w.t.Helper()
	f := w.refused(status, transaction, `{`+body+`}`, headers...)
	data, err := json.Marshal(f.Data)
	require.NoError(w.t, err)
	return f, read[transacted](w.t, string(data))
}

const (
	insertLabel = `{"id":"a","kind":"insert","payload":{"table_name":"labels","insert_body":{"id":50,"label":"fifty"}}}`
	repeatLabel = `{"id":2,"kind":"insert","payload":{"table_name":"labels","insert_body":{"id":1,"label":"again"}}}`
	fetchLabel  = `{"kind":"fetch","payload":{"table_name":"labels","where":{"id":50},"columns":["label"]}}`
	strikeWord  = `{"kind":"update","payload":{"table_name":"canary","where":{"id":1},"update_body":{"word":"struck"}}}`
)

func TestTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.transact(operations(
		insertLabel, fetchLabel,
		`{"id":"c","kind":"update","payload":{"table_name":"labels","where":{"id":50},"data":{"label":"half a hundred"}}}`,
		`{"kind":"fetch","payload":{"table_name":"labels","count":"exact","limit":1,"orderBy":{"id":"asc"}}}`,
		`{"kind":"fetch","payload":{"table_name":"labels","head":true}}`,
		`{"kind":"delete","payload":{"table_name":"labels","resource_id":50}}`,
		`{"kind":"fetch","payload":{"table_name":"labels","columns":"id"}}`,
	) + `,"options":{"isolation_level":"repeatable_read"},"idempotency_key":null`)
	require.True(t, got.Committed)
	for i, want := range []struct{ id, data, count string }{
		{`"a"`, `[{"id":50,"label":"fifty"}]`, "1"},
		{``, `[{"label":"fifty"}]`, ""},
		{`"c"`, `[{"id":50,"label":"half a hundred"}]`, "1"},
		{``, `[{"id":1,"label":"bug"}]`, "3"},
		{``, `[]`, "3"},
		{``, `[{"id":50,"label":"half a hundred"}]`, "1"},
		{``, `[{"id":1},{"id":2}]`, ""},
	} {
		r := got.Results[i]
		require.True(t, r.OK)
		require.Equal(t, 200, r.Status)
		require.Nil(t, r.Error)
		require.Equal(t, want.id, string(r.ID))
		require.JSONEq(t, want.data, string(r.Data))
		if want.count != "" {
			require.Equal(t, want.count, fmt.Sprint(*r.Count))
		} else {
			require.Nil(t, r.Count)
		}
	}
}

func TestTransactionIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1)`)
	f, undone := w.undone(409, operations(insertLabel, repeatLabel, strikeWord))
	require.Equal(t, "ATHENA_TRANSACTION_FAILED", f.Code)
	require.Equal(t, "operations[1]", f.Field)
	require.Equal(t, "23505", f.SQLState)
	require.Contains(t, f.Error, "already exists")
	require.False(t, undone.Committed)
	require.Len(t, undone.Results, 3)
	for i, status := range []int{424, 409, 424} {
		require.Equal(t, status, undone.Results[i].Status)
		require.False(t, undone.Results[i].OK)
		require.Equal(t, i == 1, undone.Results[i].Error != nil)
	}
	require.Equal(t, "unique_violation", undone.Results[1].Error.Code)
	require.Equal(t, `2`, string(undone.Results[1].ID))

	f, undone = w.undone(409, operations(insertLabel, `{"kind":"insert","payload":{"table_name":"late","insert_body":{"id":1}}}`))
	require.Contains(t, f.Error, "the end of the transaction failed")
	require.Empty(t, f.Field)
	require.Equal(t, 424, undone.Results[1].Status)

	f, _ = w.undone(400, operations(insertLabel, `{"kind":"update","payload":{"table_name":"people","where":{"id":1},"update_body":{"age":"x"}}}`))
	require.Equal(t, "operations[1]", f.Field)
	require.Equal(t, "0", w.Value(t, "SELECT count(*) FROM labels WHERE id = 50"))
	require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary"))
	require.Equal(t, "0", w.Value(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"))
}

func TestTransactionsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many := operations(strings.TrimSuffix(strings.Repeat(fetchLabel+",", 101), ","))
	for _, tc := range []struct {
		name, body         string
		status             int
		code, field, words string
	}{
		{"nothing", ``, 400, "ATHENA_TRANSACTION_EMPTY", "operations", "nothing to do"},
		{"empty", operations(), 400, "ATHENA_TRANSACTION_EMPTY", "operations", "nothing to do"},
		{"too many", many, 400, "invalid_request", "operations", "at most 100"},
		{"unknown kind", operations(insertLabel, `{"kind":"rpc","payload":{}}`), 400, "ATHENA_TRANSACTION_OPERATION_UNSUPPORTED", "operations[1].kind", `"rpc"`},
		{"groups", operations(`{"kind":"fetch","payload":{"table_name":"people","group_by":"age"}}`), 400, "ATHENA_TRANSACTION_OPERATION_UNSUPPORTED", "operations[0].group_by", "group"},
		{"no payload", operations(`{"kind":"fetch"}`), 400, "invalid_request", "operations[0].payload", "missing"},
		{"payload an array", operations(`{"kind":"fetch","payload":[]}`), 400, "invalid_json", "operations[0]", "object"},
		{"payload with a key twice", operations(`{"kind":"fetch","payload":{"table_name":"people","limit":1,"limit":2}}`), 400, "invalid_json", "operations[0].limit", "twice"},
		{"payload with two spellings", operations(`{"kind":"update","payload":{"table_name":"people","update_body":{"age":1},"data":{"age":2},"where":{"id":1}}}`), 400, "invalid_request", "operations[0].data", "differ"},
		{"unknown table", operations(insertLabel, `{"kind":"fetch","payload":{"table_name":"lables"}}`), 400, "unknown_table", "operations[1].table", "lables"},
		{"unknown column", operations(`{"kind":"insert","payload":{"table_name":"labels","insert_body":{"lable":1}}}`), 400, "unknown_column", "operations[0].lable", "lable"},
		{"update of all", operations(`{"kind":"update","payload":{"table_name":"labels","update_body":{"label":"x"}}}`), 400, "missing_filter", "operations[0].conditions", "every row"},
		{"delete of all", operations(`{"kind":"delete","payload":{"table_name":"labels"}}`), 400, "missing_filter", "operations[0].conditions", "every row"},
		{"unknown level", operations(fetchLabel) + `,"options":{"isolation_level":"chaos; DROP TABLE canary"}`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "options.isolation_level", "chaos"},
		{"unknown option", operations(fetchLabel) + `,"options":{"timeout":1}`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "options", "timeout"},
		{"option of another kind", operations(fetchLabel) + `,"options":{"read_only":"yes"}`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "options.read_only", "kind"},
		{"options an array", operations(fetchLabel) + `,"options":[]`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "options", "object"},
		{"deferrable alone", operations(fetchLabel) + `,"options":{"deferrable":true}`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "options.deferrable", "serializable"},
		{"write where only reads are allowed", operations(fetchLabel, strikeWord) + `,"options":{"read_only":true}`, 403, "ATHENA_TRANSACTION_FAILED", "operations[1]", "read-only"},
		{"key for reads", operations(fetchLabel) + `,"options":{"read_only":true},"idempotency_key":"k"`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "idempotency_key", "only reads"},
		{"empty key", operations(fetchLabel) + `,"idempotency_key":""`, 400, "invalid_request", "idempotency_key", "1 to 255"},
		{"key without a table to keep it", operations(strikeWord) + `,"idempotency_key":"k"`, 400, "ATHENA_TRANSACTION_OPTION_UNSUPPORTED", "idempotency_key", "no table"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := w.with(t).refused(tc.status, transaction, `{`+tc.body+`}`)
			require.Equal(t, tc.code, f.Code, "%+v", f)
			require.Equal(t, tc.field, f.Field)
			require.Contains(t, f.Error, tc.words)
		})
	}
	t.Cleanup(func() {
		require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary"))
		require.Equal(t, "0", w.Value(t, "SELECT count(*) FROM labels WHERE id = 50"))
	})
}

func TestTransactionRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := operations(insertLabel, fetchLabel, strikeWord, `{"kind":"delete","payload":{"table_name":"labels","resource_id":50}}`)
	for _, missing := range []string{"labels.write", "labels.read", "canary.write", "labels.delete"} {
		rights := strings.ReplaceAll("labels.write labels.read canary.write labels.delete", missing, "")
		f := w.refused(403, transaction, `{`+all+`}`, apitest.Rights(rights))
		require.Contains(t, f.Error, "the API key lacks the right "+missing)
	}
	require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary"))
	require.True(t, w.transact(all, apitest.Rights("labels.* canary.write")).Committed)
}

func TestTransactionReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.transact(operations(fetchLabel) + `,"options":{"isolation_level":"SERIALIZABLE","readOnly":true,"deferrable":true}`)
	require.JSONEq(t, `[]`, string(got.Results[0].Data))
}

// TestTransactionsThatMeet are run again until both are done.
func TestTransactionsThatMeet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(id int) string {
		return fmt.Sprintf(`{"kind":"update","payload":{"table_name":"labels","where":{"id":%d},"update_body":{"label":"x"}}}`, id)
	}
	wait := `{"kind":"fetch","payload":{"table_name":"slow"}}`
	w.Exec(t, "CREATE VIEW slow AS SELECT pg_sleep(0.3)::text AS slept")
	var both sync.WaitGroup
	for _, body := range []string{operations(change(1), wait, change(2)), operations(change(2), wait, change(1))} {
		both.Go(func() {
			require.Equal(t, 200, w.do(transaction, `{`+body+`}`).Status)
		})
	}
	both.Wait()
	require.NotEqual(t, "0", w.Value(t, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))

	w.Exec(t, `CREATE FUNCTION always() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'meets another' USING ERRCODE = '40001'; END $$;
		CREATE TRIGGER always BEFORE UPDATE ON canary FOR EACH ROW EXECUTE FUNCTION always()`)
	f, _ := w.undone(409, operations(insertLabel, strikeWord))
	require.Equal(t, "40001", f.SQLState)
	require.Equal(t, "0", w.Value(t, "SELECT count(*) FROM labels WHERE id = 50"))
}

func newKept(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	require.NoError(t, migrate.Client(context.Background(), w.URI))
	return w
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newKept(t)
	body := operations(insertLabel) + `,"idempotency_key":"order 1"`
	first := w.do(transaction, `{`+body+`}`)
	require.Equal(t, 200, first.Status, first.Body)
	require.Empty(t, first.Header.Peek("X-Athena-Idempotent-Replay"))
	again := w.do(transaction, `{ `+strings.ReplaceAll(body, `{"id":50`, `{ "id" : 50`)+`}`)
	require.Equal(t, 200, again.Status, again.Body)
	require.Equal(t, first.Body, again.Body)
	require.Equal(t, "true", string(again.Header.Peek("X-Athena-Idempotent-Replay")))

	f := w.refused(409, transaction, `{`+operations(strikeWord)+`,"idempotency_key":"order 1"}`)
	require.Equal(t, "idempotency_key", f.Field)
	require.Equal(t, "alive", w.Value(t, "SELECT word FROM canary"))

	f = w.refused(403, transaction, `{`+body+`}`, apitest.Rights("labels.read"))
	require.Equal(t, "right_missing", f.Code, "the first answer is for those who could have asked for it")

	failing := operations(strikeWord, repeatLabel) + `,"idempotency_key":"order 2"`
	w.undone(409, failing)
	w.undone(409, failing)
	require.Equal(t, "order 1", w.Value(t, "SELECT string_agg(idempotency_key, ',') FROM athena.gateway_transactions"), "what failed keeps no key")

	w.Exec(t, "UPDATE athena.gateway_transactions SET created_at = created_at - interval '8 days'")
	w.transact(operations(strikeWord) + `,"idempotency_key":"order 3"`)
	require.Equal(t, "order 3", w.Value(t, "SELECT string_agg(idempotency_key, ',') FROM athena.gateway_transactions"))
}

// TestIdempotencyKeyAtOnce: whoever come with one key at the same time get one
// answer, and the work is done once, whatever the isolation.
func TestIdempotencyKeyAtOnce(t *testing.T) {
	t.Parallel()
	w := newKept(t)
	for _, level := range []string{"read committed", "serializable"} {
		body := operations(`{"kind":"insert","payload":{"table_name":"notes","insert_body":{"line":"`+level+`"}}}`) +
			`,"idempotency_key":"` + level + `","options":{"isolation_level":"` + level + `"}`
		var all sync.WaitGroup
		bodies := make([]string, 8)
		for i := range bodies {
			all.Go(func() {
				reply := w.do(transaction, `{`+body+`}`)
				require.Equal(t, 200, reply.Status, reply.Body)
				bodies[i] = reply.Body
			})
		}
		all.Wait()
		for _, other := range bodies {
			require.Equal(t, bodies[0], other)
		}
		require.Equal(t, "1", w.Value(t, "SELECT count(*) FROM notes WHERE line = $1", level))
	}
}
