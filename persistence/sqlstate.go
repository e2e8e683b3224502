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
