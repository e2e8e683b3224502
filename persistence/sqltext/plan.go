package sqltext

import (
	"athena/persistence/catalog"
	"athena/persistence/rowjson"
)

// Plan is a compiled statement that serves every request of one shape. It is
// immutable and safe to share.
type Plan struct {
	// SQL is the statement, with parameters $1 to $n.
	SQL string
	// Fields say how the columns of the result become JSON. A statement that
	// answers no rows has none.
	Fields []rowjson.Field
	// ParamColumns names, for each parameter, the column it is compared with or
	// stored in, so that the server's complaint about parameter $2 can name it.
	// It is empty for a parameter that belongs to no column.
	ParamColumns []string
	// Tables are the relations that the statement touches, resolved, each once:
	// for rights and for the cache.
	Tables []Name
	// Embedded are the relations that are read beside the one that the request is
	// about, which is the first of Tables; that one again where it refers to itself.
	Embedded []Name

	// Order is the fingerprint of the order of a read by a cursor.
	Order uint64
	// Handled says that an aggregate makes one value of the rows; see Handler.
	Handled bool
	// Computed says that functions of the database decide parts of the answer.
	Computed bool

	// Function is what a Call calls, nil for every other request.
	Function *catalog.Function
	// Value says that the function gives values, not rows: they stand in the one
	// column of the result.
	Value bool

	encodings []encoding
}
