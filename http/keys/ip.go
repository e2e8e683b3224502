package keys

import (
	"context"

	"athena/http/route"
	"athena/persistence/keysdb"
	"athena/wire"
)

func (a API) ipRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/api-keys/{id}/ip-policy", Access: route.Admin, Tag: tag, Do: route.JSON(a.getIPPolicy), Fails: []int{404},
			Summary: "Tell from where a key may be used"},
		{Method: "POST", Path: "/admin/api-keys/{id}/ip-whitelist", Access: route.Admin, Tag: tag, Do: route.JSON(a.addIPs(keysdb.Whitelist)), Fails: []int{404, 409},
			Summary: "Allow addresses to use a key; once there is one, no other may",
			Notes:   "An entry that is there already gets the label; one that overlaps with another is refused."},
		{Method: "DELETE", Path: "/admin/api-keys/{id}/ip-whitelist", Access: route.Admin, Tag: tag, Do: route.JSON(a.removeIPs(keysdb.Whitelist)), Fails: []int{404},
			Summary: "Take addresses off a key's whitelist"},
		{Method: "POST", Path: "/admin/api-keys/{id}/ip-blacklist", Access: route.Admin, Tag: tag, Do: route.JSON(a.addIPs(keysdb.Blacklist)), Fails: []int{404, 409},
			Summary: "Refuse addresses that use a key",
			Notes:   "An entry that is there already gets the label; one that overlaps with another is refused."},
		{Method: "DELETE", Path: "/admin/api-keys/{id}/ip-blacklist", Access: route.Admin, Tag: tag, Do: route.JSON(a.removeIPs(keysdb.Blacklist)), Fails: []int{404},
			Summary: "Take addresses off a key's blacklist"},
		{Method: "GET", Path: "/admin/api-keys/{id}/ip-seen", Access: route.Admin, Tag: tag, Do: route.JSON(a.listSeenIPs), Fails: []int{404},
			Summary: "List the addresses from which a key was used while it learnt them"},
	}
}

func (a API) getIPPolicy(ctx context.Context, in *wire.APIKeyByID) (wire.Success[wire.IPPolicyReply], error) {
	policy, err := a.Keys.IPPolicy(ctx, in.ID)
	return wire.OK("IP policy", wire.IPPolicyReply{Policy: policy}), err
}

// changeIPs is the handler of an operation on a list.
type changeIPs func(context.Context, *wire.ChangeKeyIPs) (wire.Success[wire.ChangedIPPolicy], error)

func (a API) addIPs(list keysdb.List) changeIPs {
	return func(ctx context.Context, in *wire.ChangeKeyIPs) (wire.Success[wire.ChangedIPPolicy], error) {
		ranges, err := wire.ParseIPRanges("addrs", in.Addrs)
		if err != nil {
			return wire.Success[wire.ChangedIPPolicy]{}, err
		}
		changed, err := a.Keys.AddIPs(ctx, in.ID, list, ranges, in.Label)
		return wire.OK("Added to the "+string(list), changed), err
	}
}

func (a API) removeIPs(list keysdb.List) changeIPs {
	return func(ctx context.Context, in *wire.ChangeKeyIPs) (wire.Success[wire.ChangedIPPolicy], error) {
		ranges, err := wire.ParseIPRanges("addrs", in.Addrs)
		if err != nil {
			return wire.Success[wire.ChangedIPPolicy]{}, err
		}
		changed, err := a.Keys.RemoveIPs(ctx, in.ID, list, ranges)
		return wire.OK("Removed from the "+string(list), changed), err
	}
}

func (a API) listSeenIPs(ctx context.Context, in *wire.ListSeenIPs) (wire.Success[wire.SeenIPPage], error) {
	list, err := a.Keys.SeenIPs(ctx, in.ID, in.PageSize(), in.Offset)
	return wire.OK("Seen addresses", wire.SeenIPPage{Records: list}), err
}
