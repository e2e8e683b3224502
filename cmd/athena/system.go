package main

import (
	"cmp"
	"context"
	"net"

	"athena/http/openapi"
	"athena/http/route"
	"athena/http/server"
	"athena/http/system"
	"athena/wire"
)

// systemAPI is the domain of the server itself. tables are known only once it is
// made, being one of them.
func (s *service) systemAPI(m *server.Metrics, tables func() []route.Table) system.API {
	g := &s.config.Gateway
	return system.API{
		Version: version, DocsURL: s.config.URLs.Docs, ErrorsURL: s.config.URLs.Errors, Document: openapi.Document, DockerSocket: dockerSocket,
		Tables: tables, Metrics: m.Registry, Scylla: s.scylla.Configured(),
		KeyStore: func(ctx context.Context) error { _, err := s.control.keys().Policy(ctx); return err },
		Registry: system.NewRegistry(s.control.self()),
		Cluster:  system.NewCluster(s.control.daemons()),
		Inspection: system.Inspection{
			Control: s.control.self(), Daemons: s.control.daemons(), Clients: s.clients, Routes: s.directory.List, Logs: s.logs,
			Settings:      wire.GatewayRouting{BaseDomain: g.BaseDomain, DirectURI: g.DirectURI, APIKeyFailMode: g.APIKeyFailMode},
			LoggingClient: g.LoggingClient,
		},
	}
}

// nodeAddress is where other servers reach this one.
func (s *service) nodeAddress(listener net.Listener) string {
	return cmp.Or(s.config.URLs.Node, listener.Addr().String())
}
