// Package query serves statements that callers write in the language of one of
// several databases, and counts.
package query

import (
	"context"
	"fmt"
	"strings"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/cloudflare"
	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/persistence/scylla"
	"athena/persistence/sqltext"
	"athena/persistence/supabase"
	"athena/wire"

	"github.com/goccy/go-json"
)

// API is the domain of statements by driver.
type API struct {
	Clients *pool.Clients
	// Supabase reaches the projects that the operator has chosen, CustomSupabase
	// those that callers name.
	Supabase, CustomSupabase supabase.Supabase
	// D1 reaches Cloudflare's databases.
	D1 cloudflare.D1
	// Scylla is the cluster of the driver athena; nil for none.
	Scylla *scylla.Cluster
	// SupabaseToken and SupabaseProject are what a request for SSL enforcement
	// leaves out.
	SupabaseToken, SupabaseProject string
}

const (
	tag     = "SQL"
	sqlNote = "With the driver `postgresql` the statement runs in the client's database, or in that of a direct address with user and password; " +
		"`supabase` takes the project of the client's catalog entry, or the one that the headers name for the client `custom_supabase`; " +
		"`d1` takes the D1 database of the catalog entry; `athena` takes the server's ScyllaDB or Cassandra cluster. It needs the right gateway.query."
)

// Routes are the operations of statements by driver.
func (a API) Routes() route.Table {
	return route.Table{
		{Method: "POST", Path: "/query/sql", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.ExecuteSQL, wire.QueryReply](a.execute), Fails: []int{409},
			Summary: "Run one statement by a driver", Notes: sqlNote},
		{Method: "POST", Path: "/gateway/sql", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.ExecuteSQL, wire.QueryReply](a.execute), Fails: []int{409},
			Summary: "Run one statement by a driver, as /query/sql does", Notes: sqlNote},
		{Method: "POST", Path: "/query/count", Access: route.Gateway, Tag: tag, Do: route.Rows[wire.CountRows, wire.Success[wire.RowCount]](a.count),
			Summary: "Count rows", Notes: "A count is remembered for a few seconds, and until a write through Athena; `Cache-Control: no-cache` has it made anew. Who asks for the same at the same time shares one count. " +
				"A table needs the right to read it, a query the right gateway.query."},
		{Method: "POST", Path: "/gateway/sql/d1/migrate", Access: route.MaybeGateway, Static: true, Tag: tag, Do: route.Rows[wire.MigrateD1, wire.D1Migration](a.migrate), Also: []int{400, 422}, Fails: []int{503},
			Summary: "Turn SQL of PostgreSQL into D1's dialect, and run it there", Notes: migrateNote},
		{Method: "POST", Path: "/api/v2/supabase/ssl_enforcement", Access: route.Admin, Tag: tag, Do: route.JSON(a.enforceSSL),
			Summary: "Have a Supabase project's database insist on TLS, or not"},
	}
}

// driver gives a driver's one name.
func driver(name string) (string, error) {
	switch name {
	case "postgresql", "postgres":
		return "postgresql", nil
	case "supabase", "athena":
		return name, nil
	case "d1", "cloudflare-d1", "athena-d1":
		return "d1", nil
	}
	return "", wire.Fail(wire.InvalidRequest, "%.40q is not a driver", name).At("driver").
		WithHint("use postgresql, supabase, athena or d1")
}

// checked is what all statements must tell.
func checked(ctx context.Context, name, dbName string) (string, error) {
	name, err := driver(name)
	switch {
	case err != nil:
		return "", err
	case dbName == "":
		return "", wire.Fail(wire.InvalidRequest, "db_name is missing").At("db_name")
	case name != "postgresql" && route.CallOf(ctx).Caller.DirectURI != "":
		return "", wire.Fail(wire.Unauthenticated, "a database address stands for a caller with the driver postgresql alone").
			WithHint("send an API key and X-Athena-Client")
	}
	return name, nil
}

// checkExecution refuses what a driver cannot honour.
func checkExecution(name string, in *wire.ExecuteSQL) error {
	switch {
	case strings.TrimSpace(in.Query) == "":
		return wire.Fail(wire.InvalidRequest, "query is missing").At("query")
	case name != "postgresql" && in.SchemaName != "":
		return wire.Fail(wire.InvalidRequest, "schema_name has a meaning for the driver postgresql alone").At("schema_name")
	case name != "postgresql" && len(in.Params) > 0 && string(in.Params) != "null":
		return wire.Fail(wire.InvalidRequest, "params have a meaning for the driver postgresql alone").At("params")
	}
	return nil
}

