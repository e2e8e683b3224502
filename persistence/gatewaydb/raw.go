package gatewaydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"athena/persistence"
	"athena/persistence/lane"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	retryAfter   = time.Second
	resetTimeout = 5 * time.Second
)

// Raw is a caller's own SQL: one statement.
type Raw struct {
	SQL    string
	Params []sqltext.Value
	// Schema goes before public on the search path of this statement alone.
	Schema string
}

// Query runs a caller's own SQL on a connection of its own and gives its rows. A
// statement that changes the schema is seen by the requests after it.
func (s *Store) Query(ctx context.Context, raw Raw) (Result, error) {
	if strings.IndexByte(raw.SQL, 0) >= 0 {
		return Result{}, wire.Fail(wire.InvalidSQL, "query must not contain NUL characters").At("query")
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return Result{}, persistence.Explain(acquireProblem(ctx, err))
	}
	defer s.release(conn)
	result, err := s.runRaw(ctx, conn, raw)
	if err != nil {
		return Result{}, explainRaw(err)
	}
	if changesSchema(result.Tag) {
		if err := s.Refresh(ctx); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

func (s *Store) runRaw(ctx context.Context, conn *pgxpool.Conn, raw Raw) (Result, error) {
	pg := conn.Conn().PgConn()
	if err := setPath(ctx, pg, raw.Schema); err != nil {
		return Result{}, err
	}
	described, err := pg.Prepare(ctx, "", raw.SQL, nil)
	if err != nil {
		return Result{}, err
	}
	args, err := rawArgs(conn.Conn().TypeMap(), described.ParamOIDs, raw.Params)
	if err != nil {
		return Result{}, err
	}
	buffer := buffers.Get().(*[]byte)
	q := lane.Query{Plan: &lane.Plan{SQL: raw.SQL}, Args: args, MaxBytes: s.options.MaxAnswer}
	r, err := lane.Exec(ctx, pg, s.types.Load(), q, (*buffer)[:0])
	if err != nil {
		return Result{}, err
	}
	if pg.TxStatus() != 'I' {
		return Result{}, wire.Fail(wire.InvalidSQL, "a query cannot begin a transaction of its own").At("query").
			WithHint("send one statement; it is a transaction by itself")
	}
	return result(r, buffer), nil
}

// setPath puts a schema before public until the session is reset.
func setPath(ctx context.Context, pg *pgconn.PgConn, schema string) error {
	if schema == "" {
		return nil
	}
	path := sqltext.Ident(schema) + ", public"
	return pg.ExecParams(ctx, "SELECT set_config('search_path', $1, false)", [][]byte{[]byte(path)}, nil, nil, nil).Read().Err
}

// rawArgs writes the parameters as text; a JSON array becomes an array literal
// where the statement wants an array.
func rawArgs(types *pgtype.Map, oids []uint32, params []sqltext.Value) ([][]byte, error) {
	if len(oids) != len(params) {
		return nil, wire.Fail(wire.InvalidRequest, "the query has %d parameters, but params has %d values", len(oids), len(params)).At("params")
	}
	args := make([][]byte, len(params))
	for i := range params {
		typ, known := types.TypeForOID(oids[i])
		array := false
		if known {
			_, array = typ.Codec.(*pgtype.ArrayCodec)
		}
		args[i] = sqltext.Arg(&params[i], array)
	}
	return args, nil
}

// changesSchema tells by the command tag whether a statement was DDL.
func changesSchema(tag pgconn.CommandTag) bool {
	verb, _, _ := strings.Cut(tag.String(), " ")
	switch verb {
	case "CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "IMPORT", "DO":
		return true
	}
	return false
}

// explainRaw explains a refusal of a caller's own SQL; where it stands in the text
// helps.
func explainRaw(err error) error {
	explained := persistence.Explain(err)
	var refused *pgconn.PgError
	if p, ok := wire.AsProblem(explained); ok && errors.As(err, &refused) && refused.Position > 0 {
		p.Detail = fmt.Sprintf("%s (at character %d)", p.Detail, refused.Position)
		if p.Field == "" {
			p.Field = "query"
		}
	}
	return explained
}

// resetSession is what undoes anything that a caller's SQL did to its session.
func resetSession(status byte) string {
	reset := "RESET ALL; RESET SESSION AUTHORIZATION; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP"
	if status != 'I' {
		return "ROLLBACK; " + reset
	}
	return reset
}

// lastParam is where the digits of the last "$n" in a text begin, or -1.
func lastParam(text string) int {
	if i := strings.LastIndexByte(text, '$'); i >= 0 {
		return i + 1
	}
	return -1
}
