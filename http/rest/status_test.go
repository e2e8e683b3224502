package rest_test

import (
	"testing"

	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
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
		CREATE TABLE sealed (id int PRIMARY KEY);
		INSERT INTO sealed VALUES (1);
		CREATE FUNCTION seal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE read_only_sql_transaction; END $$;
		CREATE TRIGGER seal BEFORE INSERT OR UPDATE OR DELETE ON sealed FOR EACH ROW EXECUTE FUNCTION seal();
		CREATE FUNCTION break_seal() RETURNS int LANGUAGE sql AS 'DELETE FROM sealed RETURNING id';
		CREATE VIEW breaking AS SELECT break_seal() AS id;
		CREATE FUNCTION sealed_off() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE read_only_sql_transaction; END $$;
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

		{405, "GET /rest/v1/breaking", "", nil},
		{405, "HEAD /rest/v1/breaking", "", nil},
		{405, "POST /rest/v1/sealed", `{"id":9}`, nil},
		{405, "PUT /rest/v1/sealed?id=eq.9", `{"id":9}`, nil},
		{405, "PATCH /rest/v1/sealed?id=eq.1", `{"id":9}`, nil},
		{405, "DELETE /rest/v1/sealed?id=eq.1", "", nil},
		{405, "GET " + rpc + "sealed_off", "", nil},
		{405, "HEAD " + rpc + "sealed_off", "", nil},
		{405, "POST " + rpc + "sealed_off", "{}", nil},

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

// TestStatusesOfRefusals has the database refuse with what a function raises.
func TestStatusesOfRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(t, `CREATE FUNCTION refuse(state text) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING ERRCODE = state; END $$;
		CREATE VIEW two AS SELECT id FROM people WHERE id = (SELECT id FROM people);
		CREATE VIEW endless AS SELECT 1 AS n;
		CREATE OR REPLACE VIEW endless AS SELECT n FROM endless`)
	for state, status := range map[string]int{
		"P0001": 400, "P0002": 500, "22012": 400, "23502": 400, "23514": 400, "23P01": 400, "23503": 409, "23505": 409, "21000": 500, "25006": 405, "25P01": 500,
		"0L000": 403, "0P000": 403, "42501": 403, "42P01": 404, "42883": 404, "3F000": 400, "2D000": 500, "38000": 500, "54001": 500, "55000": 500, "HV000": 500, "AT123": 400,
	} {
		reply := w.bare("GET /rest/v1/rpc/refuse?state="+state, "")
		require.Equal(t, status, reply.Status, "%s: %s", state, reply.Body)
		var f wire.RestFailure
		require.NoError(t, json.Unmarshal([]byte(reply.Body), &f))
		require.Equal(t, state, f.Code)
		require.Equal(t, "no", f.Message)
	}
	for _, view := range []string{"two", "endless"} {
		require.Equal(t, 500, w.bare("GET /rest/v1/"+view, "").Status)
		require.Equal(t, 400, w.do("GET /rest/v1/"+view, "").Status)
	}
}
