package dataset_test

import (
	"testing"

	"athena/bench/dataset"
	"athena/persistence/dbtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestCatalogIsFilled(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), dbtest.Control(t))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, dataset.MakeCatalog(t.Context(), conn, "postgres:///shop", 3, 7))
	var clients, keys, bound int
	require.NoError(t, conn.QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM athena_clients WHERE pg_uri = 'postgres:///shop'),
		       (SELECT count(*) FROM api_keys),
		       (SELECT count(*) FROM api_keys JOIN athena_clients USING (client_name))`).Scan(&clients, &keys, &bound))
	require.Equal(t, []int{3, 7, 7}, []int{clients, keys, bound})
}
