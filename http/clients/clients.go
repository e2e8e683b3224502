// Package clients serves the catalog of Athena clients and the state of their
// pools. Addresses leave it without their passwords.
package clients

import (
	"context"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/clientsdb"
	"athena/wire"
)

// API is the client domain.
type API struct {
	Catalog clientsdb.Store
	Clients *pool.Clients
}

const tag = "Admin"

// Routes are the client operations.
func (a API) Routes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/clients", Access: route.Admin, Tag: tag, Do: route.JSON(a.listClients),
			Summary: "List the clients of the catalog and what this process knows of them"},
		{Method: "POST", Path: "/admin/clients", Access: route.Admin, Tag: tag, Do: route.JSON(a.createClient), Status: 201, Fails: []int{409},
			Summary: "Add a client to the catalog"},
		{Method: "GET", Path: "/clients", Access: route.Admin, Tag: tag, Do: route.JSON(a.clientNames),
			Summary: "List the names of the clients"},
		{Method: "GET", Path: "/admin/pools", Access: route.Admin, Tag: tag, Do: route.JSON(a.listPools),
			Summary: "List the open pools with their connections and health"},
	}
}

func (a API) listClients(ctx context.Context, _ *wire.ListAthenaClients) (wire.AthenaClientPage, error) {
	list, err := a.Catalog.List(ctx)
	if err != nil {
		return wire.AthenaClientPage{}, err
	}
	for i := range list {
		list[i] = list[i].Redacted()
	}
	return wire.AthenaClientPage{Clients: list, Runtime: a.runtime()}, nil
}

func (a API) runtime() []wire.RuntimeAthenaClient {
	targets := a.Clients.Targets()
	list := make([]wire.RuntimeAthenaClient, len(targets))
	for i, t := range targets {
		r := t.Record.Redacted()
		list[i] = wire.RuntimeAthenaClient{
			ClientName: t.Name, Source: r.Source, Description: r.Description, PgURI: r.PgURI, PgURIEnvVar: r.PgURIEnvVar,
			ConfigURITemplate: r.ConfigURITemplate, IsActive: !t.Inactive, IsFrozen: t.Frozen,
			PoolConnected: a.Clients.Connected(t.Name),
		}
	}
	return list
}

// createClient adds a client; this process takes it up before it answers, others
// within a moment.
func (a API) createClient(ctx context.Context, in *wire.SaveAthenaClient) (wire.AthenaClientReply, error) {
	client, err := a.Catalog.Create(ctx, in)
	if err != nil {
		return wire.AthenaClientReply{}, err
	}
	if err := a.Clients.Reload(ctx); err != nil {
		return wire.AthenaClientReply{}, err
	}
	return wire.AthenaClientReply{Client: client.Redacted()}, nil
}

func (a API) clientNames(context.Context, *wire.ListAthenaClients) (wire.AthenaClientNames, error) {
	names := []string{}
	for _, t := range a.Clients.Targets() {
		names = append(names, t.Name)
	}
	return wire.AthenaClientNames{Clients: names}, nil
}

func (a API) listPools(context.Context, *wire.ListPools) (wire.PoolPage, error) {
	return wire.PoolPage{Pools: a.Clients.Stats()}, nil
}
