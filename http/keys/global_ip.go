package keys

import (
	"context"

	"athena/http/route"
	"athena/persistence/keysdb"
	"athena/wire"
)

const (
	whitelistPath = "/admin/ip-global-whitelist"
	blacklistPath = "/admin/ip-global-blacklist"
)

func (a API) globalIPRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: whitelistPath, Access: route.Admin, Tag: tag, Do: route.JSON(a.listGlobalIPs(keysdb.Whitelist)),
			Summary: "List the addresses that may use keys at all",
			Notes:   "Once there is an entry for all clients, or for the client that is called, a key is refused from any other address, whatever its own whitelist says."},
		{Method: "POST", Path: whitelistPath, Access: route.Admin, Tag: tag, Do: route.JSON(a.saveGlobalIP(keysdb.Whitelist)), Fails: []int{409},
			Summary: "Allow an address to use keys, of all clients or of one"},
		{Method: "DELETE", Path: whitelistPath, Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteGlobalIP(keysdb.Whitelist)),
			Summary: "Take an address off the whitelist for all keys"},
		{Method: "GET", Path: blacklistPath, Access: route.Admin, Tag: tag, Do: route.JSON(a.listGlobalIPs(keysdb.Blacklist)),
			Summary: "List the addresses that may use no key",
			Notes:   "An entry counts before every other rule."},
		{Method: "POST", Path: blacklistPath, Access: route.Admin, Tag: tag, Do: route.JSON(a.saveGlobalIP(keysdb.Blacklist)), Fails: []int{409},
			Summary: "Refuse an address every key, of all clients or of one"},
		{Method: "DELETE", Path: blacklistPath, Access: route.Admin, Tag: tag, Do: route.JSON(a.deleteGlobalIP(keysdb.Blacklist)),
			Summary: "Take an address off the blacklist for all keys"},
	}
}

func (a API) listGlobalIPs(list keysdb.List) func(context.Context, *wire.ListGlobalIPRules) (wire.Success[wire.GlobalIPRulePage], error) {
	return func(ctx context.Context, _ *wire.ListGlobalIPRules) (wire.Success[wire.GlobalIPRulePage], error) {
		rules, err := a.Keys.GlobalIPs(ctx, list)
		return wire.OK("Global "+string(list), wire.GlobalIPRulePage{Records: rules}), err
	}
}

func (a API) saveGlobalIP(list keysdb.List) func(context.Context, *wire.SaveGlobalIPRule) (wire.Success[wire.GlobalIPRuleReply], error) {
	return func(ctx context.Context, in *wire.SaveGlobalIPRule) (wire.Success[wire.GlobalIPRuleReply], error) {
		addr, err := wire.ParseIPRange("addr", in.Addr)
		if err != nil {
			return wire.Success[wire.GlobalIPRuleReply]{}, err
		}
		rule, err := a.Keys.SaveGlobalIP(ctx, list, addr, in.ClientName, in.Label)
		return wire.OK("Saved in the global "+string(list), wire.GlobalIPRuleReply{Record: rule}), err
	}
}

func (a API) deleteGlobalIP(list keysdb.List) func(context.Context, *wire.DeleteGlobalIPRule) (wire.Success[wire.DeletedGlobalIPRule], error) {
	return func(ctx context.Context, in *wire.DeleteGlobalIPRule) (wire.Success[wire.DeletedGlobalIPRule], error) {
		addr, err := wire.ParseIPRange("addr", in.Addr)
		if err != nil {
			return wire.Success[wire.DeletedGlobalIPRule]{}, err
		}
		n, err := a.Keys.DeleteGlobalIP(ctx, list, addr, in.ClientName)
		return wire.OK("Removed from the global "+string(list), wire.DeletedGlobalIPRule{Deleted: n}), err
	}
}
