package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
)

const (
	// maxOperations is far more than one request should do at once.
	maxOperations = 100
	maxKey        = 255
)

// transact does several operations in one transaction.
func (a API) transact(ctx context.Context, in *wire.Transaction) (wire.Rows, error) {
	if err := checkTransaction(in); err != nil {
		return wire.Rows{}, err
	}
	modes, err := transactionModes(&in.Options)
	if err != nil {
		return wire.Rows{}, err
	}
	p, call, err := a.open(ctx, "transaction", sqltext.Name{})
	if err != nil {
		return wire.Rows{}, err
	}
	t := &gatewaydb.Transaction{Modes: modes, ReadOnly: in.Options.ReadOnly, Answer: func(results []gatewaydb.StepResult) ([]byte, error) {
		return transactionAnswer(in.Operations, results)
	}}
	for i := range in.Operations {
		step, err := a.step(ctx, p, call, &in.Operations[i])
		if err != nil {
			return wire.Rows{}, within(err, i)
		}
		t.Steps = append(t.Steps, step)
	}
	if err := key(t, in); err != nil {
		return wire.Rows{}, err
	}
	answer, repeated, err := p.Transact(ctx, t)
	if err != nil {
		return wire.Rows{}, transactionFailure(in.Operations, err)
	}
	call.Operation.Rows = int64(len(in.Operations))
	return wire.Rows{JSON: answer, Headers: repetition(repeated)}, nil
}

func checkTransaction(in *wire.Transaction) error {
	switch {
	case len(in.Operations) == 0:
		return wire.Fail(wire.TransactionEmpty, "operations has nothing to do").At("operations")
	case len(in.Operations) > maxOperations:
		return wire.Fail(wire.InvalidRequest, "a transaction has at most %d operations", maxOperations).At("operations")
	case in.IdempotencyKey == nil:
		return nil
	case *in.IdempotencyKey == "" || len(*in.IdempotencyKey) > maxKey:
		return wire.Fail(wire.InvalidRequest, "idempotency_key must have 1 to %d characters", maxKey).At("idempotency_key")
	case in.Options.ReadOnly:
		return wire.Fail(wire.TransactionOption, "a transaction that only reads keeps no idempotency_key").At("idempotency_key").
			WithHint("leave the key out: reading again does no harm")
	}
	return nil
}

// isolations are the isolation levels; PostgreSQL treats the weakest of the
// standard as read committed, so that is not promised here.
var isolations = map[string]string{
	"": "", "read committed": "ISOLATION LEVEL READ COMMITTED ",
	"repeatable read": "ISOLATION LEVEL REPEATABLE READ ", "serializable": "ISOLATION LEVEL SERIALIZABLE ",
}

// transactionModes writes the options for BEGIN, from constants alone.
func transactionModes(o *wire.TransactionOptions) (string, error) {
	level := strings.Join(strings.FieldsFunc(strings.ToLower(o.IsolationLevel), func(r rune) bool { return r == ' ' || r == '_' || r == '-' }), " ")
	modes, known := isolations[level]
	if !known {
		return "", wire.Fail(wire.TransactionOption, "%.40q is not an isolation level", o.IsolationLevel).At("options.isolation_level").
			WithHint("use read committed, repeatable read or serializable")
	}
	if o.ReadOnly {
		modes += "READ ONLY "
	}
	if o.Deferrable {
		if level != "serializable" || !o.ReadOnly {
			return "", wire.Fail(wire.TransactionOption, "deferrable has no meaning without serializable and read_only").At("options.deferrable")
		}
		modes += "DEFERRABLE"
	}
	return modes, nil
}

