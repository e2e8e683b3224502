package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"athena/persistence"
	"athena/persistence/clientsdb"
	"athena/persistence/controldb"
	"athena/persistence/daemonsdb"
	"athena/persistence/embedded"
	"athena/persistence/keysdb"
	"athena/persistence/managementdb"
	"athena/persistence/routingdb"
	"athena/persistence/statsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
)

// control is the control database, and the embedded cluster behind it where no
// address is configured.
type control struct {
	uri     string
	pool    *pgxpool.Pool
	logs    *pgxpool.Pool     // apart, so that logging never keeps a caller waiting
	cluster *embedded.Cluster // nil for a configured database
}

// clusterDir is where the embedded cluster lives.
func (c *Config) clusterDir() string { return filepath.Join(c.DataDir, "postgres") }

// clusterConfig is how the embedded cluster is run.
func (c *Config) clusterConfig(log *slog.Logger) embedded.Config {
	return embedded.Config{Dir: c.clusterDir(), Search: []string{filepath.Join("bin", "postgres"), filepath.Join(c.DataDir, "binaries")}, Log: log}
}

// attach opens the control database for one command, joining the cluster of a
// running server or starting it for the command's time.
func attach(ctx context.Context, config *Config) (*control, error) {
	if config.Control.URI != "" {
		return connect(ctx, config.Control.URI, nil)
	}
	cluster, err := embedded.Attach(ctx, config.clusterConfig(nil))
	if err != nil {
		return nil, fmt.Errorf("%w (run `athena serve` once to make the database, or set control.uri)", err)
	}
	return connect(ctx, cluster.URI(config.Gateway.LoggingClient), cluster)
}

// connect opens small pools; commands and the server's own bookkeeping need no more.
func connect(ctx context.Context, uri string, cluster *embedded.Cluster) (*control, error) {
	c := &control{uri: uri, cluster: cluster}
	var err error
	if c.pool, err = smallPool(ctx, uri, "athena control", 8); err == nil {
		c.logs, err = smallPool(ctx, uri, "athena logs", 2)
	}
	if err == nil {
		err = c.pool.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reach control database: %w", err), c.close())
	}
	return c, nil
}

// controlConnect is the longest that one connection to the control database takes.
const controlConnect = 5 * time.Second

func smallPool(ctx context.Context, uri, name string, size int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(uri)
	if err != nil {
		return nil, errors.New("its address cannot be parsed") // the cause may repeat the password
	}
	persistence.Dial(&config.ConnConfig.Config, controlConnect)
	config.MaxConns = size
	config.ConnConfig.RuntimeParams["application_name"] = name
	return pgxpool.NewWithConfig(ctx, config)
}

// close lets go of the database, and stops the cluster if this process runs it.
func (c *control) close() error {
	for _, pool := range []*pgxpool.Pool{c.pool, c.logs} {
		if pool != nil {
			pool.Close()
		}
	}
	if c.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.cluster.Close(ctx)
}

func (c *control) keys() keysdb.Store        { return keysdb.Store{DB: c.pool} }
func (c *control) clients() clientsdb.Store  { return clientsdb.Store{DB: c.pool} }
func (c *control) daemons() daemonsdb.Store  { return daemonsdb.Store{DB: c.pool} }
func (c *control) statistics() statsdb.Store { return statsdb.Store{DB: c.pool} }
func (c *control) audit() managementdb.Audit { return managementdb.Audit{DB: c.pool} }
func (c *control) routing() routingdb.Store  { return routingdb.Store{DB: c.pool} }
func (c *control) self() controldb.Store     { return controldb.Store{DB: c.pool} }

// withControl runs a command on the control database.
func withControl(ctx context.Context, p *program, do func(*control) error) error {
	c, err := attach(ctx, &p.config)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.close())
}

// clientURI gives the whole address of a client's database, password included.
func (c *control) clientURI(ctx context.Context, p *program, name string) (string, error) {
	if name == p.config.Gateway.LoggingClient {
		return c.uri, nil
	}
	if configured, ok := p.config.PostgresClients[name]; ok {
		return resolveURI(configured.PgURI, configured.PgURIEnvVar, p.environ)
	}
	list, err := c.clients().List(ctx)
	if err != nil {
		return "", err
	}
	for _, client := range list {
		if client.ClientName == name {
			uri, err := resolveURI(deref(client.PgURI), deref(client.PgURIEnvVar), p.environ)
			return c.current(uri), err
		}
	}
	return "", wire.Fail(wire.ClientUnknown, "there is no client %q", name)
}

// current gives an address in the embedded cluster as it is now: the folder may
// have been moved, and the port may be another one, since it was written down. The
// cluster's own random password tells which addresses are meant.
func (c *control) current(uri string) string {
	if c.cluster == nil {
		return uri
	}
	u, err := url.Parse(uri)
	own, ownErr := url.Parse(c.cluster.URI(demoClient))
	if err != nil || ownErr != nil || u.User == nil || u.User.String() != own.User.String() {
		return uri
	}
	return c.cluster.SocketURI(strings.TrimPrefix(u.Path, "/"))
}

// resolveURI takes an address or the environment variable that holds it.
func resolveURI(uri, envVar string, environ func(string) (string, bool)) (string, error) {
	if envVar != "" {
		value, ok := environ(envVar)
		if !ok || value == "" {
			return "", fmt.Errorf("environment variable %s, which holds the client's address, is not set", envVar)
		}
		uri = value
	}
	return wire.NormalizePgURI(uri)
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// adminKey gives the configured admin key, or the one kept in the data folder,
// made there at the first start. fresh says that it was made just now.
func adminKey(config *Config) (key string, fresh bool, err error) {
	if config.AdminKey != "" {
		return config.AdminKey, false, nil
	}
	text, err := os.ReadFile(config.adminKeyFile())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", false, fmt.Errorf("read admin key: %w", err)
	}
	if key = strings.TrimSpace(string(text)); key != "" {
		return key, false, nil
	}
	key = keysdb.Token(32)
	return key, true, keepAdminKey(config, key)
}

func (c *Config) adminKeyFile() string { return filepath.Join(c.DataDir, "admin.key") }

// keepAdminKey writes the key in one step, so that a crash leaves it whole or not
// at all.
func keepAdminKey(config *Config, key string) error {
	path := config.adminKeyFile()
	err := os.MkdirAll(config.DataDir, 0o755)
	if err == nil {
		err = os.WriteFile(path+".new", []byte(key+"\n"), 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("keep admin key: %w", err)
	}
	return nil
}
