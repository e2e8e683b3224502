package lane

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5/pgconn"

	"athena/persistence/rowjson"
)

const (
	// preparedKey is where a connection keeps what it has prepared.
	preparedKey = "athena.lane.statements"
	// maxPrepared is how many statements one connection of a pool keeps.
	maxPrepared = 500
	// maxLosses is how many statements a connection may lose until it is taken for
	// granted that the sessions behind it change.
	maxLosses = 8
)

// ExecPrepared is Exec for statements that come again, outside a transaction: the
// connection prepares each once, so that the server parses it once. A statement
// that the server does not have any more, or whose result has changed, is
// prepared anew; it has done nothing until then. A connection that loses its
// statements again and again, as behind a pooler, is not kept prepared.
func ExecPrepared(ctx context.Context, conn *pgconn.PgConn, types *rowjson.Types, q Query, dst []byte) (Result, error) {
	return runPrepared(ctx, conn, q, func(start func() *pgconn.ResultReader) (Result, error) { return exec(q, types, dst, start) })
}

// ReadPrepared runs a query like ExecPrepared and leaves its rows to read, which
// may be called again where the statement has to be prepared anew; it has seen no
// rows then.
func ReadPrepared(ctx context.Context, conn *pgconn.PgConn, q Query, read func(*pgconn.ResultReader) error) error {
	_, err := runPrepared(ctx, conn, q, func(start func() *pgconn.ResultReader) (struct{}, error) {
		reader := start()
		failed := read(reader)
		if _, err := reader.Close(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, failed
	})
	return err
}

// Read is ReadPrepared for what runs in a transaction, where nothing can be tried again.
func Read(ctx context.Context, conn *pgconn.PgConn, q Query, read func(*pgconn.ResultReader) error) error {
	reader := conn.ExecParams(ctx, q.SQL, q.Args, nil, nil, nil)
	failed := read(reader)
	if _, err := reader.Close(); err != nil {
		return err
	}
	return failed
}

// runPrepared has run start the statement and read its answer.
func runPrepared[T any](ctx context.Context, conn *pgconn.PgConn, q Query, run func(start func() *pgconn.ResultReader) (T, error)) (T, error) {
	unprepared := func() *pgconn.ResultReader { return conn.ExecParams(ctx, q.SQL, q.Args, nil, nil, nil) }
	known := preparedOn(conn)
	if known.losses >= maxLosses {
		return run(unprepared)
	}
	value, err := execPrepared(ctx, known, conn, q, run)
	if err == nil || conn.TxStatus() != 'I' {
		return value, err
	}
	switch {
	case replanned(err):
		return execPrepared(ctx, known, conn, q, run)
	case missing(err) || taken(err):
		known.losses++
		return run(unprepared)
	}
	return value, err
}

// ForgetPrepared is for who has deallocated all statements of a connection.
func ForgetPrepared(conn *pgconn.PgConn) { delete(conn.CustomData(), preparedKey) }

// prepared are the statements of one connection of a pool. Whoever has the
// connection has them to itself.
type prepared struct {
	*statements
	losses int
}

func preparedOn(conn *pgconn.PgConn) *prepared {
	known, ok := conn.CustomData()[preparedKey].(*prepared)
	if !ok {
		known = &prepared{statements: newStatements(maxPrepared)}
		conn.CustomData()[preparedKey] = known
	}
	return known
}

func execPrepared[T any](ctx context.Context, p *prepared, conn *pgconn.PgConn, q Query, run func(start func() *pgconn.ResultReader) (T, error)) (T, error) {
	var none T
	st := p.find(q.SQL)
	if st == nil {
		var err error
		if st, err = p.prepare(ctx, conn, q.SQL); err != nil {
			return none, err
		}
	}
	value, err := run(func() *pgconn.ResultReader { return conn.ExecStatement(ctx, st.description, q.Args, nil, nil) })
	if err != nil && stale(err) {
		p.drop(st)
		if replanned(err) && conn.TxStatus() == 'I' {
			return none, errors.Join(err, deallocate(ctx, conn, st))
		}
	}
	return value, err
}

// prepare adds a statement, and takes away the one that was not used for longest
// when there are too many. It is named by its text: behind a pooler, where
// connections share sessions, one name must never stand for two texts.
func (p *prepared) prepare(ctx context.Context, conn *pgconn.PgConn, sql string) (*statement, error) {
	sum := fnv.New128a()
	sum.Write([]byte(sql))
	description, err := conn.Prepare(ctx, fmt.Sprintf("athena_%x", sum.Sum(nil)), sql, nil)
	if err != nil {
		return nil, err
	}
	st := p.add(sql)
	st.name, st.description = description.Name, description
	if old := p.evict(); old != nil {
		return st, deallocate(ctx, conn, old)
	}
	return st, nil
}

func deallocate(ctx context.Context, conn *pgconn.PgConn, st *statement) error {
	if err := conn.Deallocate(ctx, st.name); err != nil {
		return fmt.Errorf("lane: deallocate: %w", err)
	}
	return nil
}

// taken tells that another connection has prepared the same text in the session.
func taken(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && refused.Code == "42P05" // duplicate_prepared_statement
}
