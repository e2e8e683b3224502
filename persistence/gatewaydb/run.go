package gatewaydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
)

// Result is the answer to a statement.
type Result struct {
	// JSON is the array of rows; it is valid until Release.
	JSON []byte
	// Rows counts the rows of JSON, or those that a write touched where it
	// answers none.
	Rows int64
	// Tag is the server's own, such as "UPDATE 3".
	Tag pgconn.CommandTag
	// Mark is what the last row of a read by a cursor had in its order.
	Mark []byte

	buffer *[]byte
}

// Release gives the memory of the rows back.
func (r *Result) Release() {
	if r.buffer != nil && cap(r.JSON) <= keptBuffer {
		*r.buffer = r.JSON[:0]
		buffers.Put(r.buffer)
	}
	r.buffer, r.JSON = nil, nil
}

// keptBuffer is the largest buffer that is kept for the next answer.
const keptBuffer = 1 << 20

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

const (
	// slowLimit is how often a shape may prove too slow for a lane before it
	// goes to a connection of its own at once.
	slowLimit = 3
	// attempts is how often a statement is run that met a deadlock or a
	// serialization failure: the database has undone it, so that is safe.
	attempts = 3
)

// Run runs a statement: a read on a lane, anything else on a connection of its
// own. An error is a problem, or the end of ctx.
func (s *Store) Run(ctx context.Context, st *Statement) (Result, error) {
	if st.write && Alone(ctx) {
		return s.Weigh(ctx, st, keepAll)
	}
	result, err := s.run(ctx, st)
	s.wrote(err, st)
	if !outdated(err) || !s.schema.Load().rested() {
		return result, st.explain(err)
	}
	if st.write {
		s.reread()
		return result, st.explain(err)
	}
	if again := s.recompile(ctx, st); again != nil {
		*st = *again
		result, err = s.run(ctx, st)
	}
	return result, st.explain(err)
}

// recompile compiles a read anew that names what is not there any more, by the schema
// as it is now; nil where that is the same or has no place for it.
func (s *Store) recompile(ctx context.Context, st *Statement) *Statement {
	before := s.schema.Load().catalog
	if err := s.Refresh(ctx); err != nil {
		s.stale(err)
		return nil
	}
	if s.schema.Load().catalog == before {
		return nil
	}
	again, err := s.prepare(st.request, st.mode, st.allow)
	if err != nil {
		return nil // what the server said is what the caller hears
	}
	again.format, again.harmless = st.format, st.harmless
	return again
}

func (s *Store) run(ctx context.Context, st *Statement) (Result, error) {
	if !st.write && !st.own() && st.format == rowjson.JSONArray && st.slow.Load() < slowLimit {
		result, err := s.runLane(ctx, st)
		switch {
		case persistence.Undone(err) && ctx.Err() == nil:
		case !tooMuchForLane(ctx, err) || ((st.readOnly || st.harmless) && persistence.SQLState(err) == "25006"):
			return result, err
		default:
			st.slow.Add(1)
		}
	}
	st.pooled = true
	if st.changesRows {
		return s.runWrite(ctx, st)
	}
	result, err := s.runPooled(ctx, st)
	s.strayed(err, st)
	return result, err
}

// outdated reports whether the server did not know what a statement names: it was
// compiled for a schema that has changed since.
func outdated(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case "42P01", "42703", "42883", "42704", "3F000":
		return true
	}
	return false
}

func (s *Store) runLane(ctx context.Context, st *Statement) (Result, error) {
	buffer := buffers.Get().(*[]byte)
	r, err := s.lanes.Do(ctx, lane.Query{Plan: &st.lane, Args: st.args}, (*buffer)[:0])
	if err != nil {
		return Result{}, err // the lane may still write into the buffer: it is not used again
	}
	return Result{JSON: r.JSON, Rows: r.Rows, Tag: r.Tag, Mark: r.Mark, buffer: buffer}, nil
}

// tooMuchForLane reports whether a read that failed on a lane may well succeed
// on a connection of its own.
func tooMuchForLane(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil {
		return false
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		// Too slow, or a view whose rows come from a function that writes.
		return refused.Code == "57014" || refused.Code == "25006"
	}
	return errors.Is(err, lane.ErrTooLarge)
}

// runPooled runs a statement on a connection of its own, again where the database
// undid it for a conflict with others.
func (s *Store) runPooled(ctx context.Context, st *Statement) (Result, error) {
	run := s.once
	switch {
	case st.harmless, st.readOnly && st.own():
		run = s.onceReadOnly
	case st.own():
		run = s.onceReadWrite
	}
	return retried(func() (Result, error) { return run(ctx, st) })
}

