// Package keys serves the administration of API keys.
package keys

import (
	"context"

	"athena/http/route"
	"athena/persistence/keysdb"
	"athena/wire"
)

// API is the key domain.
type API struct{ Keys keysdb.Store }

const tag = "Admin"

// Routes are the key operations.
func (a API) Routes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/api-keys", Access: route.Admin, Tag: tag, Do: route.JSON(a.listKeys),
			Summary: "List API keys"},
		{Method: "POST", Path: "/admin/api-keys", Access: route.Admin, Tag: tag, Do: route.JSON(a.createKey), Status: 201, Fails: []int{409},
			Summary: "Make an API key and show it, this once"},
	}
}

func (a API) listKeys(ctx context.Context, _ *wire.ListAPIKeys) (wire.APIKeyPage, error) {
	list, err := a.Keys.List(ctx)
	return wire.APIKeyPage{APIKeys: list}, err
}

func (a API) createKey(ctx context.Context, in *wire.CreateAPIKey) (wire.CreatedAPIKey, error) {
	return a.Keys.Create(ctx, in)
}
