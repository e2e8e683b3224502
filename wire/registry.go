package wire

import (
	"time"

	"github.com/google/uuid"
)

// RegistryHeaders are what every question to the registry may carry.
type RegistryHeaders struct {
	// CacheControl no-cache has the rows read anew.
	CacheControl string `header:"Cache-Control" json:"-"`
}

// ListRegistry asks for the whole registry.
type ListRegistry struct{ RegistryHeaders }

// FindRegistryEntry asks for one row of the registry.
type FindRegistryEntry struct {
	RegistryHeaders
	// ID is the row.
	ID uuid.UUID `path:"api_registry_id"`
}

// RegistryEntry is an operation as it stands in the control database.
type RegistryEntry struct {
	// ID is that of the row; an operation has the same one on every server.
	ID uuid.UUID `json:"api_registry_id" db:"api_registry_id"`
	// Method is that of HTTP.
	Method string `json:"method" db:"method"`
	// Path has its variables in braces.
	Path string `json:"path" db:"path"`
	// Summary says what the operation is for.
	Summary string `json:"summary" db:"summary"`
	// Tag groups operations for people.
	Tag string `json:"tag" db:"tag"`
	// Access says what a caller has to show: public, admin, gateway, maybe_gateway,
	// session, management or alias.
	Access string `json:"access" db:"access"`
	// RequiredRight is the right that an API key needs, null where that follows from
	// the request or none is needed.
	RequiredRight *string `json:"required_right" db:"required_right"`
	// Version is that of the server which wrote the row.
	Version string `json:"version" db:"version"`
	// CreatedAt is when the operation was first seen.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when the row was last written.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// registrySpace makes the ids of operations out of their names.
var registrySpace = uuid.MustParse("6c1f3d0e-6a0b-5b7e-9c56-0f4d8a3f2b61")

// RegistryID is the row of an operation, known by its method and path.
func RegistryID(method, path string) uuid.UUID {
	return uuid.NewSHA1(registrySpace, []byte(method+" "+path))
}

// RouterEntry is an operation as this process serves it.
type RouterEntry struct {
	// Method is that of HTTP.
	Method string `json:"method"`
	// Path has its variables in braces.
	Path string `json:"path"`
	// Summary says what the operation is for.
	Summary string `json:"summary"`
	// Tag groups operations for people.
	Tag string `json:"tag"`
	// Access says what a caller has to show, as in the registry.
	Access string `json:"access"`
	// RequiredRight is the right that an API key needs, null where that follows from
	// the request or none is needed.
	RequiredRight *string `json:"required_right"`
	// SuccessStatus is the status of the usual success.
	SuccessStatus int `json:"success_status"`
	// FailureStatuses are those with which the operation can fail.
	FailureStatuses []int `json:"failure_statuses"`
}
