package wire

import (
	"strings"
	"time"

	"github.com/google/uuid"
)

// AdminHeaders is how the static admin key is shown. The bearer, X-Athena-Key
// and ?api_key= are accepted too.
type AdminHeaders struct {
	// AdminKey is the static admin key (setting ATHENA_KEY_12).
	AdminKey string `header:"apikey" json:"-" doc:"only" secret:"true"`
}

// APIKeyRecord is an API key without its secret, which is stored nowhere.
type APIKeyRecord struct {
	// ID is the key's row.
	ID uuid.UUID `json:"id" db:"id"`
	// PublicID is the half of the key that may be shown and logged.
	PublicID string `json:"public_id" db:"public_id"`
	// Name tells keys apart for people.
	Name string `json:"name" db:"name"`
	// Description says what the key is for.
	Description *string `json:"description" db:"description"`
	// ClientName binds the key to one Athena client; null lets it call any.
	ClientName *string `json:"client_name" db:"client_name"`
	// ExpiresAt ends the key; null keeps it until it is revoked.
	ExpiresAt *time.Time `json:"expires_at" db:"expires_at"`
	// IsActive is false for a revoked key.
	IsActive bool `json:"is_active" db:"is_active"`
	// LastUsedAt is when the key was last accepted, some seconds late.
	LastUsedAt *time.Time `json:"last_used_at" db:"last_used_at"`
	// CreatedAt is when the key was made.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when the record last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
	// Rights are the rights granted to the key.
	Rights []string `json:"rights" db:"rights"`
}

// CreateAPIKey asks for a new key.
type CreateAPIKey struct {
	AdminHeaders
	// Name tells keys apart for people.
	Name string `json:"name" required:"true"`
	// Description says what the key is for.
	Description *string `json:"description"`
	// ClientName binds the key to one Athena client.
	ClientName *string `json:"client_name"`
	// ExpiresAt ends the key; it must lie in the future.
	ExpiresAt *time.Time `json:"expires_at"`
	// Rights are names from the rights catalog.
	Rights []string `json:"rights"`
}

// Check reports the first thing wrong with the request.
func (c *CreateAPIKey) Check() error {
	if strings.TrimSpace(c.Name) == "" {
		return Fail(InvalidRequest, "name must not be empty").At("name")
	}
	if c.ExpiresAt != nil && !c.ExpiresAt.After(time.Now()) {
		return Fail(InvalidRequest, "expires_at must lie in the future").At("expires_at")
	}
	return nil
}

// CreatedAPIKey holds a new key, the only time that it is shown whole.
type CreatedAPIKey struct {
	// APIKey is the whole key, ath_{public}.{secret}. It cannot be read again.
	APIKey string `json:"api_key"`
	// Record is what is stored of it.
	Record APIKeyRecord `json:"record"`
}

// HTTPStatus is that of something made.
func (CreatedAPIKey) HTTPStatus() int { return 201 }

// ListAPIKeys asks for all keys.
type ListAPIKeys struct{ AdminHeaders }

// APIKeyPage lists keys, newest first.
type APIKeyPage struct {
	// APIKeys are the keys, revoked ones included.
	APIKeys []APIKeyRecord `json:"api_keys"`
}
