package gatewaydb_test

import (
	"context"
	"net/url"
	"testing"

	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// TestOwnSchemasAreNotTheUsers: the tests' user is called athena, like a schema of
// Athena's own, and "$user" on a search path is that schema.
func TestOwnSchemasAreNotTheUsers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, path, session, made string }{
		{"as the server has it", "", "public", "public"},
		{"set for the database", `app, "$user", "a, b", public`, `app, "a, b", public`, "app"},
		{"nothing else", `"$user"`, "", ""},
		{"named by the operator", "athena, public", "athena, public", "athena"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, gatewaydb.Options{})
			dbtest.Exec(t, w.uri, "CREATE SCHEMA athena; CREATE SCHEMA app")
			if tc.path != "" {
				dbtest.Exec(t, w.uri, "ALTER DATABASE "+w.db.Config().ConnConfig.Database+" SET search_path = "+tc.path)
			}
			store, err := gatewaydb.Open(t.Context(), w.uri, gatewaydb.Options{PoolSize: 1, Lanes: 1})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close(context.Background())) })
			for range 2 { // also after the session was cleaned
				require.Equal(t, tc.session, pathOf(t, store))
			}
			_, err = store.Query(t.Context(), gatewaydb.Raw{SQL: "CREATE TABLE fresh (id int)"})
			if tc.made == "" {
				require.ErrorContains(t, err, "3F000")
				return
			}
			require.NoError(t, err)
			var schema string
			require.NoError(t, w.db.QueryRow(t.Context(), "SELECT schemaname FROM pg_tables WHERE tablename = 'fresh'").Scan(&schema))
			require.Equal(t, tc.made, schema)
		})
	}
}

// pathOf is the search path that a caller's SQL has.
func pathOf(t *testing.T, store *gatewaydb.Store) string {
	t.Helper()
	result, err := store.Query(t.Context(), gatewaydb.Raw{SQL: "SHOW search_path"})
	require.NoError(t, err)
	defer result.Release()
	var rows []struct {
		Path string `json:"search_path"`
	}
	require.NoError(t, json.Unmarshal(result.JSON, &rows))
	return rows[0].Path
}

// TestKeptByAnyPath: a name without a schema means what the database's own search path
// says, and what is kept of that table goes.
func TestKeptByAnyPath(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, tables, "CREATE SCHEMA app; CREATE TABLE app.things AS SELECT * FROM things")
	at, err := url.Parse(uri)
	require.NoError(t, err)
	query := at.Query()
	query.Set("search_path", "app, public")
	at.RawQuery = query.Encode()
	k := &keeper{newWorldAt(t, at.String(), keeping(t))}
	k.outcomeIn("app")
	require.Equal(t, "hit", k.outcomeIn("app"))
	_, err = k.Query(t.Context(), gatewaydb.Raw{SQL: "UPDATE things SET name = 'x' WHERE id = 1"})
	require.NoError(t, err)
	require.Equal(t, "miss", k.outcomeIn("app"))

	_, err = k.Query(t.Context(), gatewaydb.Raw{SQL: "UPDATE things SET name = 'y' WHERE id = 1", Schema: "public"})
	require.NoError(t, err)
	require.Equal(t, "hit", k.outcomeIn("app"), "the caller said which")
}
