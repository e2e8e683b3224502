package keys

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) virginRoutes() route.Table {
	return route.Table{
		{Method: "POST", Path: "/admin/api-keys/{id}/virgin/promote", Access: route.Admin, Tag: tag, Do: route.JSON(a.promote), Fails: []int{404, 409},
			Summary: "End a key's learning now: the first addresses it was used from become its whitelist"},
		{Method: "POST", Path: "/admin/api-keys/{id}/virgin/reset", Access: route.Admin, Tag: tag, Do: route.JSON(a.resetVirgin), Fails: []int{404, 409},
			Summary: "Let a key learn its addresses anew",
			Notes:   "The whitelist keeps its entries; it counts again once the learning ends."},
	}
}

func (a API) promote(ctx context.Context, in *wire.APIKeyByID) (wire.Success[wire.ChangedIPPolicy], error) {
	changed, err := a.Keys.Promote(ctx, in.ID)
	return wire.OK("Key locked in", changed), err
}

func (a API) resetVirgin(ctx context.Context, in *wire.ResetVirgin) (wire.Success[wire.ChangedIPPolicy], error) {
	changed, err := a.Keys.ResetVirgin(ctx, in.ID, in.ClearSeen)
	return wire.OK("Key learns anew", changed), err
}
