package clients

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

func (a API) pressureRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/clients/pressure", Access: route.Admin, Tag: tag, Do: route.JSON(a.listPressure),
			Summary: "List how hard each client was pressed when it was last looked at"},
		{Method: "POST", Path: "/admin/clients/pressure/backfill", Access: route.Admin, Tag: tag, Do: route.JSON(a.backfillPressure), Status: 202,
			Summary: "Have snapshots made of hours that have passed, from the logs",
			Notes:   "It is done in the background. Hours that were filled in before are filled in again."},
		{Method: "GET", Path: "/admin/clients/{client_name}/pressure", Access: route.Admin, Tag: tag, Do: route.JSON(a.clientPressure), Fails: []int{404},
			Summary: "Read how hard a client is pressed, table by table, and how it was before"},
	}
}

func (a API) listPressure(ctx context.Context, _ *wire.ListPressure) (wire.Success[wire.PressurePage], error) {
	page, err := a.Statistics.Pressure(ctx)
	return wire.OK("Client pressure", page), err
}

func (a API) backfillPressure(ctx context.Context, in *wire.BackfillPressure) (wire.Success[wire.PressureBackfill], error) {
	run, err := a.Statistics.RequestBackfill(ctx, *in.HoursBack)
	return wire.OK("Backfill requested", wire.PressureBackfill{Request: run}), err
}

func (a API) clientPressure(ctx context.Context, in *wire.ClientByName) (wire.Success[wire.PressureDetail], error) {
	detail, err := a.Statistics.ClientPressure(ctx, in.ClientName)
	return wire.OK("Client pressure", detail), err
}
