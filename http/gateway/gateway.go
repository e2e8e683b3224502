// Package gateway serves the structured operations on a client's tables: fetch,
// insert, update, delete, and a caller's own SQL.
package gateway

import (
	"context"

	"athena/actors/pool"
	"athena/actors/window"
	"athena/http/route"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// API is the gateway domain.
type API struct {
	Clients *pool.Clients
	// Windows let inserts share statements; nil stores each alone.
	Windows *window.Windows
	// MaxRows is the most rows that one read answers, and how many it answers
	// where the caller sets no limit.
	MaxRows int64
	// Deferred are the writes that are done later.
	Deferred Deferred
}

const (
	tag      = "Gateway"
	rpcTag   = "RPC"
	callNote = "Arguments go by name and are checked against the function's declaration; the answer to those that do not fit lists the signatures. " +
		"What comes back can be shaped like the rows of a table. It needs the right gateway.rpc.execute, and for relations in `select` the right to read them."
	fetchNote = "Rows are read from a table or a view by conditions that must all hold, in any of the shapes below. " +
		"Relations in `select` are found through foreign keys; `foreign_key` settles which one is meant. " +
		"Where the caller gives no limit, the server's own applies."

	nestNote = "A row may hold rows of its relations by their name, one or a list of them; all are added or none."

	transactionNote = "The operations run in their order in one database transaction. When one fails nothing is kept, and the answer is a failure with the " +
		"status of that operation; its `data` tells of each. A transaction that meets others and is undone for it is run again, a few times. " +
		"With an `idempotency_key` it is done once: the same request gets the first answer again, for a week; another request of that key is refused."
)

// Routes are the gateway's operations.
func (a API) Routes() route.Table {
	return append(a.deferredRoutes(), route.Table{
		{Method: "POST", Path: "/gateway/fetch", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.Fetch, wire.FetchReply](a.fetch),
			Summary: "Read rows", Notes: fetchNote},
		{Method: "POST", Path: "/gateway/data", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.Fetch, wire.FetchReply](a.fetch),
			Summary: "Read rows, as /gateway/fetch does", Notes: fetchNote},
		{Method: "GET", Path: "/data", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.FetchByQuery, wire.FetchReply](a.fetchByQuery),
			Summary: "Read rows by a query string"},
		{Method: "PUT", Path: "/gateway/insert", Access: route.Gateway, Later: route.OnLimit, Tag: tag, Do: route.Rows[wire.InsertRows, wire.InsertReply](a.insert), Fails: []int{409},
			Summary: "Add rows, or change those that are there already", Notes: nestNote},
		{Method: "POST", Path: "/gateway/update", Access: route.Gateway, Later: route.OnLimit, Tag: tag, Do: route.Rows[wire.UpdateRows, wire.MutationReply](a.update), Fails: []int{409},
			Summary: "Change the rows that meet the conditions"},
		{Method: "DELETE", Path: "/gateway/delete", Access: route.Gateway, Later: route.OnLimit, Tag: tag, Do: route.Rows[wire.DeleteRows, wire.MutationReply](a.delete), Fails: []int{409},
			Summary: "Remove a row by its primary key, or the rows that meet the conditions"},
		{Method: "POST", Path: "/gateway/query", Access: route.Gateway, Later: route.OnRequest, Tag: tag, Do: route.Rows[wire.Query, wire.QueryReply](a.query), Fails: []int{409},
			Summary: "Run one SQL statement", Notes: "The statement is a transaction by itself; what it sets in its session is undone after it."},
		{Method: "POST", Path: "/gateway/transaction", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.Transaction, wire.TransactionReply](a.transact), Fails: []int{409},
			Summary: "Do several operations, all or none", Notes: transactionNote},
		{Method: "POST", Path: "/gateway/rpc", Access: route.Gateway, Tag: rpcTag, Do: route.Rows[wire.CallFunction, wire.CallReply](a.callFunction), Fails: []int{409},
			Summary: "Call a function", Notes: callNote},
		{Method: "POST", Path: "/rpc/{function_name}", Access: route.Gateway, Tag: rpcTag, Do: route.Rows[wire.CallNamed, wire.CallReply](a.callNamed), Fails: []int{409},
			Summary: "Call the function of the path", Notes: callNote},
		{Method: "GET", Path: "/rpc/{function_name}", Access: route.Gateway, Tag: rpcTag, Do: route.Rows[wire.CallByQuery, wire.CallReply](a.callByQuery), Fails: []int{409},
			Summary: "Call the function of the path, if it changes nothing", Notes: callNote},
	}...)
}

// open gives the caller's database, and notes what is done there for the log.
func (a API) open(ctx context.Context, operation string, name sqltext.Name) (*pool.Pool, *route.Call, error) {
	call := route.CallOf(ctx)
	call.Operation = &wire.OperationLog{Operation: operation, SchemaName: name.Schema, TableName: name.Table}
	p, err := a.Clients.For(ctx, call.Caller.Client, call.Caller.DirectURI)
	return p, call, err
}

// run compiles a statement, if the caller has the right to each of its tables, and
// runs it.
func run(ctx context.Context, p *pool.Pool, call *route.Call, request any, mode gatewaydb.Mode, action string) (gatewaydb.Result, error) {
	st, err := p.Prepare(ctx, request, mode, call.Caller.Allowing(action))
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := p.Run(ctx, st)
	call.Operation.Rows = result.Rows
	return result, err
}

// searchPath is where names without a schema are looked for.
var searchPath = []string{"public"}

func mode(stripNulls bool, header string) gatewaydb.Mode {
	return gatewaydb.Mode{Path: searchPath, StripNulls: stripNulls || header == "true" || header == "1"}
}
