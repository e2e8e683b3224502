package query

import (
	"context"
	"net/http"
	"strings"

	"athena/http/route"
	"athena/persistence/cloudflare"
	"athena/persistence/d1plan"
	"athena/wire"

	"github.com/goccy/go-json"
)

const (
	migrateNote = "By default nothing is run and no client is needed. With `dryRun: false` the statements run in the D1 database of the client, in batches that " +
		"are kept whole or not at all; the batches before one that fails are kept, and the answer tells which they are. Naming a client needs the right gateway.query.\n\n" +
		"What D1 has nothing for is an error, answered 422, or with `strict: false` a warning; the statement is left out then. " +
		"Serial and identity columns become integer, with AUTOINCREMENT where they are the primary key; uuid, JSON, arrays (as JSON), times and types of one's own become text, " +
		"enums with a check of their values; numeric becomes real, boolean integer, bytea blob. " +
		"Dumps are taken as they are: the rows of COPY become INSERT, in an order that foreign keys allow, and what ALTER TABLE adds stands in CREATE TABLE. " +
		"Windows, intervals that are written out, JSON, arrays and triggers that set columns are converted; a regular expression only where GLOB says the same. Ranges count lines and bytes of a line from 1, the end is the byte after the last."
	// d1Batch is how many statements a batch holds by default.
	d1Batch = 50
	// maxMigration is the longest SQL that is converted, in bytes, and strangers is
	// that of callers who show no key.
	maxMigration, strangers = 2 << 20, 128 << 10
)

// migrate converts SQL, and runs it where that is asked for.
func (a API) migrate(ctx context.Context, in *wire.MigrateD1) (wire.Rows, error) {
	call := route.CallOf(ctx)
	limit := strangers
	if call.Caller.Client != "" {
		limit = maxMigration
		if err := call.Caller.Allow("gateway.query"); err != nil {
			return wire.Rows{}, err
		}
	}
	source := in.Source()
	refusal := in.Refusal()
	switch {
	case refusal != nil:
	case len(source) > limit:
		refusal = wire.Fail(wire.InvalidRequest, "the SQL is longer than %d bytes", limit).At("schemaSql").WithHint("convert it in parts")
	case call.Caller.Client == "" && !in.Preview():
		refusal = wire.Fail(wire.ClientMissing, "to run statements a client must be named").At("X-Athena-Client").
			WithHint("send X-Athena-Client, or leave dryRun out")
	}
	if refusal != nil {
		return refused(refusal)
	}
	call.Operation = &wire.OperationLog{Operation: "d1_migrate"}
	plan := d1plan.Convert(source, in.Strict == nil || *in.Strict)
	reply := wire.D1Migration{
		Status: "preview", Message: "Migration planned", OriginalSQL: source, ConvertedSQL: plan.SQL(),
		Statements: plan.Statements, Warnings: plan.Warnings, Errors: plan.Errors, SourceMeta: plan.Meta,
		PerStatementResults: []wire.D1Applied{},
	}
	if len(plan.Errors) > 0 {
		reply.Status, reply.Message, reply.Field = "error", "The SQL cannot be taken over as it is", "schemaSql"
		reply.Error, reply.Code = plan.Errors[0].Message, wire.InvalidSQL.Name
		return migration(http.StatusUnprocessableEntity, &reply)
	}
	if in.Preview() {
		return migration(http.StatusOK, &reply)
	}
	at, err := a.database(ctx)
	if err != nil {
		return wire.Rows{}, err
	}
	size := d1Batch
	if in.BatchSize != nil {
		size = *in.BatchSize
	}
	reply.PerStatementResults, err = a.apply(ctx, at, plan, size)
	reply.Status, reply.Message, reply.PlanID = "applied", "Migration applied", &plan.Meta.Fingerprint
	if err != nil {
		return wire.Rows{}, err
	}
	call.Operation.Rows = int64(len(reply.PerStatementResults))
	return migration(http.StatusOK, &reply)
}

// refused is the answer to a request none of whose statements was looked at.
func refused(p *wire.Problem) (wire.Rows, error) {
	return migration(p.Code.Status, &wire.D1Migration{
		Status: "error", Message: p.Code.Summary, Error: p.Detail, Code: p.Code.Name, Field: p.Field, Hint: p.Hint,
		Statements: []wire.D1Statement{}, Warnings: []wire.D1Diagnostic{}, Errors: []wire.D1Diagnostic{{Code: p.Code.Name, Message: p.Detail}},
		SourceMeta: wire.D1SourceMeta{EstimatedApplyOrder: []int{}}, PerStatementResults: []wire.D1Applied{},
	})
}

func migration(status int, reply *wire.D1Migration) (wire.Rows, error) {
	body, err := json.Marshal(reply)
	return wire.Rows{Status: status, JSON: body}, err
}

// step is one statement for D1.
type step struct {
	from *wire.D1Statement
	sql  string
}

// apply runs a plan in batches.
func (a API) apply(ctx context.Context, at *wire.D1Backend, plan *d1plan.Plan, size int) ([]wire.D1Applied, error) {
	var steps []step
	for _, s := range plan.Ordered() {
		for _, sql := range s.Targets {
			steps = append(steps, step{s, sql})
		}
	}
	applied := []wire.D1Applied{}
	for batch := 0; len(steps) > 0; batch++ {
		now := steps[:min(size, len(steps))]
		steps = steps[len(now):]
		statements := make([]cloudflare.Statement, len(now))
		for i := range now {
			statements[i].SQL = now[i].sql
		}
		results, err := a.D1.Batch(ctx, at, statements)
		if err != nil {
			return nil, stopped(err, applied, batch)
		}
		for i := range now {
			done := wire.D1Applied{
				StatementIndex: now[i].from.StatementIndex, SourceSQL: now[i].from.SourceSQL, TargetSQL: now[i].sql, BatchIndex: batch, Status: "applied",
			}
			if i < len(results) {
				rows, took := results[i].Meta.Changes, int64(results[i].Meta.Duration)
				done.RowsAffected, done.DurationMS = &rows, &took
			}
			applied = append(applied, done)
		}
	}
	return applied, nil
}

// stopped tells why a batch failed, and what is kept of those before.
func stopped(err error, applied []wire.D1Applied, batch int) error {
	why := "D1 did not answer"
	if p, ok := wire.AsProblem(err); ok {
		why = p.Detail
	}
	p := wire.Fail(wire.D1Failed, "batch %d: %s", batch, strings.TrimPrefix(why, "D1: ")).Because(err)
	p.Data = wire.D1Partial{PerStatementResults: applied, FailedBatch: batch}
	return p
}
