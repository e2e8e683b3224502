package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// ask reads an answer of an operation.
func ask[T any](t *testing.T, p *process, path string, headers ...string) (out T) {
	t.Helper()
	r := p.do(t, "GET", path, "", headers...)
	require.Equal(t, 200, r.status, r.body)
	require.NoError(t, json.Unmarshal([]byte(r.body), &out), r.body)
	return out
}

// sees waits until a node tells the states of others by their addresses.
func (p *process) sees(t *testing.T, wanted map[string]string) {
	t.Helper()
	var got map[string]string
	require.Eventually(t, func() bool {
		got = map[string]string{}
		for _, m := range ask[wire.ClusterHealth](t, p, "/health/cluster").Mirrors {
			got[strings.TrimPrefix(m.URL, "http://")] = m.Status
		}
		return fmt.Sprint(got) == fmt.Sprint(wanted)
	}, patience, 20e6, "%v is never seen, but %v", wanted, &got)
}

func TestClusterHealth(t *testing.T) {
	t.Parallel()
	_, nodes := keyNodes(t)
	both := map[string]string{nodes[0].address: wire.MirrorOnline, nodes[1].address: wire.MirrorOnline}
	nodes[0].sees(t, both)
	nodes[1].sees(t, both)
	for _, m := range ask[wire.ClusterHealth](t, nodes[0], "/health/cluster").Mirrors {
		require.Equal(t, version, *m.CargoTomlVersion)
		require.Positive(t, *m.LatencyMS)
		require.Positive(t, *m.DownloadBytesPerSec)
		require.Nil(t, m.Message)
	}

	require.NoError(t, nodes[1].cmd.Process.Kill())
	<-nodes[1].ended
	nodes[0].sees(t, map[string]string{nodes[0].address: wire.MirrorOnline, nodes[1].address: wire.MirrorOffline})
	health := ask[wire.ClusterHealth](t, nodes[0], "/health/cluster")
	require.Equal(t, "1 of 2 servers are online", health.Message)
}

func TestClusterForgetsWhoEndedInOrder(t *testing.T) {
	t.Parallel()
	_, nodes := keyNodes(t)
	nodes[0].sees(t, map[string]string{nodes[0].address: wire.MirrorOnline, nodes[1].address: wire.MirrorOnline})
	require.Zero(t, nodes[1].end(t, syscall.SIGTERM))
	nodes[0].sees(t, map[string]string{nodes[0].address: wire.MirrorOnline})
}

func TestRegistryAndDiagnostics(t *testing.T) {
	t.Parallel()
	_, nodes := keyNodes(t)
	const admin = "apikey: the-admin-key"
	rows, routes := ask[[]wire.RegistryEntry](t, nodes[1], "/registry"), ask[[]wire.RouterEntry](t, nodes[0], "/router/registry")
	require.Len(t, rows, len(routes), "the registry is what is served")
	require.Contains(t, fmt.Sprint(routes), "/gateway/fetch")
	one := ask[[]wire.RegistryEntry](t, nodes[0], "/registry/"+rows[0].ID.String())
	require.Equal(t, rows[:1], one)

	require.Equal(t, "healthy", ask[wire.SchemaReport](t, nodes[0], "/debug/schema", admin).Summary.Health)

	nodes[0].do(t, "GET", "/rest/v1/products?limit=1", "", admin, "X-Athena-Client: demo")
	gateway := ask[wire.GatewayReport](t, nodes[0], "/debug/gateway", admin)
	ready := map[string]string{}
	for _, c := range gateway.Clients {
		ready[c.ClientName] = c.Readiness
	}
	require.Equal(t, "ready", ready["demo"])
	require.Equal(t, "idle", ready["athena_logging"])
	require.Equal(t, "online", gateway.ControlPlane.KeyStore)
	body := nodes[0].do(t, "GET", "/debug/gateway", "", admin).body
	require.NotContains(t, body, "postgres://")
	require.NotContains(t, body, "the-admin-key")

	s3 := ask[wire.S3Report](t, nodes[0], "/debug/s3", admin)
	require.False(t, s3.ObjectStoreConfigured)
	require.Len(t, s3.Clients, len(gateway.Clients))
	for _, c := range s3.Clients {
		require.Equal(t, c.ClientName == "demo", c.Connected)
		require.Nil(t, c.Problem)
	}
}
