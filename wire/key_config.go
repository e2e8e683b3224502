package wire

import "time"

// KeyConfig says whether keys are enforced for clients without a rule of their own.
type KeyConfig struct {
	// EnforceAPIKeys is true where callers need a key.
	EnforceAPIKeys bool `json:"enforce_api_keys" db:"enforce_api_keys"`
	// UpdatedAt is when the rule last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// KeyClientConfig says whether keys are enforced for one client.
type KeyClientConfig struct {
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// EnforceAPIKeys is true where callers of the client need a key.
	EnforceAPIKeys bool `json:"enforce_api_keys" db:"enforce_api_keys"`
	// CreatedAt is when the rule was made.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// KeyConfigReply holds all rules about whether keys are enforced.
type KeyConfigReply struct {
	// Global is the rule for clients without one of their own.
	Global KeyConfig `json:"global"`
	// Clients are the rules of single clients, by name.
	Clients []KeyClientConfig `json:"clients"`
}

// GetKeyConfig asks for all rules about whether keys are enforced.
type GetKeyConfig struct{ AdminHeaders }

// SetKeyConfig says whether keys are enforced.
type SetKeyConfig struct {
	AdminHeaders
	// EnforceAPIKeys is true where callers need a key.
	EnforceAPIKeys *bool `json:"enforce_api_keys" required:"true"`
}

// Check reports the first thing wrong with the request.
func (s *SetKeyConfig) Check() error { return checkPresent("enforce_api_keys", s.EnforceAPIKeys) }

// checkPresent refuses a request that leaves out what it is about.
func checkPresent(field string, value *bool) error {
	if value == nil {
		return Fail(InvalidRequest, "%s must be true or false", field).At(field)
	}
	return nil
}

// KeyClientConfigPage lists the rules of single clients, by name.
type KeyClientConfigPage struct {
	// Clients are the rules.
	Clients []KeyClientConfig `json:"clients"`
}

// SetKeyClientConfig says whether keys are enforced for one client.
type SetKeyClientConfig struct {
	ClientByName
	// EnforceAPIKeys is true where callers of the client need a key.
	EnforceAPIKeys *bool `json:"enforce_api_keys" required:"true"`
}

// Check reports the first thing wrong with the request.
func (s *SetKeyClientConfig) Check() error {
	if err := checkClientName(s.ClientName); err != nil {
		return err
	}
	return checkPresent("enforce_api_keys", s.EnforceAPIKeys)
}

// ClientByName names a client.
type ClientByName struct {
	AdminHeaders
	// ClientName is the client.
	ClientName string `path:"client_name" json:"-"`
}

// KeyClientConfigReply holds the rule of one client.
type KeyClientConfigReply struct {
	// Client is the rule as it is stored.
	Client KeyClientConfig `json:"client"`
}

// DeletedClientName names the client whose entry was removed.
type DeletedClientName struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
}
