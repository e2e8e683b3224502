package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"athena/http/route"
	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/persistence/pgparse"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
)

// countTTL is how long a count is kept that no write outdates.
const countTTL = 5 * time.Second

// countShape stands for all counts in the cache.
type countShape struct{}

// kept finds a count or has it made.
func (a API) kept(ctx context.Context, look *cache.Lookup, key string, on *cache.Tables, count func(context.Context) (int64, error)) (int64, error) {
	c := a.Clients.Cache()
	if c == nil {
		look.Note(cache.Bypass, cache.Postgres)
		return count(ctx)
	}
	v, err := c.Get(ctx, &cache.Read{Shape: countShape{}, Args: key, On: on}, look, func(ctx context.Context) (cache.Value, error) {
		n, err := count(ctx)
		return cache.Value{Rows: n}, err
	})
	return v.Rows, err
}

func (a API) count(ctx context.Context, in *wire.CountRows) (wire.Rows, error) {
	name, err := checked(ctx, in.Driver, in.DBName)
	if err != nil {
		return wire.Rows{}, err
	}
	if name == "d1" {
		return wire.Rows{}, wire.Fail(wire.InvalidRequest, "rows are counted by postgresql, supabase or athena").At("driver")
	}
	if err := a.mayCount(ctx, in); err != nil {
		return wire.Rows{}, err
	}
	call, began := route.CallOf(ctx), time.Now()
	call.Operation = &wire.OperationLog{Operation: "count", SchemaName: in.TableSchema, TableName: in.TableName}
	where, on, err := a.counting(ctx, name, &in.SQLHeaders)
	if err != nil {
		return wire.Rows{}, err
	}
	look := cache.Lookup{TTL: countTTL, Fresh: cache.Fresh(in.CacheControl)}
	key := countKey(where, name, in)
	n, err := a.kept(ctx, &look, key, on, func(ctx context.Context) (int64, error) { return a.counted(ctx, name, in) })
	if err != nil {
		return wire.Rows{}, err
	}
	call.Operation.Cached = look.Found()
	outcome, _ := look.Name()
	reply := wire.RowCount{Count: n, DBName: in.DBName, CacheKey: key, CacheLookupOutcome: outcome, DurationMS: time.Since(began).Milliseconds()}
	if look.Found() {
		reply.CacheLookupOutcome, reply.DurationMS = "hit_local", 0
	}
	body, err := json.Marshal(wire.OK("Row count computed", reply))
	return wire.Rows{JSON: body, Kept: look.Headers()}, err
}

// counting says in which database rows are counted, and what there outdates a count.
func (a API) counting(ctx context.Context, driver string, h *wire.SQLHeaders) (where string, on *cache.Tables, err error) {
	client, address := route.CallOf(ctx).Caller.Client, ""
	switch driver {
	case "supabase":
		at, _, err := a.project(ctx, h)
		if err != nil {
			return "", nil, err
		}
		address = at.URL
		fallthrough
	case "athena":
		if d := a.elsewhere(driver, address); d != nil {
			on = d.Anything().And(a.Clients.Anything(client))
		}
		return client, on, nil
	}
	p, err := a.pool(ctx)
	if err != nil {
		return "", nil, err
	}
	on, err = p.Anything(ctx)
	return p.Client(), on, err
}

// mayCount checks the question and the caller's right to the answer.
func (a API) mayCount(ctx context.Context, in *wire.CountRows) error {
	caller := &route.CallOf(ctx).Caller
	switch {
	case (in.Query == "") == (in.TableName == ""):
		return wire.Fail(wire.InvalidRequest, "give either query or table_name").At("query")
	case in.Query == "":
		if in.TableSchema == "" {
			in.TableSchema = "public"
		}
		return caller.AllowTable(in.TableSchema, in.TableName, "read")
	case in.TableSchema != "":
		return wire.Fail(wire.InvalidRequest, "table_schema belongs to table_name").At("table_schema")
	}
	if err := caller.Allow("gateway.query"); err != nil {
		return err
	}
	return pgparse.CheckCount(in.Query)
}

// countKey names a count; a Supabase project that the caller names is part of it.
func countKey(client, driver string, in *wire.CountRows) string {
	sum := sha256.New()
	for _, part := range []string{client, driver, in.SupabaseURL, in.SupabaseKey, in.Query, in.TableSchema, in.TableName} {
		sum.Write(strconv.AppendInt(nil, int64(len(part)), 10))
		sum.Write([]byte(":" + part))
	}
	return "count:" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// counted has the driver count.
func (a API) counted(ctx context.Context, name string, in *wire.CountRows) (int64, error) {
	if name == "postgresql" {
		return a.countPostgres(ctx, in)
	}
	sql, cql := in.Query, in.Query
	if sql == "" {
		sql = "SELECT count(*) AS count FROM " + sqltext.Qualified(sqltext.Name{Schema: in.TableSchema, Table: in.TableName})
		cql = "SELECT count(*) FROM " + sqltext.Ident(in.TableName)
	}
	if name == "athena" {
		rows, _, err := a.Scylla.Query(ctx, cql)
		return only(rows, err)
	}
	result, err := a.runSupabase(ctx, &in.SQLHeaders, sql)
	return only(result.JSON, err)
}

func (a API) countPostgres(ctx context.Context, in *wire.CountRows) (int64, error) {
	p, err := a.pool(ctx)
	if err != nil {
		return 0, err
	}
	if in.Query != "" {
		result, err := p.Query(ctx, gatewaydb.Raw{SQL: in.Query, ReadOnly: true})
		defer result.Release()
		return only(result.JSON, err)
	}
	read := &sqltext.Read{From: sqltext.Name{Schema: in.TableSchema, Table: in.TableName}}
	st, err := p.Prepare(ctx, sqltext.CountOf(read, sqltext.CountExact), gatewaydb.Mode{}, func(sqltext.Name, bool) error { return nil })
	if err != nil {
		return 0, err
	}
	result, err := p.Run(ctx, st)
	defer result.Release()
	return only(result.JSON, err)
}

// only reads the one number of the one row that a count gives.
func only(rows []byte, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	var list []map[string]json.Number
	if err := json.Unmarshal(rows, &list); err != nil || len(list) != 1 || len(list[0]) != 1 {
		return 0, wire.Fail(wire.UpstreamFailed, "the count did not come back as one number")
	}
	for _, number := range list[0] {
		return number.Int64()
	}
	return 0, nil
}
