package clients

import (
	"context"

	"athena/http/route"
	"athena/wire"
)

// Names of the jobs that operations ask for.
const (
	// CountJob adds up the logs.
	CountJob = "statistics"
)

func (a API) statisticsRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/admin/clients/statistics", Access: route.Admin, Tag: tag, Do: route.JSON(a.listStatistics),
			Summary: "List how much the clients were used",
			Notes:   "The logs are added up in the background; what was logged since the last time is not counted yet."},
		{Method: "POST", Path: "/admin/clients/statistics/refresh", Access: route.Admin, Tag: tag, Do: route.JSON(a.refreshStatistics),
			Summary: "Add up now what the logs hold, and list the statistics",
			Notes:   "Each row of the logs is counted once, so that the numbers outlive the rows that the retention of the logs removes."},
		{Method: "GET", Path: "/admin/clients/{client_name}/statistics", Access: route.Admin, Tag: tag, Do: route.JSON(a.clientStatistics), Fails: []int{404},
			Summary: "Read how much a client was used, table by table"},
		{Method: "GET", Path: "/admin/clients/{client_name}/statistics/drilldown", Access: route.Admin, Tag: tag, Do: route.JSON(a.drillDown),
			Summary: "List the logged operations of one kind on one table"},
	}
}

func (a API) listStatistics(ctx context.Context, _ *wire.ListStatistics) (wire.ClientStatisticsPage, error) {
	list, err := a.Statistics.Statistics(ctx)
	return wire.ClientStatisticsPage{Statistics: list}, err
}

func (a API) refreshStatistics(ctx context.Context, in *wire.ListStatistics) (wire.ClientStatisticsPage, error) {
	if err := a.Jobs.Run(ctx, CountJob); err != nil {
		return wire.ClientStatisticsPage{}, err
	}
	return a.listStatistics(ctx, in)
}

func (a API) clientStatistics(ctx context.Context, in *wire.ClientByName) (wire.ClientStatisticsDetail, error) {
	return a.Statistics.ClientStatistics(ctx, in.ClientName)
}

func (a API) drillDown(ctx context.Context, in *wire.DrillDown) (wire.DrillDownReply, error) {
	rows, err := a.Statistics.Drill(ctx, in)
	page := wire.LoggedOperations{
		ClientName: in.ClientName, TableName: in.TableName, Operation: in.Operation,
		Limit: *in.Limit, Offset: *in.Offset, Rows: rows,
	}
	return wire.DrillDownReply{
		Status: "success", Message: "Logged operations",
		Data: wire.DrillDownPage{Status: in.Status, LoggedOperations: page}, LoggedOperations: page,
	}, err
}
