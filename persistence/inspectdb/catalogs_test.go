package inspectdb_test

import (
	"testing"

	"athena/persistence/dbtest"
	"athena/persistence/inspectdb"

	"github.com/stretchr/testify/require"
)

func TestS3Catalogs(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	look := func() (found bool, n int64) {
		require.NoError(t, inspectdb.Visit(t.Context(), uri, func(db inspectdb.Database) (err error) {
			found, n, err = db.S3Catalogs(t.Context())
			return err
		}))
		return found, n
	}
	found, n := look()
	require.False(t, found)
	require.Zero(t, n)
	dbtest.Exec(t, uri, "CREATE SCHEMA athena; CREATE TABLE athena.s3_catalogs AS SELECT generate_series(1, 3) AS id")
	found, n = look()
	require.True(t, found)
	require.EqualValues(t, 3, n)
}
