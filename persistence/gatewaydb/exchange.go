package gatewaydb

import (
	"bytes"
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// Exchange lets the functions of a statement see something of the HTTP request that it
// serves and say something of the answer, by settings of its transaction.
type Exchange struct {
	// Method, Path and Headers, an object in JSON, are request.method, request.path and
	// request.headers.
	Method, Path, Headers string
	// AnswerHeaders and AnswerStatus are what was set as response.headers and
	// response.status; empty for nothing.
	AnswerHeaders, AnswerStatus string
}

// told takes from a transaction what its statement said of the answer, and the value out
// of the answer where an aggregate made it.
func (st *Statement) told(ctx context.Context, pg *pgconn.PgConn, r *Result) error {
	if x := st.mode.Exchange; x != nil {
		found := pg.ExecParams(ctx, "SELECT current_setting('response.headers', true), current_setting('response.status', true)", nil, nil, nil, nil).Read()
		if found.Err != nil {
			return found.Err
		}
		x.AnswerHeaders, x.AnswerStatus = string(found.Rows[0][0]), string(found.Rows[0][1])
	}
	if !st.sql.Handled || st.lane.Fields == nil {
		return nil
	}
	const between = `,"value":`
	count, rest, ok := leading(r.JSON, `[{"count":`)
	if !ok || !bytes.HasPrefix(rest, []byte(between)) {
		return errors.New("gatewaydb: an aggregate did not answer one row")
	}
	r.Rows = count
	r.JSON = append(r.JSON[:0], rest[len(between):len(rest)-len(`}]`)]...)
	return nil
}
