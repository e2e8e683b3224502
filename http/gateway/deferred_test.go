package gateway_test

import (
	"context"
	"log/slog"
	"testing"

	"athena/http/apitest"
	"athena/http/gateway"
	"athena/persistence/dbtest"
	"athena/persistence/deferreddb"
	"athena/persistence/queue"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// deferrals serves the operations on deferred writes over a control database.
func deferrals(t *testing.T, uri string, enabled bool) (*apitest.API, deferreddb.Store) {
	t.Helper()
	pool := dbtest.Pool(t, uri)
	q, err := queue.Open(t.Context(), queue.Config{Pool: pool, Log: slog.New(slog.DiscardHandler), Kinds: []queue.Kind{{Name: deferreddb.Kind, Workers: 1}}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, q.Stop(context.Background())) })
	store := deferreddb.Store{DB: pool, Queue: q}
	return apitest.New(t, gateway.API{Deferred: gateway.Deferred{Store: store, Enabled: enabled}}.Routes()), store
}

func keep(t *testing.T, store deferreddb.Store) string {
	t.Helper()
	w := &deferreddb.Write{
		ID: uuid.New(), Client: apitest.Client, Reason: "requested", Request: []byte("{}"), Rights: []string{"people.write", "people.read"}, Table: "people",
		Method: "PUT", Route: "/gateway/insert",
	}
	require.NoError(t, store.Accept(t.Context(), w, 10))
	return "/gateway/deferred/" + w.ID.String()
}

func TestDeferredRequests(t *testing.T) {
	t.Parallel()
	uri := dbtest.Control(t)
	api, store := deferrals(t, uri, true)
	location := keep(t, store)
	client := "X-Athena-Client: " + apitest.Client
	found := apitest.Answer[wire.Success[wire.DeferredRequest]](t, api, 200, "GET "+location, "", client, apitest.Rights("people.*"))
	require.Equal(t, wire.DeferredQueued, found.Data.Status)
	require.Nil(t, found.Data.Response)
	apitest.Answer[wire.Success[wire.DeferredRequest]](t, api, 200, "POST "+location+"/requeue", "", client)

	id := uuid.MustParse(found.Data.RequestID.String())
	w, open, err := store.Claim(t.Context(), id)
	require.NoError(t, err)
	require.True(t, open)
	for _, tc := range []struct {
		name, operation string
		status          int
		headers         []string
	}{
		{"running", "POST " + location + "/requeue", 409, []string{client}},
		{"one right is not enough", "GET " + location, 403, []string{client, apitest.Rights("people.read")}},
		{"one right is not enough to requeue", "POST " + location + "/requeue", 403, []string{client, apitest.Rights("people.write")}},
		{"another client's", "GET " + location, 404, []string{"X-Athena-Client: other"}},
		{"another client's to requeue", "POST " + location + "/requeue", 404, []string{"X-Athena-Client: other"}},
		{"no such", "GET /gateway/deferred/" + uuid.NewString(), 404, []string{client}},
		{"no id", "GET /gateway/deferred/7", 404, []string{client}},
	} {
		reply := api.Do(t, tc.operation, "", tc.headers...)
		require.Equal(t, tc.status, reply.Status, "%s: %s", tc.name, reply.Body)
	}
	require.NoError(t, store.End(t.Context(), &w, deferreddb.Answer{Status: 200, Headers: map[string]string{"Content-Type": "text/csv"}, Body: []byte("id\n1\n")}, nil, false))
	found = apitest.Answer[wire.Success[wire.DeferredRequest]](t, api, 200, "GET "+location, "", client)
	require.Equal(t, wire.DeferredCompleted, found.Data.Status)
	require.Equal(t, `"id\n1\n"`, string(found.Data.Response.Body), "what is no JSON is a string")
	require.Equal(t, "text/csv", found.Data.Response.Headers["Content-Type"])

	off, _ := deferrals(t, uri, false)
	require.Equal(t, 503, off.Do(t, "POST "+location+"/requeue", "", client).Status)
	flushed := apitest.Answer[wire.Success[wire.DeferredFlush]](t, off, 200, "POST /gateway/deferred/flush", "")
	require.False(t, flushed.Data.Enabled)
	flushed = apitest.Answer[wire.Success[wire.DeferredFlush]](t, api, 200, "POST /gateway/deferred/flush", "")
	require.True(t, flushed.Data.Enabled)

	again := apitest.Answer[wire.Success[wire.DeferredRequest]](t, api, 200, "POST "+location+"/requeue", "", client)
	require.Equal(t, wire.DeferredQueued, again.Data.Status, "a completed one is done once more")
}

func TestDeferredStorageFails(t *testing.T) {
	t.Parallel()
	dead := apitest.New(t, gateway.API{Deferred: gateway.Deferred{
		Store: deferreddb.Store{DB: dbtest.Pool(t, "postgres://nobody@127.0.0.1:1/none?sslmode=disable")}, Enabled: true,
	}}.Routes())
	location := "/gateway/deferred/" + uuid.NewString()
	for _, operation := range []string{"GET " + location, "POST " + location + "/requeue", "POST /gateway/deferred/flush"} {
		require.Equal(t, 503, dead.Do(t, operation, "", "X-Athena-Client: "+apitest.Client).Status, operation)
	}
	uri := dbtest.Control(t)
	broken, store := deferrals(t, uri, true)
	keep(t, store)
	dbtest.Exec(t, uri, `CREATE FUNCTION broken() RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'XX000'; END $$;
		ALTER TABLE gateway_deferred_requests RENAME TO kept; CREATE VIEW gateway_deferred_requests AS SELECT * FROM kept WHERE broken()`)
	require.Equal(t, 500, broken.Do(t, "POST /gateway/deferred/flush", "").Status)
}
