package keys

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) configRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/api-key-config", Access: route.Admin, Tag: tag, Do: route.JSON(a.getConfig),
			Summary: "Tell for which clients callers need a key"},
		{Method: "PUT", Path: "/admin/api-key-config", Access: route.Admin, Tag: tag, Do: route.JSON(a.setConfig),
			Summary: "Say whether callers need a key where a client has no rule of its own"},
		{Method: "GET", Path: "/admin/api-key-clients", Access: route.Admin, Tag: tag, Do: route.JSON(a.listClientConfigs),
			Summary: "List the clients with a rule of their own about keys"},
		{Method: "PUT", Path: "/admin/api-key-clients/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.setClientConfig),
			Summary: "Say whether callers of a client need a key"},
		{Method: "DELETE", Path: "/admin/api-key-clients/{client_name}", Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteClientConfig), Fails: []int{404},
			Summary: "Remove a client's own rule, so that it follows the one for all"},
	}
}

func (a API) getConfig(ctx context.Context, _ *wire.GetKeyConfig) (wire.KeyConfigReply, error) {
	return a.Keys.Config(ctx)
}

func (a API) setConfig(ctx context.Context, in *wire.SetKeyConfig) (wire.KeyConfigReply, error) {
	if err := a.Keys.SetConfig(ctx, *in.EnforceAPIKeys); err != nil {
		return wire.KeyConfigReply{}, err
	}
	return a.Keys.Config(ctx)
}

func (a API) listClientConfigs(ctx context.Context, _ *wire.GetKeyConfig) (wire.KeyClientConfigPage, error) {
	list, err := a.Keys.ClientConfigs(ctx)
	return wire.KeyClientConfigPage{Clients: list}, err
}

func (a API) setClientConfig(ctx context.Context, in *wire.SetKeyClientConfig) (wire.KeyClientConfigReply, error) {
	rule, err := a.Keys.SetClientConfig(ctx, in.ClientName, *in.EnforceAPIKeys)
	return wire.KeyClientConfigReply{Client: rule}, err
}

func (a API) deleteClientConfig(ctx context.Context, in *wire.ClientByName) (wire.DeletedClientName, error) {
	return wire.DeletedClientName{ClientName: in.ClientName}, a.Keys.DeleteClientConfig(ctx, in.ClientName)
}
