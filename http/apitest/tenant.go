package apitest

import (
	"context"
	_ "embed"
	"log/slog"
	"testing"

	"athena/actors"
	"athena/actors/pool"
	"athena/actors/window"
	"athena/persistence/cache"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// Client is the name of a tenant's Athena client.
const Client = "acme"

// Tenant is a client's database with one of everything that the gateway can
// meet, and the way into it.
type Tenant struct {
	// URI is that of a superuser.
	URI     string
	Clients *pool.Clients
	// Cache keeps answers where the configuration says so.
	Cache *cache.Cache
	// Windows let the inserts of the test share statements.
	Windows *window.Windows
}

//go:embed tenant.sql
var tenantSQL string

// NewTenant makes a tenant that lives as long as the test. Its tables are those
// of tenant.sql and are not shared with another test.
func NewTenant(t testing.TB, options gatewaydb.Options) *Tenant {
	t.Helper()
	return NewTenantWith(t, options, wire.ClientConfig{})
}

// NewTenantWith makes a tenant whose operator has set a configuration.
func NewTenantWith(t testing.TB, options gatewaydb.Options, config wire.ClientConfig) *Tenant {
	t.Helper()
	return NewTenantKeeping(t, options, config, cache.Options{})
}

// NewTenantKeeping makes a tenant whose answers are kept as a cache's options say.
func NewTenantKeeping(t testing.TB, options gatewaydb.Options, config wire.ClientConfig, keep cache.Options) *Tenant {
	t.Helper()
	return NewTenantOf(t, wire.AthenaClient{ClientName: Client}, options, config, keep)
}

// NewTenantOf makes a tenant with this entry in the catalog.
func NewTenantOf(t testing.TB, record wire.AthenaClient, options gatewaydb.Options, config wire.ClientConfig, keep cache.Options) *Tenant {
	t.Helper()
	uri := dbtest.Template(t, "tenant", func(uri string) error {
		dbtest.Exec(t, uri, tenantSQL)
		return nil
	})
	return tenantAt(t, pool.Target{Name: Client, URI: uri, Record: record, Config: &config}, options, keep)
}

// Node is another process that serves the same tenant, with a cache of its own.
func (n *Tenant) Node(t testing.TB, options gatewaydb.Options, config wire.ClientConfig, keep cache.Options) *Tenant {
	t.Helper()
	return tenantAt(t, pool.Target{Name: Client, URI: n.URI, Config: &config}, options, keep)
}

func tenantAt(t testing.TB, target pool.Target, options gatewaydb.Options, keep cache.Options) *Tenant {
	t.Helper()
	kept, err := cache.New(keep)
	require.NoError(t, err)
	t.Cleanup(kept.Close)
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	tenant := &Tenant{URI: target.URI, Cache: kept, Clients: clientsOf(t, system, target, options, kept), Windows: window.New(system, window.Config{})}
	t.Cleanup(func() { require.NoError(t, tenant.Windows.Drain(context.Background())) })
	return tenant
}

// clientsOf serves one client.
func clientsOf(t testing.TB, system *actors.System, target pool.Target, options gatewaydb.Options, kept *cache.Cache) *pool.Clients {
	t.Helper()
	if options.PoolSize == 0 {
		options.PoolSize, options.Lanes = 4, 1 // the tests' server has connections for many
	}
	clients, err := pool.NewClients(t.Context(), system, pool.Config{
		Options: options, Cache: kept,
		Load: func(context.Context) ([]pool.Target, error) {
			return []pool.Target{target}, nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, clients.Close(context.Background())) })
	return clients
}

// Value reads one value, as text, straight from the tenant's database.
func (n *Tenant) Value(t testing.TB, sql string, args ...any) string {
	t.Helper()
	var value string
	row := dbtest.Pool(t, n.URI).QueryRow(context.Background(), "SELECT coalesce(("+sql+")::text, 'NULL')", args...)
	require.NoError(t, row.Scan(&value), sql)
	return value
}

// Exec changes the tenant's database behind the gateway's back.
func (n *Tenant) Exec(t testing.TB, sql string) {
	t.Helper()
	dbtest.Exec(t, n.URI, sql)
}
