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
	// VirginMode lets the key learn from its first uses from where it may be used,
	// in place of the two lists below.
	VirginMode bool `json:"virgin_mode"`
	// VirginUntilNRequests ends the learning after so many uses; 0 does not count them.
	VirginUntilNRequests int32 `json:"virgin_until_n_requests"`
	// MaxWhitelistIPs ends it at so many addresses, and bounds the whitelist; 0
	// sets no limit.
	MaxWhitelistIPs int32 `json:"max_whitelist_ips"`
	// IPWhitelist holds the only addresses and CIDR ranges from where the key may
	// be used; with none it may be used from anywhere.
	IPWhitelist []string `json:"ip_whitelist"`
	// IPBlacklist holds those from where it may not be used.
	IPBlacklist []string `json:"ip_blacklist"`
}

// Check reports the first thing wrong with the request.
func (c *CreateAPIKey) Check() error {
	if err := checkKeyName(c.Name); err != nil {
		return err
	}
	if err := checkExpiry(c.ExpiresAt); err != nil {
		return err
	}
	if err := c.checkVirgin(); err != nil {
		return err
	}
	return c.checkIPs()
}

func checkKeyName(name string) error {
	if strings.TrimSpace(name) == "" {
		return Fail(InvalidRequest, "name must not be empty").At("name")
	}
	if len(name) > maxName {
		return Fail(InvalidRequest, "name must not be longer than %d bytes", maxName).At("name")
	}
	return nil
}

// maxName bounds the names that people give to keys and rights.
const maxName = 200

func checkExpiry(at *time.Time) error {
	if at != nil && !at.After(time.Now()) {
		return Fail(InvalidRequest, "expires_at must lie in the future").At("expires_at")
	}
	return nil
}

func (c *CreateAPIKey) checkVirgin() error {
	switch {
	case c.VirginUntilNRequests < 0:
		return Fail(InvalidRequest, "virgin_until_n_requests must not be negative").At("virgin_until_n_requests")
	case c.MaxWhitelistIPs < 0:
		return Fail(InvalidRequest, "max_whitelist_ips must not be negative").At("max_whitelist_ips")
	case c.VirginMode && c.VirginUntilNRequests == 0 && c.MaxWhitelistIPs == 0:
		return Fail(InvalidRequest, "virgin_mode needs a positive virgin_until_n_requests or max_whitelist_ips, or it would never end").At("virgin_mode")
	}
	return nil
}

func (c *CreateAPIKey) checkIPs() error {
	allowed, err := ParseIPRanges("ip_whitelist", c.IPWhitelist)
	if err != nil {
		return err
	}
	denied, err := ParseIPRanges("ip_blacklist", c.IPBlacklist)
	if err != nil {
		return err
	}
	if c.MaxWhitelistIPs > 0 && len(allowed) > int(c.MaxWhitelistIPs) {
		return Fail(InvalidRequest, "ip_whitelist has %d entries, max_whitelist_ips allows %d", len(allowed), c.MaxWhitelistIPs).At("ip_whitelist")
	}
	for _, a := range allowed {
		for _, d := range denied {
			if d.Bits() <= a.Bits() && d.Overlaps(a) {
				return Fail(InvalidRequest, "ip_whitelist allows %s, which ip_blacklist refuses with %s", a, d).At("ip_whitelist")
			}
		}
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

// UpdateAPIKey changes what it mentions of a key.
type UpdateAPIKey struct {
	APIKeyByID
	// Name tells keys apart for people.
	Name *string `json:"name"`
	// Description says what the key is for.
	Description Maybe[string] `json:"description"`
	// ClientName binds the key to one Athena client; null lets it call any.
	ClientName Maybe[string] `json:"client_name"`
	// ExpiresAt ends the key; it must lie in the future. Null keeps the key until
	// it is revoked.
	ExpiresAt Maybe[time.Time] `json:"expires_at"`
	// IsActive revokes the key, or brings it back.
	IsActive *bool `json:"is_active"`
	// Rights take the place of all rights that the key has.
	Rights *[]string `json:"rights"`
}

// Check reports the first thing wrong with the request.
func (u *UpdateAPIKey) Check() error {
	if u.Name != nil {
		if err := checkKeyName(*u.Name); err != nil {
			return err
		}
	}
	return checkExpiry(u.ExpiresAt.Value)
}

// Apply changes a record as the request says; rights are not part of its row.
func (u *UpdateAPIKey) Apply(r *APIKeyRecord) {
	if u.Name != nil {
		r.Name = *u.Name
	}
	if u.IsActive != nil {
		r.IsActive = *u.IsActive
	}
	r.Description = u.Description.Or(r.Description)
	r.ClientName = u.ClientName.Or(r.ClientName)
	r.ExpiresAt = u.ExpiresAt.Or(r.ExpiresAt)
}

// APIKeyReply holds one key.
type APIKeyReply struct {
	// Record is what is stored of the key.
	Record APIKeyRecord `json:"record"`
}

// DeletedID names what was removed.
type DeletedID struct {
	// ID was its row.
	ID uuid.UUID `json:"id"`
}

// ListAPIKeys asks for keys, newest first.
type ListAPIKeys struct {
	AdminHeaders
	// Limit is how many to return: all where absent, 1000 at most.
	Limit *int `query:"limit" json:"-"`
	// Offset is how many to skip.
	Offset int `query:"offset" json:"-"`
}

// Check reports the first thing wrong with the request.
func (l *ListAPIKeys) Check() error { return checkPage(l.Limit, l.Offset) }

// APIKeyPage lists keys, newest first.
type APIKeyPage struct {
	// APIKeys are the keys, revoked ones included.
	APIKeys []APIKeyRecord `json:"api_keys"`
}
