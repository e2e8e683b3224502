// Package management changes the schema of a client's own database: tables,
// columns, indexes, views, functions and extensions. Each change is noted in the
// control database before it is tried, runs in one transaction, and is known to
// every node once it is made.
package management

import (
	"context"
	"log/slog"
	"slices"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/ddl"
	"athena/persistence/managementdb"
	"athena/wire"
)

// API is the management domain.
type API struct {
	Clients *pool.Clients
	// Audit keeps the record of changes.
	Audit managementdb.Audit
	// Log hears of what could not be noted after a change was made.
	Log *slog.Logger
}

const tag = "Management"

// Rights of the operations.
const (
	read           = "management.read"
	writeTables    = "management.tables.write"
	dropTables     = "management.tables.drop"
	dropColumns    = "management.columns.drop"
	writeIndexes   = "management.indexes.write"
	dropIndexes    = "management.indexes.drop"
	writeExtension = "management.extensions.write"
	readFunctions  = "management.functions.read"
	writeFunctions = "management.functions.write"
	dropFunctions  = "management.functions.drop"
)

const expressionNote = "Types, defaults and conditions are parsed by PostgreSQL's own parser; each has to be one of its kind, " +
	"without queries and without functions that reach beyond the database."

// Routes are the management operations.
func (a API) Routes() route.Table {
	return slices.Concat(a.tableRoutes(), a.viewRoutes(), a.functionRoutes())
}

func (a API) tableRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/management/capabilities", Access: route.Management, Right: read, Static: true, Tag: tag, Do: route.JSON(a.capabilities), Fails: []int{503},
			Summary: "Tell what can be managed, and which right each operation needs"},
		{Method: "POST", Path: "/management/tables", Access: route.Management, Right: writeTables, Tag: tag, Do: typed(a, ddl.CreateTable), Status: 201, Fails: []int{409},
			Summary: "Create a table", Notes: expressionNote},
		{Method: "PATCH", Path: "/management/tables/{table_name}", Access: route.Management, Right: writeTables, Tag: tag, Do: typed(a, ddl.EditTable), Fails: []int{404, 409},
			Summary: "Change a table, all steps or none", Notes: expressionNote},
		{Method: "DELETE", Path: "/management/tables/{table_name}", Access: route.Management, Right: dropTables, Tag: tag, Do: plain(a, ddl.DropTable), Fails: []int{404, 409},
			Summary: "Drop a table"},
		{Method: "DELETE", Path: "/management/tables/{table_name}/columns/{column_name}", Access: route.Management, Right: dropColumns, Tag: tag, Do: plain(a, ddl.DropColumn), Fails: []int{404, 409},
			Summary: "Drop a column"},
		{Method: "POST", Path: "/management/indexes", Access: route.Management, Right: writeIndexes, Tag: tag, Do: plain(a, ddl.CreateIndex), Status: 201, Fails: []int{404, 409},
			Summary: "Create an index"},
		{Method: "DELETE", Path: "/management/indexes/{index_name}", Access: route.Management, Right: dropIndexes, Tag: tag, Do: plain(a, ddl.DropIndex), Fails: []int{404, 409},
			Summary: "Drop an index"},
	}
}

func (a API) viewRoutes() route.Table {
	return route.Table{
		{Method: "POST", Path: "/management/views", Access: route.Management, Right: writeTables, Tag: tag, Do: plain(a, ddl.CreateView), Fails: []int{409},
			Summary: "Create a view, materialized or not", Notes: "The definition is one SELECT, which is parsed by PostgreSQL's own parser."},
		{Method: "DELETE", Path: "/management/views/{view_name}", Access: route.Management, Right: dropTables, Tag: tag, Do: plain(a, ddl.DropView), Fails: []int{404, 409},
			Summary: "Drop a view"},
		{Method: "POST", Path: "/management/extensions/install", Access: route.Management, Right: writeExtension, Tag: tag, Do: plain(a, ddl.InstallExtension), Fails: []int{409},
			Summary: "Install an extension that the capabilities list"},
	}
}

func (a API) functionRoutes() route.Table {
	return route.Table{
		{Method: "GET", Path: "/management/functions", Access: route.Management, Right: readFunctions, Tag: tag, Do: route.JSON(a.functions),
			Summary: "List functions"},
		{Method: "PUT", Path: "/management/functions", Access: route.Management, Right: writeFunctions, Tag: tag, Do: plain(a, ddl.UpsertFunction), Fails: []int{409},
			Summary: "Create or replace a function", Notes: "The text has to be one CREATE OR REPLACE FUNCTION statement, in SQL or PL/pgSQL."},
		{Method: "DELETE", Path: "/management/functions", Access: route.Management, Right: dropFunctions, Tag: tag, Do: plain(a, ddl.DropFunction), Fails: []int{404, 409},
			Summary: "Drop a function that nothing depends on"},
	}
}

// capabilities derives the operations and their rights from the routes.
func (a API) capabilities(ctx context.Context, _ *wire.DescribeManagement) (wire.Success[wire.ManagementCapabilities], error) {
	out := wire.ManagementCapabilities{
		Backend: "postgresql", AllowedColumnDataTypes: ddl.DataTypes, AllowedIndexMethods: ddl.IndexMethods, AllowedExtensions: ddl.Extensions,
	}
	// A client that nobody knows has no capabilities.
	if _, err := a.Clients.Target(route.CallOf(ctx).Caller.Client); err != nil {
		return wire.Success[wire.ManagementCapabilities]{}, err
	}
	for _, r := range a.Routes() {
		name := r.Name()
		out.SupportedOperations = append(out.SupportedOperations, name)
		out.RequiredRights = append(out.RequiredRights, wire.ManagementRight{Operation: name, RequiredRight: r.Right})
	}
	return wire.OK("Management capabilities", out), nil
}

func (a API) functions(ctx context.Context, in *wire.ListFunctions) (wire.Success[wire.ManagedFunctionPage], error) {
	db, err := a.Clients.DB(ctx, route.CallOf(ctx).Caller.Client)
	if err != nil {
		return wire.Success[wire.ManagedFunctionPage]{}, err
	}
	list, err := managementdb.Schema{DB: db}.Functions(ctx, in)
	return wire.OK("Functions", wire.ManagedFunctionPage{Functions: list}), err
}
