package clients

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) daemonRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/daemons", Access: route.Admin, Tag: tag, Do: route.JSON(a.listDaemons),
			Summary: "List the processes that work on the control database, and whether they are alive"},
	}
}

func (a API) listDaemons(ctx context.Context, _ *wire.ListDaemons) (wire.Success[wire.DaemonPage], error) {
	list, err := a.Daemons.List(ctx)
	if err != nil {
		return wire.Success[wire.DaemonPage]{}, err
	}
	jobs, err := a.Daemons.Jobs(ctx)
	return wire.OK("Daemons", wire.DaemonPage{Daemons: list, Jobs: jobs}), err
}
