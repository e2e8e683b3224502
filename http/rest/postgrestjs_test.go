package rest_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"testing"

	"athena/http/apitest"
	"athena/http/rest"
	"athena/http/route"
	"athena/http/server"
	"athena/persistence/gatewaydb"

	"github.com/stretchr/testify/require"
)

// TestPostgrestJS runs the client library of npm, as it is, against a server on a
// socket. Its own lock file says which version.
func TestPostgrestJS(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped, for %s is missing: install Node 20 or later to have the client library tried", program)
		}
	}
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("postgrestjs")))
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = folder
	output, err := install.CombinedOutput()
	require.NoError(t, err, "npm ci: %s", output)

	script := exec.CommandContext(t.Context(), "node", "--test", "client.test.mjs")
	script.Dir = folder
	script.Env = append(os.Environ(), "ATHENA_URL=http://"+listen(t, functions))
	output, err = script.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// listen serves a tenant of its own on a socket until the test ends.
func listen(t *testing.T, tables ...string) string {
	t.Helper()
	tenant := apitest.NewTenantWith(t, gatewaydb.Options{}, planning)
	for _, sql := range tables {
		tenant.Exec(t, sql)
	}
	api := rest.API{Clients: tenant.Clients, Windows: tenant.Windows, MaxRows: 1000}
	s := server.New(server.Config{}, []route.Table{api.Routes()}, openGuard{}, noRecord{}, server.NewMetrics(), slog.New(slog.DiscardHandler))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, s.Shutdown(context.Background()))
		require.NoError(t, <-served)
	})
	return listener.Addr().String()
}
