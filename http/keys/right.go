package keys

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) rightRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/api-key-rights", Access: route.Admin, Tag: tag, Do: route.JSON(a.listRights),
			Summary: "List the rights that can be granted to keys"},
		{Method: "POST", Path: "/admin/api-key-rights", Access: route.Admin, Tag: tag, Do: route.JSON(a.createRight), Status: 201, Fails: []int{409},
			Summary: "Define a right, such as orders.read for the table orders"},
		{Method: "PATCH", Path: "/admin/api-key-rights/{id}", Access: route.Admin, Tag: tag, Do: route.JSON(a.updateRight), Fails: []int{404, 409},
			Summary: "Rename a right or change its description"},
		{Method: "DELETE", Path: "/admin/api-key-rights/{id}", Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteRight), Fails: []int{404},
			Summary: "Delete a right and withdraw it from every key"},
		{Method: "GET", Path: "/admin/rights/catalog", Access: route.Admin, Tag: tag, Do: route.JSON(a.rightCatalog),
			Summary: "Explain every right: what it is about and what it covers"},
	}
}

func (a API) listRights(ctx context.Context, _ *wire.ListKeyRights) (wire.KeyRightPage, error) {
	list, err := a.Keys.Rights(ctx)
	return wire.KeyRightPage{Rights: list}, err
}

func (a API) createRight(ctx context.Context, in *wire.SaveKeyRight) (wire.KeyRightReply, error) {
	right, err := a.Keys.CreateRight(ctx, in)
	return wire.KeyRightReply{Right: right}, err
}

func (a API) updateRight(ctx context.Context, in *wire.UpdateKeyRight) (wire.KeyRightReply, error) {
	right, err := a.Keys.UpdateRight(ctx, in)
	return wire.KeyRightReply{Right: right}, err
}

func (a API) deleteRight(ctx context.Context, in *wire.KeyRightByID) (wire.DeletedID, error) {
	return wire.DeletedID{ID: in.ID}, a.Keys.DeleteRight(ctx, in.ID)
}

func (a API) rightCatalog(ctx context.Context, _ *wire.ListKeyRights) (wire.Success[wire.RightCatalog], error) {
	list, err := a.Keys.Rights(ctx)
	return wire.OK("Rights catalog", wire.CatalogOf(list)), err
}