// key names the transaction by its key and what it does.
func key(t *gatewaydb.Transaction, in *wire.Transaction) error {
	if in.IdempotencyKey == nil {
		return nil
	}
	text, err := json.Marshal(struct {
		Operations []wire.TransactionOperation
		Options    wire.TransactionOptions
	}{in.Operations, in.Options})
	if err != nil {
		return fmt.Errorf("digest transaction: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return fmt.Errorf("digest transaction: %w", err)
	}
	sum := sha256.Sum256(compact.Bytes())
	t.Key, t.Digest = *in.IdempotencyKey, sum[:]
	return nil
}

// step compiles one operation, if the caller has the rights for it.
func (a API) step(ctx context.Context, p *pool.Pool, call *route.Call, o *wire.TransactionOperation) (gatewaydb.Step, error) {
	switch o.Kind {
	case "fetch":
		return prepared(o.Payload, func(in *wire.Fetch) (gatewaydb.Step, error) { return a.fetchStep(ctx, p, call, in) })
	case "insert":
		return prepared(o.Payload, func(in *wire.InsertRows) (gatewaydb.Step, error) { return insertStep(ctx, p, call, in) })
	case "update":
		return prepared(o.Payload, func(in *wire.UpdateRows) (gatewaydb.Step, error) { return updateStep(ctx, p, call, in) })
	case "delete":
		return prepared(o.Payload, func(in *wire.DeleteRows) (gatewaydb.Step, error) { return deleteStep(ctx, p, call, in) })
	}
	return gatewaydb.Step{}, wire.Fail(wire.TransactionKind, "%.40q is not a kind of operation", o.Kind).At("kind").
		WithHint("use fetch, insert, update or delete")
}

func prepared[In any](payload []byte, step func(*In) (gatewaydb.Step, error)) (gatewaydb.Step, error) {
	if isNull(payload) {
		return gatewaydb.Step{}, wire.Fail(wire.InvalidRequest, "payload is missing").At("payload")
	}
	in, err := route.DecodeJSON[In](payload)
	if err != nil {
		return gatewaydb.Step{}, err
	}
	return step(in)
}

func (a API) fetchStep(ctx context.Context, p *pool.Pool, call *route.Call, in *wire.Fetch) (step gatewaydb.Step, err error) {
	if in.Grouping != (wire.Grouping{}) {
		return step, wire.Fail(wire.TransactionKind, "a fetch in a transaction does not group its rows").At("group_by").
			WithHint("select aggregates instead, such as age.sum()")
	}
	if err := checkCursor(in); err != nil {
		return step, err
	}
	read, err := a.read(in)
	if err != nil {
		return step, err
	}
	if read.Seek != nil {
		step.Page = *read.Limit
	}
	if step.Mode, err = countMode(in.Count, in.Head); err != nil {
		return step, err
	}
	if !in.Head {
		if step.Statement, err = p.Prepare(ctx, read, mode(in.StripNulls, ""), call.Caller.Allowing("read")); err != nil {
			return step, err
		}
	}
	if step.Mode != sqltext.NoCount {
		step.Count, err = p.Prepare(ctx, sqltext.CountOf(read, step.Mode), gatewaydb.Mode{Path: searchPath}, call.Caller.Allowing("read"))
	}
	return step, err
}

func insertStep(ctx context.Context, p *pool.Pool, call *route.Call, in *wire.InsertRows) (step gatewaydb.Step, err error) {
	into, err := table(in.TableName, "", in.SchemaName)
	if err != nil {
		return step, err
	}
	request, err := insertRequest(in, into)
	if err != nil {
		return step, err
	}
	if step.Planting, err = nested(ctx, p, call, request, mode(false, "")); err != nil || step.Planting != nil {
		return step, err
	}
	step.Statement, err = p.Prepare(ctx, request, mode(false, ""), call.Caller.Allowing("write"))
	return step, err
}

func updateStep(ctx context.Context, p *pool.Pool, call *route.Call, in *wire.UpdateRows) (step gatewaydb.Step, err error) {
	request, err := updateRequest(in)
	if err != nil {
		return step, err
	}
	step.Statement, err = p.Prepare(ctx, request, mode(in.StripNulls, ""), call.Caller.Allowing("write"))
	return step, err
}

func deleteStep(ctx context.Context, p *pool.Pool, call *route.Call, in *wire.DeleteRows) (step gatewaydb.Step, err error) {
	name, err := table(in.TableName, in.ViewName, in.SchemaName)
	if err != nil {
		return step, err
	}
	request, err := deleteRequest(ctx, p, call, name, in)
	if err != nil {
		return step, err
	}
	step.Statement, err = p.Prepare(ctx, request, mode(in.StripNulls, ""), call.Caller.Allowing("delete"))
	return step, err
}

// within says which operation a problem is about.
func within(err error, i int) error {
	if p, ok := wire.AsProblem(err); ok {
		p.Field = strings.TrimSuffix(fmt.Sprintf("operations[%d].%s", i, p.Field), ".")
	}
	return err
}

// transactionAnswer writes the answer to a transaction that is about to be kept.
func transactionAnswer(operations []wire.TransactionOperation, results []gatewaydb.StepResult) ([]byte, error) {
	reply := wire.TransactionReply{
		Status: "success", Message: fmt.Sprintf("%d operations committed", len(operations)),
		TransactionResults: wire.TransactionResults{Committed: true, Results: make([]wire.OperationResult, len(operations))},
	}
	for i := range results {
		o, r := &operations[i], &results[i]
		if r.Count == nil && o.Kind != "fetch" {
			r.Count = &r.Rows
		}
		reply.Results[i] = wire.OperationResult{ID: o.ID, Kind: o.Kind, OK: true, Status: http.StatusOK, Data: r.JSON, Count: r.Count, NextCursor: r.Cursor}
	}
	return json.MarshalWithOption(reply, json.DisableHTMLEscape())
}

// transactionFailure tells of each operation of a transaction that was undone. It
// has the status of the operation that failed.
func transactionFailure(operations []wire.TransactionOperation, err error) error {
	var step *gatewaydb.StepError
	cause, ok := wire.AsProblem(err)
	if !ok || !errors.As(err, &step) {
		return err
	}
	results := wire.TransactionResults{Results: make([]wire.OperationResult, len(operations))}
	name := "the end of the transaction"
	for i := range operations {
		o := &operations[i]
		results.Results[i] = wire.OperationResult{ID: o.ID, Kind: o.Kind, Status: http.StatusFailedDependency}
		if i == step.Step {
			failure := cause.Envelope("", "")
			results.Results[i].Status, results.Results[i].Error = cause.Code.Status, &failure
			name = fmt.Sprintf("operation %d", i)
		}
	}
	code := wire.TransactionFailed
	code.Status = cause.Code.Status
	p := wire.Fail(code, "%s failed, so nothing was kept: %s", name, cause.Detail).WithHint("%s", cause.Hint).After(cause.RetryAfter).Because(err)
	p.SQLState, p.Data = cause.SQLState, results
	if step.Step < len(operations) {
		p.Field = fmt.Sprintf("operations[%d]", step.Step)
	}
	return p
}

// repetition is the header of an answer that was given before.
func repetition(repeated bool) []wire.Pair {
	if !repeated {
		return nil
	}
	return []wire.Pair{{Name: "X-Athena-Idempotent-Replay", Value: "true"}}
}
