package lane

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"athena/persistence/rowjson"
)

// Plan is a statement and the form of its answer. It is made once for all the
// requests of one shape, because it remembers how the columns of the statement
// become JSON; it must not be changed or copied once it has run.
type Plan struct {
	// SQL is one statement with parameters $1 to $n.
	SQL string
	// Fields say how columns become an object. Without any, each column is a
	// member, in order.
	Fields []rowjson.Field
	// StripNulls leaves out members that are null.
	StripNulls bool

	compiled atomic.Pointer[compiled]
}

// Query is one run of a plan.
type Query struct {
	*Plan
	// Args are the parameters in text format, nil for null. The server infers
	// their types.
	Args [][]byte
	// MaxBytes bounds the JSON: beyond it the answer is ErrTooLarge. Zero means
	// DefaultMaxBytes on a lane and no limit elsewhere.
	MaxBytes int
	// Format is the form of the rows. A lane knows arrays alone.
	Format rowjson.Format
}

// Result is the answer to a query.
type Result struct {
	// JSON is the array of objects, behind whatever the caller's buffer held.
	JSON []byte
	// Rows counts the objects in the array.
	Rows int64
	// Tag is the server's, such as SELECT 5 or UPDATE 1.
	Tag pgconn.CommandTag
	// Mark is what the last row had in the column of the plan's mark.
	Mark []byte
	// Took is how long the server needed, on one of the lanes for writes alone.
	Took time.Duration
}

// columns describe the result of a statement.
type columns struct {
	names []string
	oids  []uint32
}

// compiled is a shape and what it was made for.
type compiled struct {
	columns
	types *rowjson.Types
	shape *rowjson.Shape
}

func (c *compiled) fits(cols columns, types *rowjson.Types) bool {
	return c != nil && c.types == types && slices.Equal(c.oids, cols.oids) && slices.Equal(c.names, cols.names)
}

// shape gives the shape of the plan for these columns, compiling it when the
// statement is new or the schema has changed.
func (p *Plan) shape(cols columns, types *rowjson.Types) (*rowjson.Shape, error) {
	if c := p.compiled.Load(); c.fits(cols, types) {
		return c.shape, nil
	}
	fields := p.Fields
	if len(fields) == 0 {
		fields = rowjson.Flat(cols.names)
	}
	shape, err := rowjson.Compile(fields, cols.oids, types, rowjson.Options{StripNulls: p.StripNulls})
	if err != nil {
		return nil, err
	}
	p.compiled.Store(&compiled{cols, types, shape})
	return shape, nil
}
