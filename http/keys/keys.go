// Package keys serves the administration of API keys: the keys, their rights,
// whether they are enforced, and from where they may be used. A change counts on
// every node within a moment, because the nodes listen for it.
package keys

import (
	"context"
	"slices"

	"athena/http/route"
	"athena/persistence/keysdb"
	"athena/wire"
)

// API is the key domain.
type API struct{ Keys keysdb.Store }

const tag = "Admin"

// Routes are the key operations.
func (a API) Routes() route.Table {
	return slices.Concat(a.keyRoutes(), a.rightRoutes(), a.configRoutes(), a.ipRoutes(), a.virginRoutes(), a.globalIPRoutes())
}

func (a API) keyRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/api-keys", Access: route.Admin, Tag: tag, Do: route.JSON(a.listKeys),
			Summary: "List API keys"},
		{Method: "POST", Path: "/admin/api-keys", Access: route.Admin, Tag: tag, Do: route.JSON(a.createKey), Status: 201, Fails: []int{409},
			Summary: "Make an API key and show it, this once"},
		{Method: "GET", Path: "/admin/api-keys/{id}", Access: route.Admin, Tag: tag, Do: route.JSON(a.getKey), Fails: []int{404},
			Summary: "Read an API key, without its secret"},
		{Method: "PATCH", Path: "/admin/api-keys/{id}", Access: route.Admin, Tag: tag, Do: route.JSON(a.updateKey), Fails: []int{404},
			Summary: "Change an API key: its names, client, expiry, rights, or whether it is active"},
		{Method: "DELETE", Path: "/admin/api-keys/{id}", Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteKey), Fails: []int{404},
			Summary: "Delete an API key; it stops working at once"},
	}
}

func (a API) listKeys(ctx context.Context, in *wire.ListAPIKeys) (wire.APIKeyPage, error) {
	list, err := a.Keys.Page(ctx, in.Limit, in.Offset)
	return wire.APIKeyPage{APIKeys: list}, err
}

func (a API) createKey(ctx context.Context, in *wire.CreateAPIKey) (wire.CreatedAPIKey, error) {
	return a.Keys.Create(ctx, in)
}

func (a API) getKey(ctx context.Context, in *wire.APIKeyByID) (wire.APIKeyReply, error) {
	record, err := a.Keys.Get(ctx, in.ID)
	return wire.APIKeyReply{Record: record}, err
}

func (a API) updateKey(ctx context.Context, in *wire.UpdateAPIKey) (wire.APIKeyReply, error) {
	record, err := a.Keys.Update(ctx, in)
	return wire.APIKeyReply{Record: record}, err
}

func (a API) deleteKey(ctx context.Context, in *wire.APIKeyByID) (wire.DeletedID, error) {
	return wire.DeletedID{ID: in.ID}, a.Keys.Delete(ctx, in.ID)
}
