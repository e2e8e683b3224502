package main

import (
	"context"
	"maps"
	"slices"

	"athena/actors/pool"
	"athena/persistence"
	"athena/wire"
)

const dockerSocket = "/var/run/docker.sock"

// catalog gathers the clients of the control database and of the configuration
// file; a name in the file wins.
type catalog struct {
	config  *Config
	control *control
	environ func(string) (string, bool)
}

func (c *catalog) load(ctx context.Context) ([]pool.Target, error) {
	stored, err := c.control.clients().List(ctx)
	if err != nil {
		return nil, err
	}
	targets := map[string]pool.Target{}
	for _, record := range stored {
		targets[record.ClientName] = c.target(record)
	}
	for name, configured := range c.config.PostgresClients {
		targets[name] = c.target(configuredClient(name, configured))
	}
	logging := c.config.Gateway.LoggingClient
	if _, named := targets[logging]; !named {
		uri, about := c.control.uri, "The control database"
		targets[logging] = c.target(wire.AthenaClient{ClientName: logging, PgURI: &uri, Description: &about, Source: "config", IsActive: true})
	}
	configs, err := c.control.clients().Configs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range configs {
		if target, known := targets[configs[i].ClientName]; known {
			target.Config = &configs[i].Config
			targets[target.Name] = target
		}
	}
	return slices.Collect(maps.Values(targets)), nil
}

func configuredClient(name string, c ClientConfig) wire.AthenaClient {
	client := wire.AthenaClient{ClientName: name, Description: &c.Description, Source: "config", IsActive: true, Metadata: c.metadata()}
	if c.PgURI != "" {
		client.PgURI = &c.PgURI
	} else {
		client.PgURIEnvVar = &c.PgURIEnvVar
	}
	return client
}

func (c *catalog) target(record wire.AthenaClient) pool.Target {
	uri, err := resolveURI(deref(record.PgURI), deref(record.PgURIEnvVar), c.environ)
	return pool.Target{
		Name: record.ClientName, URI: c.control.current(uri), Frozen: record.IsFrozen, Inactive: !record.IsActive,
		Broken: err, Record: record,
	}
}

// sessionDatabases gives where sessions are looked up: the configured client's
// database for every client, or each client's own.
func (s *service) sessionDatabases() databases {
	return databases{s.config.Gateway.AuthClient, s.clients}
}

type databases struct {
	authClient string
	clients    *pool.Clients
}

// DB gives the database whose session tables count for a client.
func (d databases) DB(ctx context.Context, client string) (persistence.DB, error) {
	if d.authClient != "" {
		client = d.authClient
	}
	return d.clients.DB(ctx, client)
}
