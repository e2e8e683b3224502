package persistence

import (
	"reflect"
	"time"

	"github.com/google/uuid"
)

// isStruct reports whether rows of T are read field by field: structs are, but
// for those that are one value to the database.
func isStruct[T any]() bool {
	switch any(*new(T)).(type) {
	case time.Time, uuid.UUID:
		return false
	}
	return reflect.TypeFor[T]().Kind() == reflect.Struct
}
