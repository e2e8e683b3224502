package gatewaydb

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Transaction is several statements of which all are kept or none.
type Transaction struct {
	// Modes are those of BEGIN, such as "ISOLATION LEVEL SERIALIZABLE".
	Modes string
	// ReadOnly says that the modes have the database refuse whatever would be written.
	ReadOnly bool
	Steps    []Step
	// Key, where it is not empty, has the work done once: whoever comes with it
	// again gets the first answer. It takes the table athena.gateway_transactions.
	Key string
	// Digest tells requests apart that come with one key.
	Digest []byte
	// Answer writes the answer, which is kept beside the key.
	Answer func([]StepResult) ([]byte, error)
}

// Step is one statement of a transaction, a count, or both; or rows that are added
// with their relations.
type Step struct {
	Statement *Statement
	Count     *Statement
	Mode      sqltext.CountMode
	// Page is the limit of a read by a cursor; zero for any other.
	Page     int64
	Planting *Planting
}

// StepResult is what a step gave.
type StepResult struct {
	// JSON is the array of rows, valid until the answer is written.
	JSON []byte
	// Rows counts the rows, or those that a write touched.
	Rows int64
	// Count is the number of rows without bounds, where the step counts.
	Count *int64
	// Cursor reads on behind the rows of a read by a cursor; empty at its end.
	Cursor string
}

// StepError is why a transaction was undone.
type StepError struct {
	// Step is the number of the step that failed, from 0; as many as there are
	// steps where all succeeded and the end failed.
	Step int
	err  error
}

// Error reads for the log.
func (e *StepError) Error() string { return fmt.Sprintf("step %d: %v", e.Step, e.err) }

// Unwrap gives the step's own error.
func (e *StepError) Unwrap() error { return e.err }

// errRepeated says that the key was used before.
var errRepeated = errors.New("gatewaydb: the transaction was done before")

// Transact runs a transaction and gives its answer, or the first one of its key.
// One that the database undid for a conflict with others is run again. A failure of
// a step is a *StepError; nothing is kept then, not even the key.
func (s *Store) Transact(ctx context.Context, t *Transaction) (answer []byte, repeated bool, err error) {
	answer, err = retried(func() ([]byte, error) { return s.transactOnce(ctx, t) })
	s.settled(err, t)
	if errors.Is(err, errRepeated) {
		answer, err = s.repeat(ctx, t)
		return answer, err == nil, err
	}
	return answer, false, persistence.Explain(err)
}

// settled has answers forgotten that a transaction may have outdated; its reads run
// where something could be written as well.
func (s *Store) settled(err error, t *Transaction) {
	var list []*Statement
	for i := range t.Steps {
		if t.Steps[i].Planting != nil {
			s.changed(err, nil)
			return
		}
		for _, st := range []*Statement{t.Steps[i].Statement, t.Steps[i].Count} {
			switch {
			case st == nil:
			case st.strays() && !t.ReadOnly:
				s.changed(err, nil)
				return
			default:
				list = append(list, st)
			}
		}
	}
	s.wrote(err, list...)
}

func (s *Store) transactOnce(ctx context.Context, t *Transaction) ([]byte, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, acquireProblem(ctx, err)
	}
	defer conn.Release() // a transaction that is still open costs the connection
	pg := conn.Conn().PgConn()
	if _, err := pg.Exec(ctx, "BEGIN "+t.Modes).ReadAll(); err != nil {
		return nil, err
	}
	answer, err := s.work(ctx, conn, t)
	if err != nil {
		return nil, s.rollback(ctx, pg, err)
	}
	if err := command(ctx, pg, "COMMIT"); err != nil {
		return nil, &StepError{len(t.Steps), err}
	}
	return answer, nil
}

// work does everything between BEGIN and COMMIT.
func (s *Store) work(ctx context.Context, conn *pgxpool.Conn, t *Transaction) ([]byte, error) {
	if err := t.claim(ctx, conn.Conn()); err != nil {
		return nil, err
	}
	results := make([]StepResult, len(t.Steps))
	left := s.options.MaxAnswer
	for i := range t.Steps {
		var err error
		if results[i], err = s.step(ctx, conn.Conn().PgConn(), &t.Steps[i], left); err != nil {
			return nil, &StepError{i, err}
		}
		left = max(left-len(results[i].JSON), 1)
	}
	answer, err := t.Answer(results)
	if err != nil || t.Key == "" {
		return answer, err
	}
	_, err = conn.Conn().Exec(ctx, sql.Get("keep_transaction"), pgx.QueryExecModeExec, t.Key, string(answer))
	return answer, err
}

// claim takes the key for this transaction.
func (t *Transaction) claim(ctx context.Context, conn *pgx.Conn) error {
	if t.Key == "" {
		return nil
	}
	tag, err := conn.Exec(ctx, sql.Get("claim_transaction"), pgx.QueryExecModeExec, t.Key, t.Digest)
	switch {
	case persistence.NoTable(err):
		return wire.Fail(wire.TransactionOption, "this client's database has no table to keep idempotency keys in").At("idempotency_key").
			WithHint("run athena migrate --client for it, or leave the key out").Because(err)
	case err == nil && tag.RowsAffected() == 0:
		return errRepeated
	}
	return err
}

// repeat finds the first answer of a key.
func (s *Store) repeat(ctx context.Context, t *Transaction) ([]byte, error) {
	var digest []byte
	var answer *string
	err := s.pool.QueryRow(ctx, sql.Get("find_transaction"), t.Key).Scan(&digest, &answer)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || (err == nil && answer == nil):
		return nil, wire.Fail(wire.SerializationFail, "the idempotency key was taken by another transaction just now").At("idempotency_key").After(retryAfter)
	case err != nil:
		return nil, persistence.Explain(err)
	case !bytes.Equal(digest, t.Digest):
		return nil, wire.Fail(wire.Conflict, "the idempotency key was used for another transaction").At("idempotency_key").
			WithHint("a new transaction needs a new key")
	}
	return []byte(*answer), nil
}

// step runs one step within the transaction. maxBytes is what is left of the
// largest answer.
func (s *Store) step(ctx context.Context, pg *pgconn.PgConn, step *Step, maxBytes int) (StepResult, error) {
	out := StepResult{JSON: []byte("[]")}
	if st := step.Statement; st != nil {
		r, err := lane.Exec(ctx, pg, s.types.Load(), st.query(maxBytes), nil)
		if err != nil {
			return out, st.explain(err)
		}
		ran := result(r, nil)
		out.JSON, out.Rows = ran.JSON, ran.Rows
		if step.Page > 0 {
			if out.Cursor, err = st.Cursor(ran, step.Page); err != nil {
				return out, err
			}
		}
	}
	if step.Planting != nil {
		r, err := s.plant(ctx, pg, step.Planting, maxBytes)
		if err != nil {
			return out, err
		}
		if out.Rows = r.Rows; r.JSON != nil {
			out.JSON = r.JSON
		}
	}
	if st := step.Count; st != nil {
		r, err := lane.Exec(ctx, pg, s.types.Load(), st.query(maxBytes), nil)
		if err != nil {
			return out, st.explain(err)
		}
		n, err := Counted(r.JSON, step.Mode)
		out.Count = &n
		return out, err
	}
	return out, nil
}
