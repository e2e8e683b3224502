package lane

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"athena/persistence/rowjson"
)

// ChunkSize is about how much JSON Stream holds back before it hands it on.
const ChunkSize = 32 << 10

// Exec runs a query on a connection that the caller has to itself and appends its
// answer to dst. The session must be one that rowjson.Session has set up. Errors
// are those of pgconn, as they are.
//
// An answer beyond MaxBytes is read to its end before ErrTooLarge is returned: the
// connection stays good, and what the statement changed is changed.
func Exec(ctx context.Context, conn *pgconn.PgConn, types *rowjson.Types, q Query, dst []byte) (Result, error) {
	return exec(q, types, dst, func() *pgconn.ResultReader {
		return conn.ExecParams(ctx, q.SQL, q.Args, nil, nil, nil)
	})
}

// exec encodes an answer whole, as far as the query's bound allows.
func exec(q Query, types *rowjson.Types, dst []byte, begin func() *pgconn.ResultReader) (Result, error) {
	start := len(dst)
	a := answer{Query: q, types: types, dst: dst, keep: func(dst []byte) ([]byte, error) {
		if q.MaxBytes > 0 && len(dst)-start > q.MaxBytes {
			return nil, tooLarge(q.MaxBytes)
		}
		return dst, nil
	}}
	return a.run(begin())
}

// Stream runs a query like Exec and hands the JSON on in chunks as the rows
// arrive, each valid during the call alone; the chunks of an answer make one JSON
// array. It holds one row and one chunk at a time, however large the answer.
//
// When chunk fails, so does Stream, with the same error and at once: the server is
// not asked for the rest, at the price of the connection. A failure of the server
// may come after chunks have been handed on.
func Stream(ctx context.Context, conn *pgconn.PgConn, types *rowjson.Types, q Query, chunk func([]byte) error) (Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := answer{Query: q, types: types, keep: func(dst []byte) ([]byte, error) {
		if len(dst) < ChunkSize {
			return dst, nil
		}
		if err := chunk(dst); err != nil {
			cancel()
			return nil, err
		}
		return dst[:0], nil
	}}
	result, err := a.run(conn.ExecParams(ctx, q.SQL, q.Args, nil, nil, nil))
	if err != nil {
		return Result{}, err
	}
	err = chunk(result.JSON)
	result.JSON = nil
	return result, err
}

// answer is encoded row by row. After each, keep says what of the JSON stays in
// the buffer; its error ends the encoding.
type answer struct {
	Query
	types *rowjson.Types
	dst   []byte
	keep  func([]byte) ([]byte, error)
	rows  rowjson.Rows
}

func (a *answer) run(reader *pgconn.ResultReader) (Result, error) {
	err := a.encode(reader)
	tag, failed := reader.Close()
	if err == nil {
		err = failed
	}
	if err != nil {
		return Result{}, err
	}
	return Result{JSON: a.rows.End(a.dst), Rows: a.rows.Count(), Tag: tag, Mark: a.rows.Mark()}, nil
}

func (a *answer) encode(reader *pgconn.ResultReader) error {
	fields := reader.FieldDescriptions()
	if fields == nil { // it has no rows, or it failed, which Close will tell
		return nil
	}
	shape, err := a.shape(describe(fields), a.types)
	if err != nil {
		return fmt.Errorf("lane: %w", err)
	}
	a.rows.BeginAs(shape, a.Format)
	for err == nil && reader.NextRow() {
		a.dst, err = a.keep(a.rows.Row(a.dst, reader.Values()))
	}
	return err
}

func describe(fields []pgconn.FieldDescription) columns {
	var cols columns
	for _, f := range fields {
		cols.names = append(cols.names, f.Name)
		cols.oids = append(cols.oids, f.DataTypeOID)
	}
	return cols
}
