package lane

import (
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"athena/wire"
)

var (
	// ErrBroken is in the chain of the error of a statement whose connection was
	// lost before its answer came. A read may be run again, on another lane or a
	// connection of its own; what became of a write is not known.
	ErrBroken = errors.New("lane: connection lost")
	// ErrTooLarge is in the chain of the error of an answer beyond MaxBytes. It
	// can be streamed over a connection of its own.
	ErrTooLarge = errors.New("lane: answer too large")

	// ErrNotRun is in the chain of the error of a statement that no lane has taken: it
	// can be run elsewhere.
	ErrNotRun = errors.New("lane: not run")

	errClosed = errors.New("lane: closed")
)

// retryAfter is how long a refused caller is asked to wait: about what a lane
// needs to be opened again, and more than a full one needs to run dry.
const retryAfter = time.Second

func broken(cause error, write bool) error {
	what := "the read is safe to retry"
	if write {
		what = "whether the change was made is not known"
	}
	return wire.Fail(wire.BackendUnavailable, "the database connection was lost; %s", what).
		After(retryAfter).Because(fmt.Errorf("%w: %w", ErrBroken, cause))
}

func closed() error {
	return wire.Fail(wire.ShuttingDown, "the client's connections are being closed").After(retryAfter).Because(errClosed)
}

func overloaded(limit int) error {
	return wire.Fail(wire.Overloaded, "%d reads of this client are in flight already", limit).After(retryAfter)
}

func tooLarge(limit int) error {
	return wire.Fail(wire.AnswerTooLarge, "the answer has more than %d bytes", limit).Because(ErrTooLarge)
}

// stale tells whether a statement failed for having been prepared too long ago:
// the server does not have it any more, or its result has changed.
func stale(err error) bool { return missing(err) || replanned(err) }

func missing(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "26000" // invalid_sql_statement_name
}

// replanned is told by its routine, since the message may be in any language and
// the code is that of everything that is not supported.
func replanned(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "0A000" && refused.Routine == "RevalidateCachedQuery"
}
