package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"

	"athena/persistence/embedded"
	"athena/persistence/migrate"
)

type serveCommand struct {
	Listen    string `help:"Address to answer on." placeholder:"HOST:PORT"`
	Port      int    `help:"Port to answer on, at the configured host." placeholder:"PORT"`
	LogFormat string `help:"text or json." enum:",text,json" default:""`
	LogLevel  string `help:"debug, info, warn or error." enum:",debug,info,warn,error" default:""`
}

// gcPercent lets the heap grow a little further than Go's own 100 before it is
// collected: 256 busy connections then take about 108 MiB; at 200 it was 127, for
// a gain that the noise of a measurement hides.
const gcPercent = 125

// overrides are the settings given on the command line.
func (c *serveCommand) overrides() map[string]any {
	all := map[string]any{}
	for path, value := range map[string]string{"listen": c.Listen, "log.format": c.LogFormat, "log.level": c.LogLevel} {
		if value != "" {
			all[path] = value
		}
	}
	return all
}

// Run serves until the context ends.
func (c *serveCommand) Run(ctx context.Context, p *program) (err error) {
	if c.Port != 0 {
		host, _, err := net.SplitHostPort(p.config.Listen)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		p.config.Listen = net.JoinHostPort(host, fmt.Sprint(c.Port))
	}
	if _, set := p.environ("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	log, flush := newLog(&p.config.Log, p.err)
	defer flush()
	listener, err := net.Listen("tcp", p.config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer listener.Close()
	control, first, err := openControl(ctx, p, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, control.close()) }()
	service, err := newService(ctx, p, control, log)
	if err != nil {
		return err
	}
	log.Info("athena answers", "address", listener.Addr().String(), "version", version)
	if first != nil {
		if err := first.banner(p.out, listener.Addr().String()); err != nil {
			return fmt.Errorf("print credentials: %w", err)
		}
	}
	return service.run(ctx, listener)
}

// openControl opens the control database: the configured one, or the embedded
// cluster, made at the first start together with the demo client. What the first
// start has to print comes back.
func openControl(ctx context.Context, p *program, log *slog.Logger) (*control, *credentials, error) {
	if p.config.Control.URI != "" {
		if err := migrate.Control(ctx, p.config.Control.URI); err != nil {
			return nil, nil, err
		}
		c, err := connect(ctx, p.config.Control.URI, nil)
		return c, nil, err
	}
	if err := os.MkdirAll(p.config.DataDir, 0o755); err != nil {
		return nil, nil, fmt.Errorf("make data folder: %w", err)
	}
	cluster, err := embedded.Open(ctx, p.config.clusterConfig(log))
	if err != nil {
		return nil, nil, err
	}
	c, first, err := prepareEmbedded(ctx, p, cluster)
	if err != nil {
		return nil, nil, errors.Join(err, cluster.Close(context.WithoutCancel(ctx)))
	}
	return c, first, nil
}

func prepareEmbedded(ctx context.Context, p *program, cluster *embedded.Cluster) (*control, *credentials, error) {
	name := p.config.Gateway.LoggingClient
	if err := cluster.CreateDatabase(ctx, name); err != nil {
		return nil, nil, err
	}
	uri := cluster.SocketURI(name)
	if err := migrate.Control(ctx, uri); err != nil {
		return nil, nil, err
	}
	c, err := connect(ctx, uri, cluster)
	if err != nil {
		return nil, nil, err
	}
	made, err := prepareDemo(ctx, c)
	if err != nil || !made {
		return c, nil, err
	}
	first, err := demoCredentials(ctx, c)
	if err != nil {
		return c, nil, err
	}
	key, fresh, err := adminKey(&p.config)
	if fresh {
		first.adminKey = key
	}
	return c, &first, err
}
