package controldb_test

import (
	"strings"
	"testing"

	"athena/persistence/controldb"
	"athena/persistence/dbtest"
	"athena/persistence/migrate"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func report(t *testing.T, changes ...string) wire.SchemaReport {
	t.Helper()
	uri := dbtest.Control(t)
	dbtest.Exec(t, uri, changes...)
	expected, err := migrate.Relations(migrate.ControlList())
	require.NoError(t, err)
	out, err := controldb.Store{DB: dbtest.Pool(t, uri)}.Schema(t.Context(), expected)
	require.NoError(t, err)
	return out
}

// TestMigratedDatabaseIsHealthy holds what is read from the migrations against what
// they really do.
func TestMigratedDatabaseIsHealthy(t *testing.T) {
	t.Parallel()
	got := report(t)
	require.Equal(t, "healthy", got.Summary.Health)
	require.Empty(t, got.Summary.HealthReasons)
	require.Equal(t, got.Summary.ExpectedTableCount, got.Summary.FoundTableCount)
	require.Greater(t, got.Summary.ExpectedTableCount, 20)
	known := map[string]bool{"athena_migrations": true} // made by the library that migrates
	for _, table := range got.ExpectedTables {
		known[table.TableName] = true
		require.Empty(t, table.UnexpectedColumns, table.TableName)
		require.Equal(t, table.ExpectedColumns, table.FoundColumns, table.TableName)
	}
	for _, table := range got.ObservedTables {
		if strings.HasPrefix(table.TableName, "river_") { // the job queue's own, with a list of its own
			continue
		}
		require.True(t, known[table.TableName] || table.RelationType == "view", "%s is made by no statement that was read", table.TableName)
	}
}

func TestDamageIsReported(t *testing.T) {
	t.Parallel()
	got := report(t, "DROP TABLE service_routes", "ALTER TABLE api_registry DROP COLUMN tag, ADD COLUMN extra int",
		"DROP TABLE tenant_hostnames; CREATE VIEW tenant_hostnames AS SELECT 1 AS tenant")
	require.Equal(t, "unhealthy", got.Summary.Health)
	require.Equal(t, []string{"public.service_routes"}, got.MissingRequiredTables)
	require.Contains(t, got.StillNeeded.RequiredMissingColumns, "public.api_registry.tag")
	require.Equal(t, []string{"public.tenant_hostnames"}, got.StillNeeded.RelationTypeMismatches)
	require.Len(t, got.Summary.HealthReasons, 3)
	for _, table := range got.ExpectedTables {
		switch table.TableName {
		case "service_routes":
			require.False(t, table.Found)
			require.Nil(t, table.FoundRelationType)
			require.Equal(t, "Where services of a tenant are, by the route that the tenant is reached by.", table.Purpose)
		case "api_registry":
			require.Equal(t, []string{"extra"}, table.UnexpectedColumns)
		}
	}
}

func TestRegistryHoldsTheLastServersOperations(t *testing.T) {
	t.Parallel()
	store := controldb.Store{DB: dbtest.Pool(t, dbtest.Control(t))}
	right := "gateway.query"
	entry := func(method, path, version string) wire.RegistryEntry {
		return wire.RegistryEntry{ID: wire.RegistryID(method, path), Method: method, Path: path, Access: "gateway", RequiredRight: &right, Version: version}
	}
	require.NoError(t, store.Register(t.Context(), []wire.RegistryEntry{entry("GET", "/a", "1"), entry("GET", "/b", "1")}))
	first, err := store.Registry(t.Context())
	require.NoError(t, err)
	require.Len(t, first, 2)
	require.NoError(t, store.Register(t.Context(), []wire.RegistryEntry{entry("GET", "/a", "1"), entry("POST", "/a", "2")}))
	second, err := store.Registry(t.Context())
	require.NoError(t, err)
	require.Equal(t, first[0], second[0], "what did not change was not written")
	require.Equal(t, []string{"GET", "POST"}, []string{second[0].Method, second[1].Method})
	require.Equal(t, "2", second[1].Version)
}
