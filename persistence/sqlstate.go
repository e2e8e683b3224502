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
