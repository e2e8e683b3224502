package persistence

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLState is the code with which the database refused, empty where it did not.
func SQLState(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	return ""
}

// NoTable reports whether the database refused because a table, or its schema, is not
// there.
func NoTable(err error) bool {
	state := SQLState(err)
	return state == "42P01" || state == "3F000"
}

// Undone reports whether the database undid a statement or transaction for a
// conflict with others, so that running it again is safe and may well succeed.
func Undone(err error) bool {
	state := SQLState(err)
	return state == "40001" || state == "40P01"
}

// Contended reports whether the database gave up for what others do at the same time:
// it undid the work, or a lock did not come free.
func Contended(err error) bool {
	return Undone(err) || SQLState(err) == "55P03"
}
