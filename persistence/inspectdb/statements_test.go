package inspectdb_test

import (
	"strings"
	"testing"

	"athena/persistence/dbtest"
	"athena/persistence/inspectdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// TestSlowStatementsOfARealServer asks a server that loads pg_stat_statements, before
// and after the extension is there, and as a user who may not read it.
func TestSlowStatementsOfARealServer(t *testing.T) {
	t.Parallel()
	cluster := dbtest.ClusterWith(t, map[string]string{"shared_preload_libraries": "pg_stat_statements"})
	uri := cluster.URI("postgres")
	slow := func(uri string) (list []wire.Recommendation) {
		require.NoError(t, inspectdb.Visit(t.Context(), uri, func(db inspectdb.Database) error {
			found, err := db.Recommend(t.Context())
			for _, r := range found {
				if r.Kind == wire.SlowStatement {
					list = append(list, r)
				}
			}
			return err
		}))
		return list
	}
	require.Empty(t, slow(uri), "the extension is not there")
	dbtest.Exec(t, uri, `CREATE SCHEMA "the stats"`, `CREATE EXTENSION pg_stat_statements SCHEMA "the stats"`)
	require.Empty(t, slow(uri), "nothing was slow")
	for range 5 {
		dbtest.Exec(t, uri, "SELECT 'a secret value' AS word, pg_sleep(0.15)")
	}
	dbtest.Exec(t, uri, "SELECT pg_sleep(0.2) AS once")
	found := slow(uri)
	require.Len(t, found, 1, "what is slow once is no pattern")
	r := found[0]
	require.Nil(t, r.Statement, "only a person can tell what to do")
	require.Contains(t, string(r.Details), "pg_sleep($2)")
	require.Contains(t, string(r.Details), `"calls":5`)
	require.NotContains(t, string(r.Details), "secret", "values are left out")
	require.GreaterOrEqual(t, r.Impact, 750.0)
	require.Equal(t, r.Fingerprint, slow(uri)[0].Fingerprint, "it is known again")

	unloaded := dbtest.New(t, "CREATE EXTENSION pg_stat_statements")
	require.Empty(t, slow(unloaded), "the server has not loaded the library")

	dbtest.Exec(t, uri, "CREATE ROLE reader LOGIN PASSWORD 'x'")
	at := strings.Index(uri, "@")
	require.Empty(t, slow("postgres://reader:x"+uri[at:]), "statements of others are not its to read")
}
