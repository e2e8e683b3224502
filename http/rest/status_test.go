package rest_test

import (
	"testing"

	"athena/persistence/dbtest"

	"github.com/stretchr/testify/require"
)

// TestStatusesOfPostgREST has each operation answer without an envelope what it can
// answer beside its success.
func TestStatusesOfPostgREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE TABLE owners (id int PRIMARY KEY, name text UNIQUE);
		CREATE TABLE pets (id int PRIMARY KEY, owner int CONSTRAINT owned REFERENCES owners, vet int CONSTRAINT healed REFERENCES owners);
		INSERT INTO owners SELECT n, 'owner ' || n FROM generate_series(1, 3) n;
		INSERT INTO pets SELECT n, n, n FROM generate_series(1, 3) n;
		CREATE FUNCTION all_pets() RETURNS SETOF pets STABLE LANGUAGE sql AS 'SELECT * FROM pets';
		CREATE FUNCTION nobody() RETURNS void STABLE LANGUAGE sql AS 'SELECT';
		CREATE FUNCTION taken() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE unique_violation; END $$`)
	const (
		pets   = "/rest/v1/pets"
		rpc    = "/rest/v1/rpc/"
		object = "Accept: application/vnd.pgrst.object+json"
		rows   = "Prefer: return=representation"
		both   = "select=owners(name)"
	)
	for _, tc := range []struct {
		status          int
		operation, body string
		headers         []string
	}{
		{300, "GET " + pets + "?" + both, "", nil},
		{300, "HEAD " + pets + "?" + both, "", nil},
		{300, "POST " + pets + "?" + both, `{"id":9}`, []string{rows}},
		{300, "PUT " + pets + "?id=eq.9&" + both, `{"id":9}`, []string{rows}},
		{300, "PATCH " + pets + "?id=eq.1&" + both, `{"vet":2}`, []string{rows}},
		{300, "DELETE " + pets + "?id=eq.1&" + both, "", []string{rows}},
		{300, "GET " + rpc + "all_pets?" + both, "", nil},
		{300, "HEAD " + rpc + "all_pets?" + both, "", nil},
		{300, "POST " + rpc + "all_pets?" + both, "{}", nil},

		{404, "POST /rest/v1/nowhere", `{"id":9}`, nil},
		{404, "PUT /rest/v1/nowhere?id=eq.9", `{"id":9}`, nil},
		{404, "PATCH /rest/v1/nowhere?id=eq.9", `{"id":9}`, nil},
		{404, "DELETE /rest/v1/nowhere?id=eq.9", "", nil},
		{404, "HEAD " + rpc + "nowhere", "", nil},

		{406, "PUT " + pets + "?id=eq.9&select=id", `{"id":9}`, []string{"Accept: image/png"}},
		{406, "HEAD " + rpc + "all_pets", "", []string{object}},

		{409, "PATCH " + pets + "?id=eq.1", `{"owner":77}`, nil},
		{409, "PUT " + pets + "?id=eq.1", `{"id":1,"owner":77,"vet":1}`, nil},
		{409, "GET " + rpc + "taken", "", nil},
		{409, "HEAD " + rpc + "taken", "", nil},
		{409, "POST " + rpc + "taken", "{}", nil},

		{204, "GET " + rpc + "nobody", "", nil},
		{204, "HEAD " + rpc + "nobody", "", nil},

		{206, "POST " + rpc + "all_pets?limit=1", "{}", []string{"Prefer: count=exact"}},
		{416, "POST " + rpc + "all_pets?offset=9", "{}", []string{"Prefer: count=exact"}},
		{416, "HEAD " + rpc + "all_pets?offset=9", "", []string{"Prefer: count=exact"}},
	} {
		reply := w.bare(tc.operation, tc.body, tc.headers...)
		require.Equal(t, tc.status, reply.Status, "%s: %s", tc.operation, reply.Body)
	}
	require.Equal(t, 204, w.do("GET "+pets, "", "Prefer: return=minimal").Status)
	var sum int
	require.NoError(t, dbtest.Pool(t, w.URI).QueryRow(t.Context(), "SELECT sum(id + owner + vet) FROM pets").Scan(&sum))
	require.Equal(t, 18, sum, "what was refused has changed nothing")
}
