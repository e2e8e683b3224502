package gatewaydb

import (
	"context"
	"errors"
	"strconv"

	"athena/persistence/catalog"
	"athena/persistence/lane"
	"athena/persistence/sqltext"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Called is the answer to a call.
type Called struct {
	// Result holds the rows as they were asked for; a void function has none.
	Result
	// Count is the number of rows without bounds; nil where it was not asked for.
	Count *int64
	// Function is what was called.
	Function *catalog.Function
	// Value says that the function gives values, each in the one column of a row.
	Value bool
}

// Functions are those that a call of a name may mean; there is at least one.
func (s *Store) Functions(ctx context.Context, path []string, name sqltext.Name) ([]*catalog.Function, error) {
	return twice(ctx, s, func() ([]*catalog.Function, error) { return sqltext.Overloads(s.Catalog(), path, name) })
}

// Call calls a function. One that changes nothing travels on a lane, like a read;
// any other has a connection of its own, whose session is cleaned after it. What a
// function did is undone where there is a verdict, and it says so.
func (s *Store) Call(ctx context.Context, call *sqltext.Call, mode Mode, allow sqltext.AllowFunc, verdict Verdict) (Called, error) {
	st, err := s.Prepare(ctx, call, mode, allow)
	if err != nil {
		return Called{}, err
	}
	st.As(call.Format)
	called := Called{Function: st.sql.Function, Value: st.sql.Value}
	if verdict != nil && mayWrite(st.sql) {
		_, err := s.Weigh(ctx, st, func(r Result) (bool, error) {
			if err := called.take(r, call.Count); err != nil {
				return false, err
			}
			return verdict(called.Result)
		})
		return called, err
	}
	result, err := s.Run(ctx, st)
	if err != nil {
		return called, err
	}
	if err = called.take(result, call.Count); err == nil && verdict != nil {
		_, err = verdict(called.Result)
	}
	if err != nil {
		called.Release()
	}
	return called, err
}

// take reads what a call gave.
func (c *Called) take(r Result, counted bool) (err error) {
	c.Result = r
	if counted {
		err = c.split()
	}
	if c.Function.Void() {
		c.JSON, c.Rows = append(c.JSON[:0], "[]"...), 0
	}
	return err
}

// split takes a counted answer apart: [{"count":N,"rows":N,"data":[...]}].
func (c *Called) split() error {
	var rest []byte
	var count int64
	var ok bool
	if count, rest, ok = leading(c.JSON, `[{"count":`); ok {
		c.Rows, rest, ok = leading(rest, `,"rows":`)
	}
	const before, after = `,"data":`, `}]`
	if !ok || len(rest) < len(before)+len(after) {
		return errors.New("gatewaydb: a counted call did not answer one row")
	}
	c.Count = &count
	c.JSON = append(c.JSON[:0], rest[len(before):len(rest)-len(after)]...) // to the front, so that the whole buffer comes back
	return nil
}

// leading reads the number behind a text.
func leading(text []byte, before string) (n int64, rest []byte, ok bool) {
	if len(text) < len(before) || string(text[:len(before)]) != before {
		return 0, nil, false
	}
	text = text[len(before):]
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(string(text[:end]), 10, 64)
	return n, text[end:], err == nil
}

// mayWrite reports whether a statement calls what is not declared to change
// nothing.
func mayWrite(p *sqltext.Plan) bool {
	return p.Function != nil && p.Function.Volatility == catalog.Volatile
}

func readOnly(request any) bool {
	call, ok := request.(*sqltext.Call)
	return ok && call.ReadOnly
}

// onceCall calls a function on a connection, and cleans what it did to its session.
// A transaction that may only read is undone with the rest.
func (s *Store) onceCall(ctx context.Context, conn *pgxpool.Conn, st *Statement) (Result, error) {
	defer func() { release(conn, pgconn.CommandTag{}) }()
	pg, run := conn.Conn().PgConn(), lane.ExecPrepared
	if st.readOnly {
		if err := beginReading(ctx, pg); err != nil {
			return Result{}, err
		}
		run = lane.Exec
	}
	buffer := buffers.Get().(*[]byte)
	q := st.query(s.options.MaxAnswer)
	r, err := run(ctx, pg, s.types.Load(), q, (*buffer)[:0])
	if err != nil {
		return Result{}, err
	}
	return result(r, buffer), nil
}
