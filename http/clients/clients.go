// Package clients serves the catalog of Athena clients and the state of their
// pools. Addresses leave it without their passwords.
package clients

import (
	"context"
	"slices"

	"athena/actors/collector"
	"athena/actors/jobs"
	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/clientsdb"
	"athena/persistence/daemonsdb"
	"athena/persistence/statsdb"
	"athena/wire"
)

// API is the client domain.
type API struct {
	Catalog clientsdb.Store
	Clients *pool.Clients
	Daemons daemonsdb.Store
	// Statistics are what is known of the clients over time.
	Statistics statsdb.Store
	// Collector looks at the clients' databases.
	Collector *collector.Collector
	// Estimates keeps row estimates for a moment.
	Estimates *Estimates
	// Jobs does in the background what the statistics need.
	Jobs *jobs.Jobs
	// Configured are the configurations of clients in the server's own file.
	Configured map[string]wire.ClientConfig
}

const tag = "Admin"

// Routes are the client operations.
func (a API) Routes() route.Table {
	return slices.Concat(a.clientRoutes(), a.configRoutes(), a.daemonRoutes(), a.statisticsRoutes(),
		a.healthRoutes(), a.pressureRoutes(), a.optimizationRoutes(), a.admissionRoutes())
}

func (a API) clientRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/clients", Access: route.Admin, Tag: tag, Do: route.JSON(a.listClients),
			Summary: "List the clients of the catalog and what this process knows of them"},
		{Method: "POST", Path: "/admin/clients", Access: route.Admin, Tag: tag, Do: route.JSON(a.createClient), Status: 201, Fails: []int{409},
			Summary: "Add a client to the catalog"},
		{Method: "PATCH", Path: "/admin/clients/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.updateClient), Fails: []int{404, 409},
			Summary: "Change a client: its name, address, description, or whether it is active",
			Notes:   "A new address is opened while the old one still serves. Keys and rules that name the client follow a new name."},
		{Method: "DELETE", Path: "/admin/clients/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteClient), Fails: []int{404, 409},
			Summary: "Take a client out of the catalog; its database is left alone"},
		{Method: "PUT", Path: "/admin/clients/{client_name}/freeze", Access: route.Admin, Tag: tag, Do: route.JSON(a.freezeClient), Fails: []int{404, 409},
			Summary: "Have a client's requests refused for now, or let through again"},
		{Method: "GET", Path: "/clients", Access: route.Admin, Static: true, Tag: tag, Do: route.JSON(a.clientNames),
			Summary: "List the names of the clients"},
		{Method: "GET", Path: "/schema/clients", Access: route.Admin, Static: true, Tag: tag, Do: route.JSON(a.clientNames),
			Summary: "List the names of the clients, under another path"},
		{Method: "GET", Path: "/admin/pools", Access: route.Admin, Static: true, Tag: tag, Do: route.JSON(a.listPools),
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

func (a API) createClient(ctx context.Context, in *wire.SaveAthenaClient) (wire.AthenaClientReply, error) {
	if err := a.changeable(in.ClientName); err != nil {
		return wire.AthenaClientReply{}, err
	}
	client, err := a.Catalog.Create(ctx, in)
	return a.takeUp(ctx, client, err)
}

func (a API) updateClient(ctx context.Context, in *wire.UpdateAthenaClient) (wire.AthenaClientReply, error) {
	names := []string{in.ClientName}
	if in.NewName != nil {
		names = append(names, *in.NewName)
	}
	if err := a.changeable(names...); err != nil {
		return wire.AthenaClientReply{}, err
	}
	client, err := a.Catalog.Update(ctx, in)
	return a.takeUp(ctx, client, err)
}

func (a API) deleteClient(ctx context.Context, in *wire.ClientByName) (wire.AthenaClientReply, error) {
	if err := a.changeable(in.ClientName); err != nil {
		return wire.AthenaClientReply{}, err
	}
	client, err := a.Catalog.Remove(ctx, in.ClientName)
	return a.takeUp(ctx, client, err)
}

func (a API) freezeClient(ctx context.Context, in *wire.FreezeAthenaClient) (wire.AthenaClientReply, error) {
	if err := a.changeable(in.ClientName); err != nil {
		return wire.AthenaClientReply{}, err
	}
	client, err := a.Catalog.Freeze(ctx, in.ClientName, *in.IsFrozen)
	return a.takeUp(ctx, client, err)
}

// changeable refuses clients of the configuration file: it would win over what the
// catalog says of them.
func (a API) changeable(names ...string) error {
	for _, t := range a.Clients.Targets() {
		if t.Record.Source == fromFile && slices.Contains(names, t.Name) {
			return wire.Fail(wire.State, "the client %s is set in the server's configuration", t.Name).At("client_name").
				WithHint("change it in the configuration file")
		}
	}
	return nil
}

// fromFile is the source of a client of the configuration file.
const fromFile = "config"

// takeUp has this process act on a change of the catalog before it answers; other
// processes do within a moment.
func (a API) takeUp(ctx context.Context, client wire.AthenaClient, err error) (wire.AthenaClientReply, error) {
	if err == nil {
		err = a.Clients.Reload(ctx)
	}
	if err != nil {
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
