// Package ddl turns requests to change a schema into SQL.
//
// Whatever a caller writes in SQL, such as a default, a type or the query of a
// view, goes through PostgreSQL's own parser, has to be exactly one piece of its
// kind, and is written anew from the parser's tree, so that nothing reaches the
// database that was not looked at. Names are quoted and held to PostgreSQL's
// limits, and those that belong to the server or to Athena are refused.
package ddl

import (
	"athena/persistence/sqltext"
	"athena/wire"
)

// Change is a change of a schema. Where compiling it failed, it still tells what
// was meant, for the audit.
type Change struct {
	// Operation is what is done, such as "create_table".
	Operation string
	// Object is what it is done to, such as "table".
	Object string
	// Schema and Name are the object's; a column is named after its table.
	Schema, Name string
	// Statements are to run in one transaction.
	Statements []string
	// Absent are the SQLSTATEs that mean that the object is not there.
	Absent []string
	// Function is set for changes of functions.
	Function *Function
}

// Function is what tells a function from others, with its definition.
type Function struct {
	// Signature is schema, name and argument types, quoted, as a cast to
	// regprocedure takes it.
	Signature string
	// Name and ArgTypes are its parts.
	Name     string
	ArgTypes []string
	// DDL is the caller's own text, empty where the function is dropped.
	DDL string
}

// Absent objects by SQLSTATE.
const (
	noTable    = "42P01"
	noColumn   = "42703"
	noObject   = "42704"
	noFunction = "42883"
	noSchema   = "3F000"
)

// TypeFunc reports whether the database has a type of this name, apart from
// PostgreSQL's own.
type TypeFunc func(schema, name string) bool

// in gives a name its schema, quoted.
func in(schema, name string) string {
	return sqltext.Qualified(sqltext.Name{Schema: schema, Table: name})
}

// cascade ends a DROP.
func cascade(cascade bool) string {
	if cascade {
		return " CASCADE"
	}
	return " RESTRICT"
}

func refuse(format string, args ...any) *wire.Problem {
	return wire.Fail(wire.InvalidDDL, format, args...)
}
