package clients

import (
	"context"
	"maps"
	"slices"

	"athena/http/route"
	"athena/wire"
)

func (a API) configRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/client-configs", Access: route.Admin, Tag: tag, Do: route.JSON(a.listConfigs),
			Summary: "List what is set for single clients"},
		{Method: "GET", Path: "/admin/client-configs/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.getConfig), Fails: []int{404},
			Summary: "Read what is set for a client"},
		{Method: "PUT", Path: "/admin/client-configs/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.saveConfig),
			Summary: "Set a client's configuration, in place of what was set before",
			Notes:   "Every node takes it up within a moment."},
		{Method: "DELETE", Path: "/admin/client-configs/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteConfig), Fails: []int{404},
			Summary: "Remove a client's configuration, so that the server's own settings count"},
		{Method: "POST", Path: "/admin/client-configs/seed-from-config", Access: route.Admin, Tag: tag, Do: route.JSON(a.seedConfigs),
			Summary: "Store the clients' configurations of the server's file",
			Notes:   "What the file says takes the place of what was stored for the same client; other clients keep theirs."},
	}
}

func (a API) listConfigs(ctx context.Context, _ *wire.ListClientConfigs) (wire.Success[wire.ClientConfigPage], error) {
	list, err := a.Catalog.Configs(ctx)
	return wire.OK("Client configurations", wire.ClientConfigPage{Configs: list}), err
}

func (a API) getConfig(ctx context.Context, in *wire.ClientByName) (wire.Success[wire.ClientConfigReply], error) {
	record, err := a.Catalog.Config(ctx, in.ClientName)
	return wire.OK("Client configuration", wire.ClientConfigReply{Config: record}), err
}

func (a API) saveConfig(ctx context.Context, in *wire.SaveClientConfig) (wire.Success[wire.ClientConfigReply], error) {
	if !a.known(in.ClientName) {
		return wire.Success[wire.ClientConfigReply]{}, wire.Fail(wire.ClientUnknown, "there is no Athena client %q", in.ClientName).At("client_name")
	}
	record, err := a.Catalog.SaveConfig(ctx, in.ClientName, in.Parsed, in.Metadata)
	return wire.OK("Client configuration saved", wire.ClientConfigReply{Config: record}), a.reload(ctx, err)
}

func (a API) known(client string) bool {
	for _, t := range a.Clients.Targets() {
		if t.Name == client {
			return true
		}
	}
	return false
}

func (a API) deleteConfig(ctx context.Context, in *wire.ClientByName) (wire.Success[wire.ClientConfigReply], error) {
	record, err := a.Catalog.DeleteConfig(ctx, in.ClientName)
	return wire.OK("Client configuration removed", wire.ClientConfigReply{Config: record}), a.reload(ctx, err)
}

// reload has this process take up a change before it answers.
func (a API) reload(ctx context.Context, err error) error {
	if err != nil {
		return err
	}
	return a.Clients.Reload(ctx)
}

func (a API) seedConfigs(ctx context.Context, _ *wire.ListClientConfigs) (wire.Success[wire.SeededClientConfigs], error) {
	if err := a.Catalog.SeedConfigs(ctx, a.Configured); err != nil {
		return wire.Success[wire.SeededClientConfigs]{}, err
	}
	list, err := a.Catalog.Configs(ctx)
	err = a.reload(ctx, err)
	seeded := slices.AppendSeq([]string{}, maps.Keys(a.Configured))
	slices.Sort(seeded)
	return wire.OK("Client configurations stored", wire.SeededClientConfigs{Seeded: seeded, Configs: list}), err
}