// retried does again what the database undid.
func retried[T any](do func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		out, err := do()
		if attempt == attempts || !undone(err) {
			return out, err
		}
	}
}

// undone reports whether nothing of a statement was kept, so that it may be run
// again: the database took it back, or the connection was dead before the first
// byte.
func undone(err error) bool {
	return persistence.Undone(err) || err != nil && pgconn.SafeToRetry(err)
}

func (s *Store) once(ctx context.Context, st *Statement) (Result, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Result{}, acquireProblem(ctx, err)
	}
	if st.sql.Function != nil {
		return s.onceCall(ctx, conn, st)
	}
	defer conn.Release()
	buffer := buffers.Get().(*[]byte)
	q := st.query(s.options.MaxAnswer)
	r, err := lane.ExecPrepared(ctx, conn.Conn().PgConn(), s.types.Load(), q, (*buffer)[:0])
	if err != nil {
		return Result{}, err
	}
	return result(r, buffer), nil
}

// onceReadOnly runs a statement where nothing can be written.
func (s *Store) onceReadOnly(ctx context.Context, st *Statement) (Result, error) {
	return s.inside(ctx, st, beginReadOnly, keepAll)
}

// onceReadWrite runs a statement in a transaction of its own.
func (s *Store) onceReadWrite(ctx context.Context, st *Statement) (Result, error) {
	return s.inside(ctx, st, beginReadWrite, keepAll)
}

func (st *Statement) query(maxBytes int) lane.Query {
	return lane.Query{Plan: &st.lane, Args: st.args, MaxBytes: maxBytes, Format: st.format}
}

func result(r lane.Result, buffer *[]byte) Result {
	rows := r.Rows
	if rows == 0 {
		rows = r.Tag.RowsAffected()
	}
	return Result{JSON: r.JSON, Rows: rows, Tag: r.Tag, Mark: r.Mark, buffer: buffer}
}

// acquireProblem tells a pool without a free connection from a database that
// cannot be reached.
func acquireProblem(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(ctx.Err(), context.Canceled) {
		return wire.Fail(wire.Overloaded, "every connection of this client was in use until the deadline").After(retryAfter).Because(err)
	}
	return err
}

// explain turns the database's refusal into a problem, and names the column
// whose value it would not take.
func (st *Statement) explain(err error) error {
	if err == nil {
		return nil
	}
	explained := explainAs(err, !st.write)
	var refused *pgconn.PgError
	p, ok := wire.AsProblem(explained)
	if !ok || !errors.As(err, &refused) || p.Field != "" {
		return explained
	}
	if column := st.paramColumn(refused.Where); column != "" {
		p.Field = column
		p.Detail = fmt.Sprintf("column %s: %s", column, p.Detail)
		return p
	}
	p.Field = st.blamed(refused)
	return p
}

// explainAs explains a refusal of a statement that only reads, or of one that may write.
func explainAs(err error, read bool) error {
	if read {
		return persistence.ExplainRead(err)
	}
	return persistence.Explain(err)
}

// blamed finds the columns of the statement's own table that a refusal is about.
// The server names them in its text alone, in the same place in every language.
func (st *Statement) blamed(refused *pgconn.PgError) string {
	switch refused.Code {
	case "23505", "23503", "23P01": // unique, foreign key, exclusion
		if len(st.sql.Tables) == 0 || refused.TableName != st.sql.Tables[0].Table {
			return "" // another table's key refers to a row of this one
		}
		return between(refused.Detail, "(", ")=(")
	case "428C9": // a column that takes no value
		return between(refused.Message, `"`, `"`)
	}
	return ""
}

func between(text, open, shut string) string {
	_, rest, _ := strings.Cut(text, open)
	inner, _, found := strings.Cut(rest, shut)
	if !found {
		return ""
	}
	return inner
}

// paramColumn finds the column of the parameter that the server complains about;
// it says "unnamed portal parameter $2".
func (st *Statement) paramColumn(where string) string {
	n := 0
	if at := lastParam(where); at >= 0 {
		for _, c := range where[at:] {
			if c < '0' || c > '9' {
				break
			}
			n = min(n*10+int(c-'0'), 1<<16)
		}
	}
	if n < 1 || n > len(st.sql.ParamColumns) {
		return ""
	}
	return st.sql.ParamColumns[n-1]
}
