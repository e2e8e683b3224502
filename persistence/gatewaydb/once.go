package gatewaydb

import (
	"context"
	"errors"

	"athena/persistence"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
)

// Once has the write that a context's request makes done exactly once, although the
// request may be begun again after the process was lost.
type Once struct {
	// Note keeps durably what is about to be committed; with an error it is undone.
	Note func(context.Context, Mark, Kept) error
	// Done is what the write gave when it was committed before: it is given again,
	// and nothing is done.
	Done *Kept
}

// Mark finds a transaction again.
type Mark struct {
	// Xact is its number.
	Xact string
	// Server is the database server with its history: after a restore or a failover
	// numbers mean something else.
	Server string
}

// Kept is the result of a statement as it can be stored.
type Kept struct {
	JSON []byte
	Rows int64
	Tag  string
}

type (
	onceKey      struct{}
	rehearsalKey struct{}
)

// ErrRehearsed says that a write would have been done now: everything before it
// went well.
var ErrRehearsed = errors.New("gatewaydb: the write was rehearsed")

// WithOnce is a context whose request writes once.
func WithOnce(ctx context.Context, o *Once) context.Context {
	return context.WithValue(ctx, onceKey{}, o)
}

// Rehearse is a context whose request goes as far as its write, which fails with
// ErrRehearsed.
func Rehearse(ctx context.Context) context.Context {
	return context.WithValue(ctx, rehearsalKey{}, true)
}

// Rehearses reports whether nothing is to be written.
func Rehearses(ctx context.Context) bool { return ctx.Value(rehearsalKey{}) != nil }

// Alone reports whether a request's write must not share its transaction.
func Alone(ctx context.Context) bool { return Rehearses(ctx) || onceOf(ctx) != nil }

func onceOf(ctx context.Context) *Once {
	o, _ := ctx.Value(onceKey{}).(*Once)
	return o
}

// before answers a write that is not to be done: one that is rehearsed, or was
// done already.
func before(ctx context.Context) (result Result, settled bool, err error) {
	if Rehearses(ctx) {
		return Result{}, true, ErrRehearsed
	}
	if o := onceOf(ctx); o != nil && o.Done != nil {
		return Result{JSON: o.Done.JSON, Rows: o.Done.Rows, Tag: pgconn.NewCommandTag(o.Done.Tag)}, true, nil
	}
	return Result{}, false, nil
}

// here names the server and its history: the timeline changes when another server
// takes over, and when a backup is restored to a point in time.
const here = "(SELECT system_identifier FROM pg_control_system()) || '/' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)"

// note tells who wants to know what is about to be committed. A transaction that
// has written nothing has no number, and may be done again.
func note(ctx context.Context, pg *pgconn.PgConn, r *Result) error {
	o := onceOf(ctx)
	if o == nil {
		return nil
	}
	found := pg.ExecParams(ctx, "SELECT pg_current_xact_id_if_assigned()::text, "+here, nil, nil, nil, nil).Read()
	if found.Err != nil {
		return found.Err
	}
	if found.Rows[0][0] == nil {
		return nil
	}
	mark := Mark{Xact: string(found.Rows[0][0]), Server: string(found.Rows[0][1])}
	return o.Note(ctx, mark, Kept{JSON: r.JSON, Rows: r.Rows, Tag: r.Tag.String()})
}

// Outcome is what became of a transaction.
type Outcome string

// The outcomes.
const (
	Committed Outcome = "committed"
	Aborted   Outcome = "aborted"
	Underway  Outcome = "in progress"
	// Unknown says that the server cannot tell: it is another one, or its history is.
	Unknown Outcome = ""
)

// Outcome finds out what became of a transaction.
func (s *Store) Outcome(ctx context.Context, mark Mark) (Outcome, error) {
	var outcome *string
	err := s.pool.QueryRow(ctx, "SELECT CASE WHEN "+here+" = $2 THEN pg_xact_status($1::text::xid8) END", mark.Xact, mark.Server).Scan(&outcome)
	switch {
	case persistence.SQLState(err) == "22023": // a number that the server has not given yet
		return Unknown, nil
	case err != nil:
		return Unknown, persistence.Explain(err)
	case outcome == nil:
		return Unknown, nil
	}
	return Outcome(*outcome), nil
}

// keepAll is the verdict on what need not be judged.
func keepAll(Result) (keep bool, err error) { return true, nil }

// commitRaw commits a caller's own statement that runs once.
func commitRaw(ctx context.Context, pg *pgconn.PgConn, r *Result) error {
	if pg.TxStatus() != 'T' {
		return wire.Fail(wire.InvalidSQL, "a query that is done later cannot end its transaction").At("query").
			WithHint("send one statement; it is a transaction by itself")
	}
	if err := note(ctx, pg, r); err != nil {
		return err
	}
	return command(ctx, pg, "COMMIT")
}
