package system

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"athena/http/route"
	"athena/persistence/daemonsdb"
	"athena/persistence/remote"
	"athena/wire"

	"github.com/goccy/go-json"
	"golang.org/x/sync/errgroup"
)

// Cluster asks the servers that share a control database how they are.
type Cluster struct {
	store   daemonsdb.Store
	remote  *remote.Client
	mirrors *remembered[[]wire.ClusterMirror]
}

const (
	// clusterKept is how long what the servers said is believed, so that a public
	// operation asks them rarely.
	clusterKept = 2 * time.Second
	// probeTimeout is the longest that a server may take to answer.
	probeTimeout = 3 * time.Second
	// probesAtOnce is how many servers are asked at a time.
	probesAtOnce = 16
	// lostKept is how long a server that fell silent is told of.
	lostKept = time.Hour
)

// NewCluster finds the servers in the register of processes.
func NewCluster(store daemonsdb.Store) *Cluster {
	return &Cluster{store: store, remote: remote.New(true), mirrors: newRemembered[[]wire.ClusterMirror](clusterKept)}
}

func (a API) clusterRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/health/cluster", Tag: "Health", Do: route.JSON(a.clusterHealth), Fails: []int{503},
			Summary: "Ask the servers that share the control database how they are",
			Notes: "Each server tells the control database every ten seconds that it is alive; those that do are asked over HTTP for GET /. " +
				"One that does not answer, or fell silent within the last hour, is offline; one that ended in order is not listed. What they said is remembered for two seconds."},
	}
}

func (a API) clusterHealth(ctx context.Context, _ *wire.Empty) (wire.ClusterHealth, error) {
	mirrors, err := a.Cluster.mirrors.get(ctx, false, a.Cluster.ask)
	if err != nil {
		return wire.ClusterHealth{}, err
	}
	online := 0
	for i := range mirrors {
		if mirrors[i].Status == wire.MirrorOnline {
			online++
		}
	}
	return wire.ClusterHealth{
		Message: fmt.Sprintf("%d of %d servers are online", online, len(mirrors)), Version: a.Version, CargoTomlVersion: a.Version,
		AthenaAPI: "online", AthenaDeadpool: "online", AthenaScyllaDB: a.scyllaState(), Mirrors: mirrors,
	}, nil
}

// ask asks every server that should be there.
func (c *Cluster) ask(ctx context.Context) ([]wire.ClusterMirror, error) {
	daemons, err := c.store.List(ctx)
	if err != nil {
		return nil, err
	}
	daemons = slices.DeleteFunc(daemons, func(d wire.Daemon) bool {
		return d.Address == nil || d.State == wire.DaemonStopped || (d.State == wire.DaemonLost && time.Since(d.LastHeartbeatAt) > lostKept)
	})
	mirrors := make([]wire.ClusterMirror, len(daemons))
	var all errgroup.Group
	all.SetLimit(probesAtOnce)
	for i := range daemons {
		all.Go(func() error {
			mirrors[i] = c.probe(ctx, &daemons[i])
			return nil
		})
	}
	_ = all.Wait() // what went wrong stands in the mirrors
	slices.SortStableFunc(mirrors, func(x, y wire.ClusterMirror) int { return strings.Compare(x.URL, y.URL) })
	return mirrors, nil
}

// probe asks one server.
func (c *Cluster) probe(ctx context.Context, d *wire.Daemon) wire.ClusterMirror {
	mirror := wire.ClusterMirror{URL: addressOf(d), Status: wire.MirrorOffline}
	offline := func(why string) wire.ClusterMirror {
		mirror.Message = &why
		return mirror
	}
	if d.State == wire.DaemonLost {
		mirror.CargoTomlVersion = &d.Version
		return offline("the server has not told since " + d.LastHeartbeatAt.UTC().Format(time.RFC3339) + " that it is alive")
	}
	u, err := url.Parse(mirror.URL)
	if err != nil {
		return offline("the server's own address cannot be read")
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	began := time.Now()
	answer, err := c.remote.Get(ctx, "the server", u)
	took := time.Since(began)
	var root wire.Root
	switch {
	case err != nil:
		return offline("the server does not answer at its address")
	case answer.Status != http.StatusOK || json.Unmarshal(answer.Body, &root) != nil || root.Version == "":
		return offline(fmt.Sprintf("what answers there, with the status %d, is no Athena", answer.Status))
	}
	latency := float64(answer.FirstByte.Microseconds()) / 1000
	speed := float64(len(answer.Body)) / max(took.Seconds(), 1e-6)
	mirror.Status, mirror.LatencyMS, mirror.DownloadBytesPerSec, mirror.CargoTomlVersion = wire.MirrorOnline, &latency, &speed, &root.Version
	return mirror
}

// addressOf is where a server is reached: where it answers on every address of its
// machine, the machine's name takes their place.
func addressOf(d *wire.Daemon) string {
	if strings.Contains(*d.Address, "://") {
		return *d.Address
	}
	host, port, err := net.SplitHostPort(*d.Address)
	if err != nil {
		return "http://" + *d.Address
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsUnspecified() {
		host = d.Host
	}
	return "http://" + net.JoinHostPort(host, port)
}