func (a API) execute(ctx context.Context, in *wire.ExecuteSQL) (wire.Rows, error) {
	name, err := checked(ctx, in.Driver, in.DBName)
	if err == nil {
		err = checkExecution(name, in)
	}
	if err != nil {
		return wire.Rows{}, err
	}
	call := route.CallOf(ctx)
	if err := call.Caller.Allow("gateway.query"); err != nil {
		return wire.Rows{}, err
	}
	call.Operation = &wire.OperationLog{Operation: "sql_" + name, SchemaName: in.SchemaName}
	result, err := a.run(ctx, name, in)
	if err != nil {
		return wire.Rows{}, err
	}
	call.Operation.Rows = result.Rows
	after := fmt.Appendf(nil, `,"row_count":%d,"command":%s}}`, result.Rows, rowjson.Text(nil, []byte(result.Tag.String())))
	return wire.Rows{
		Before: []byte(`{"status":"success","message":"Query executed","data":{"rows":`),
		JSON:   result.JSON, After: after, Release: result.Release,
	}, nil
}

// run gives the statement to its driver.
func (a API) run(ctx context.Context, name string, in *wire.ExecuteSQL) (gatewaydb.Result, error) {
	switch name {
	case "supabase":
		return a.runSupabase(ctx, &in.SQLHeaders, in.Query)
	case "d1":
		return a.runD1(ctx, in.Query)
	case "athena":
		rows, n, err := a.Scylla.Query(ctx, in.Query)
		a.wrote(name, "", in.Query)
		return gatewaydb.Result{JSON: rows, Rows: int64(n)}, err
	}
	params, err := sqltext.ParseParams(in.Params)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	p, err := a.pool(ctx)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	return p.Query(ctx, gatewaydb.Raw{SQL: in.Query, Params: params, Schema: in.SchemaName})
}

func (a API) pool(ctx context.Context) (*pool.Pool, error) {
	caller := &route.CallOf(ctx).Caller
	return a.Clients.For(ctx, caller.Client, caller.DirectURI)
}

func (a API) runSupabase(ctx context.Context, h *wire.SQLHeaders, sql string) (gatewaydb.Result, error) {
	at, by, err := a.project(ctx, h)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	var rows json.RawMessage
	err = a.Clients.Outside(ctx, route.CallOf(ctx).Caller.Client, a.sharing(at.URL), sql, func() (err error) {
		rows, err = by.Query(ctx, at, sql)
		return err
	})
	a.wrote("supabase", at.URL, sql)
	return gatewaydb.Result{JSON: rows, Rows: elements(rows)}, err
}

// project finds the Supabase project of the caller's client.
func (a API) project(ctx context.Context, h *wire.SQLHeaders) (*wire.SupabaseBackend, supabase.Supabase, error) {
	client := route.CallOf(ctx).Caller.Client
	if client == wire.CustomSupabase {
		if h.SupabaseURL == "" || h.SupabaseKey == "" {
			return nil, a.CustomSupabase, wire.Fail(wire.InvalidRequest, "the client custom_supabase needs the headers x-supabase-url and x-supabase-key").At("x-supabase-url")
		}
		return &wire.SupabaseBackend{URL: h.SupabaseURL, Key: h.SupabaseKey}, a.CustomSupabase, nil
	}
	backends, err := a.backends(client)
	if err == nil && backends.Supabase == nil {
		err = wire.Fail(wire.InvalidRequest, "the client %s has no Supabase project", client).At("driver").
			WithHint("its catalog entry needs supabase.url and supabase.key in its metadata")
	}
	return backends.Supabase, a.Supabase, err
}

func (a API) backends(client string) (wire.Backends, error) {
	target, err := a.Clients.Target(client)
	if err != nil {
		return wire.Backends{}, err
	}
	return target.Record.Backends()
}

// database finds the D1 database of the caller's client.
func (a API) database(ctx context.Context) (*wire.D1Backend, error) {
	client := route.CallOf(ctx).Caller.Client
	backends, err := a.backends(client)
	if err == nil && backends.D1 == nil {
		err = wire.Fail(wire.InvalidRequest, "the client %s has no D1 database", client).At("X-Athena-Client").
			WithHint("its catalog entry needs d1.account_id, d1.database_id and d1.token in its metadata")
	}
	return backends.D1, err
}

func (a API) runD1(ctx context.Context, sql string) (gatewaydb.Result, error) {
	at, err := a.database(ctx)
	if err != nil {
		return gatewaydb.Result{}, err
	}
	result, err := a.D1.Query(ctx, at, sql)
	out := gatewaydb.Result{JSON: result.Rows, Rows: elements(result.Rows)}
	if out.Rows == 0 {
		out.Rows = result.Meta.Changes
	}
	return out, err
}

// elements counts what a JSON array of a service holds.
func elements(array []byte) (n int64) {
	_, _ = sqltext.EachElement(array, func([]byte) error { n++; return nil }) // only the function can fail
	return n
}
