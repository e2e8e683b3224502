package main

import (
	"athena/http/query"
	"athena/persistence/cloudflare"
	"athena/persistence/remote"
	"athena/persistence/scylla"
	"athena/persistence/supabase"
	"athena/wire"

	"github.com/goccy/go-json"
)

// ScyllaConfig names the cluster of the driver athena.
type ScyllaConfig struct {
	Hosts    []string `koanf:"hosts" help:"addresses of a ScyllaDB or Cassandra cluster; empty: none"`
	Port     int      `koanf:"port" help:"its port"`
	Keyspace string   `koanf:"keyspace" help:"the keyspace of tables that are named without one"`
	Username string   `koanf:"username" help:"user of the cluster"`
	Password string   `koanf:"password" secret:"true" help:"password of that user"`
}

// SupabaseConfig is about Supabase projects beside those of clients.
type SupabaseConfig struct {
	AccessToken string `koanf:"access_token" env:"SUPABASE_ACCESS_TOKEN" secret:"true" help:"personal access token for SSL enforcement"`
	ProjectRef  string `koanf:"project_ref" env:"PROJECT_REF" help:"project for SSL enforcement"`
	API         string `koanf:"api" help:"base address of the management API"`
}

// D1Config is about Cloudflare's D1.
type D1Config struct {
	API string `koanf:"api" help:"base address of Cloudflare's API"`
}

// backends are what a client of the file has beside its PostgreSQL database.
func (c *ClientConfig) backends() wire.Backends {
	var b wire.Backends
	if c.SupabaseURL != "" {
		b.Supabase = &wire.SupabaseBackend{URL: c.SupabaseURL, Key: c.SupabaseKey}
	}
	if c.D1DatabaseID != "" {
		b.D1 = &wire.D1Backend{AccountID: c.D1AccountID, DatabaseID: c.D1DatabaseID, Token: c.D1Token}
	}
	return b
}

// elsewhere reports whether a client has no PostgreSQL database, but another one.
func (c *ClientConfig) elsewhere() bool {
	return c.PgURI == "" && c.PgURIEnvVar == "" && c.backends() != (wire.Backends{})
}

// metadata puts the backends where the catalog has them.
func (c *ClientConfig) metadata() json.RawMessage {
	text, err := json.Marshal(c.backends())
	if err != nil { // it holds nothing but strings
		return nil
	}
	return text
}

// queries is the domain of statements by driver. What the operator has configured
// may be anywhere; what callers name must be public.
func (s *service) queries() query.API {
	c, trusted := s.config, remote.New(true)
	return query.API{
		Clients: s.clients, Scylla: s.scylla,
		Supabase:       supabase.Supabase{Remote: trusted, API: c.Supabase.API},
		CustomSupabase: supabase.Supabase{Remote: remote.New(false), API: c.Supabase.API},
		D1:             cloudflare.D1{Remote: trusted, API: c.D1.API},
		SupabaseToken:  c.Supabase.AccessToken, SupabaseProject: c.Supabase.ProjectRef,
	}
}

func (c *ScyllaConfig) cluster() *scylla.Cluster {
	return scylla.New(scylla.Config{Hosts: c.Hosts, Port: c.Port, Keyspace: c.Keyspace, Username: c.Username, Password: c.Password})
}
