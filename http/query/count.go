package query

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"athena/http/route"
	"athena/persistence/gatewaydb"
	"athena/persistence/pgparse"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"
)

// Counts remembers counts for a short while, and lets those who ask for the same
// at the same time share one.
type Counts struct {
	known  *otter.Cache[string, int64]
	flight singleflight.Group
}

const (
	maxCounts = 10_000
	countTTL  = 5 * time.Second
)

// NewCounts remembers each count for five seconds.
func NewCounts() *Counts {
	return &Counts{known: otter.Must(&otter.Options[string, int64]{
		MaximumSize: maxCounts, ExpiryCalculator: otter.ExpiryWriting[string, int64](countTTL),
	})}
}

// The outcomes of looking a count up.
const (
	hit    = "hit"
	miss   = "miss"
	shared = "shared"
	bypass = "bypass"
)

// get finds a count or makes it. Who leaves while others wait for the same does not
// take it from them.
func (c *Counts) get(ctx context.Context, key string, anew bool, count func(context.Context) (int64, error)) (n int64, outcome string, err error) {
	if c == nil || anew {
		if n, err = count(ctx); err == nil && c != nil {
			c.known.Set(key, n)
		}
		return n, bypass, err
	}
	if n, ok := c.known.GetIfPresent(key); ok {
		return n, hit, nil
	}
	asked := false
	answer := c.flight.DoChan(key, func() (any, error) {
		asked = true
		alone, cancel := context.WithTimeout(context.WithoutCancel(ctx), countTimeout)
		defer cancel()
		n, err := count(alone)
		if err == nil {
			c.known.Set(key, n)
		}
		return n, err
	})
	select {
	case <-ctx.Done():
		return 0, "", wire.Expired(ctx)
	case a := <-answer:
		if a.Err != nil {
			return 0, "", a.Err
		}
		if outcome = shared; asked {
			outcome = miss
		}
		return a.Val.(int64), outcome, nil
	}
}

// countTimeout bounds a count that outlives who asked for it.
const countTimeout = 30 * time.Second

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
	key := countKey(call.Caller.Client, name, in)
	n, outcome, err := a.Counts.get(ctx, key, bypasses(in.CacheControl), func(ctx context.Context) (int64, error) {
		return a.counted(ctx, name, in)
	})
	if err != nil {
		return wire.Rows{}, err
	}
	reply := wire.RowCount{Count: n, DBName: in.DBName, CacheKey: key, CacheLookupOutcome: outcome, DurationMS: time.Since(began).Milliseconds()}
	return countReply(reply, outcome)
}

func countReply(reply wire.RowCount, outcome string) (wire.Rows, error) {
	source := "database"
	if outcome == hit {
		source, reply.CacheLookupOutcome, reply.DurationMS = "memory", "hit_local", 0
	}
	body, err := json.Marshal(wire.OK("Row count computed", reply))
	return wire.Rows{JSON: body, Headers: []wire.Pair{
		{Name: "X-Athena-Cached", Value: strconv.FormatBool(outcome == hit)},
		{Name: "X-Athena-Cache-Outcome", Value: outcome},
		{Name: "X-Athena-Cache-Source", Value: source},
	}}, err
}

// bypasses reports whether the caller wants no remembered count.
func bypasses(cacheControl string) bool {
	return strings.Contains(strings.ToLower(cacheControl), "no-cache")
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
