package gatewaydb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"

	"athena/persistence"
	"athena/persistence/catalog"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"

	"github.com/jackc/pgx/v5/pgconn"
)

// shared is how the rows of many requests of one shape become one statement.
type shared struct {
	lane  lane.Plan
	group string
	// strikes counts batches that failed although each of their rows alone did not.
	strikes atomic.Int32
	shape   atomic.Pointer[batchShape]
}

// batchShape writes the rows of a batch; it lasts as long as the types it was made
// with.
type batchShape struct {
	types *rowjson.Types
	rows  *rowjson.Shape
}

// strikeLimit is how many strikes end the sharing of a shape: the database takes
// its rows alone and not together, such as where a role may not read every column.
const strikeLimit = 3

// share compiles the shared form of an insert; nil for what has none.
func share(c *sqltext.Compiler, cat *catalog.Catalog, mode Mode, request any) *shared {
	in, ok := request.(*sqltext.Insert)
	if !ok {
		return nil
	}
	plan, ok := c.SharedInsert(cat, mode.Path, in)
	if !ok {
		return nil
	}
	return newShared(plan, mode)
}

// together is the form of an insert that stores many rows of one request; nil where
// each must be stored alone.
func (s *Store) together(st *Statement) *shared {
	sh := st.plan.together.Load()
	if sh == nil {
		sh = &shared{}
		c := sqltext.Compiler{Types: s.types.Load()}
		if plan, ok := c.NumberedInsert(s.Catalog(), st.mode.Path, st.request.(*sqltext.Insert)); ok {
			sh = newShared(plan, st.mode)
		}
		st.plan.together.Store(sh)
	}
	if sh.lane.SQL == "" || sh.strikes.Load() >= strikeLimit {
		return nil
	}
	return sh
}

func newShared(plan *sqltext.Plan, mode Mode) *shared {
	group := strconv.Quote(plan.Tables[0].Schema) + strconv.Quote(plan.Tables[0].Table)
	for _, column := range plan.ParamColumns {
		group += "," + strconv.Quote(column)
	}
	return &shared{lane: lane.Plan{SQL: plan.SQL, Fields: plan.Fields, StripNulls: mode.StripNulls}, group: group}
}

// Shareable reports whether the statement's row may be stored in one statement
// with those of others, which have the database's own time zone.
func (st *Statement) Shareable() bool {
	return st.shared != nil && !st.own() && st.format == rowjson.JSONArray && st.shared.strikes.Load() < strikeLimit
}

// Group names the table and the columns of a shareable statement.
func (st *Statement) Group() string { return st.shared.group }

// SameShape reports whether two shareable statements differ in their values alone,
// also where the schema was read again between them.
func (st *Statement) SameShape(other *Statement) bool {
	return st.plan == other.plan || st.sql.SQL == other.sql.SQL &&
		st.shared.lane.SQL == other.shared.lane.SQL && st.shared.lane.StripNulls == other.shared.lane.StripNulls
}

// Strike notes that a batch of this shape failed for no fault of any row.
func (st *Statement) Strike() { st.shared.strikes.Add(1) }

// Size is about how many bytes the statement's values have.
func (st *Statement) Size() int {
	size := 0
	for _, arg := range st.args {
		size += len(arg)
	}
	return size
}

// RunShared stores the rows of shareable statements of one shape in one statement,
// all or none, and gives each statement the answer that it would have had alone.
// Its error is the database's own, for Blocked and for persistence.Explain.
func (s *Store) RunShared(ctx context.Context, batch []*Statement) ([]Result, error) {
	for attempt := 1; ; attempt++ {
		results, err := s.shareOnce(ctx, batch)
		if err == nil && batch[0].shared.strikes.Load() > 0 {
			batch[0].shared.strikes.Store(0)
		}
		if attempt == attempts || err == nil || !pgconn.SafeToRetry(err) {
			s.wrote(err, batch[0]) // the others write to the same table
			return results, err
		}
	}
}

// Blocked reports whether a batch failed for others who hold or change the same
// rows: its rows may be stored alone, each waiting for itself.
func Blocked(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case "55P03", "40P01", "40001":
		return true
	}
	return false
}

// Refused reports whether the database has refused a batch and undone it, so that
// its rows may be given to it again.
func Refused(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && !persistence.Disconnected(err) && refused.Code != "57014"
}

func (s *Store) shareOnce(ctx context.Context, batch []*Statement) ([]Result, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, acquireProblem(ctx, err)
	}
	defer conn.Release()
	sh := batch[0].shared
	var results []Result
	q := lane.Query{Plan: &sh.lane, Args: batchArgs(batch)}
	err = lane.ReadPrepared(ctx, conn.Conn().PgConn(), q, func(reader *pgconn.ResultReader) (err error) {
		results, err = sh.read(reader, s.types.Load(), len(batch))
		return err
	})
	return results, err
}

// batchArgs makes an array of each parameter.
func batchArgs(batch []*Statement) [][]byte {
	args := make([][]byte, len(batch[0].args))
	column := make([][]byte, len(batch))
	for i := range args {
		for n, st := range batch {
			column[n] = st.args[i]
		}
		args[i] = sqltext.ArrayArg(column)
	}
	return args
}

var insertedOne = pgconn.NewCommandTag("INSERT 0 1")

// read hands each row to the statement whose number it carries.
func (sh *shared) read(reader *pgconn.ResultReader, types *rowjson.Types, n int) ([]Result, error) {
	results := make([]Result, n)
	fields := reader.FieldDescriptions()
	if len(fields) == 0 { // no rows were asked for, or it failed, which Close tells
		for i := range results {
			results[i] = Result{Rows: 1, Tag: insertedOne}
		}
		return results, nil
	}
	shape, err := sh.compile(fields, types)
	if err != nil {
		return nil, err
	}
	var buffer []byte
	var rows rowjson.Rows
	answered := 0
	for ; reader.NextRow(); answered++ {
		values := reader.Values()
		number, err := strconv.Atoi(string(values[len(values)-1]))
		if err != nil || number < 1 || number > n || results[number-1].JSON != nil {
			return nil, fmt.Errorf("gatewaydb: a shared insert answered row %q of %d", values[len(values)-1], n)
		}
		start := len(buffer)
		rows.Begin(shape)
		buffer = rows.End(rows.Row(buffer, values))
		// Should the buffer grow, earlier answers keep the old memory.
		results[number-1] = Result{JSON: buffer[start:len(buffer):len(buffer)], Rows: 1, Tag: insertedOne}
	}
	if answered != n {
		return nil, fmt.Errorf("gatewaydb: a shared insert answered %d rows of %d", answered, n)
	}
	return results, nil
}

func (sh *shared) compile(fields []pgconn.FieldDescription, types *rowjson.Types) (*rowjson.Shape, error) {
	if made := sh.shape.Load(); made != nil && made.types == types {
		return made.rows, nil
	}
	oids := make([]uint32, len(fields))
	for i, f := range fields {
		oids[i] = f.DataTypeOID
	}
	shape, err := rowjson.Compile(sh.lane.Fields, oids, types, rowjson.Options{StripNulls: sh.lane.StripNulls})
	if err != nil {
		return nil, fmt.Errorf("gatewaydb: shared insert: %w", err)
	}
	sh.shape.Store(&batchShape{types, shape})
	return shape, nil
}
