package wire

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// AthenaClient is a tenant as the catalog holds it: a name and the database
// behind it. The password of its address is never shown.
type AthenaClient struct {
	// ID is the catalog row; a client of the configuration file has none of its own.
	ID uuid.UUID `json:"id" db:"id"`
	// ClientName is what X-Athena-Client names.
	ClientName string `json:"client_name" db:"client_name"`
	// Description says what the client is for.
	Description *string `json:"description" db:"description"`
	// PgURI is the database's address, its password replaced by stars.
	PgURI *string `json:"pg_uri" db:"pg_uri"`
	// PgURIEnvVar names the environment variable that holds the address.
	PgURIEnvVar *string `json:"pg_uri_env_var" db:"pg_uri_env_var"`
	// ConfigURITemplate is the address as the configuration file wrote it.
	ConfigURITemplate *string `json:"config_uri_template" db:"config_uri_template"`
	// Source is "database" or "config".
	Source string `json:"source" db:"source"`
	// IsActive is false for a client that is switched off.
	IsActive bool `json:"is_active" db:"is_active"`
	// IsFrozen is true for a client whose requests are refused for now.
	IsFrozen bool `json:"is_frozen" db:"is_frozen"`
	// LastSyncedFromConfigAt is when the configuration file last set this row.
	LastSyncedFromConfigAt *time.Time `json:"last_synced_from_config_at" db:"last_synced_from_config_at"`
	// LastSeenAt is when the client's database last answered, give or take a minute.
	LastSeenAt *time.Time `json:"last_seen_at" db:"last_seen_at"`
	// Metadata is the operator's own.
	Metadata json.RawMessage `json:"metadata" db:"metadata"`
	// LoadFailures is how often in a row the client's database could not be opened.
	LoadFailures int `json:"load_failures" db:"load_failures"`
	// LastLoadError says in short why it could not, the last time.
	LastLoadError *string `json:"last_load_error" db:"last_load_error"`
	// DeactivatedAt is when the client was switched off because of that; any change of
	// the client by an operator begins a new count.
	DeactivatedAt *time.Time `json:"deactivated_at" db:"deactivated_at"`
	// CreatedAt is when the client was added.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when the row last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
	// DeletedAt is when the client was removed.
	DeletedAt *time.Time `json:"deleted_at" db:"deleted_at"`
}

// Redacted gives the record with its password hidden.
func (c AthenaClient) Redacted() AthenaClient {
	c.PgURI = redactURI(c.PgURI)
	c.ConfigURITemplate = redactURI(c.ConfigURITemplate)
	c.Metadata = redactMetadata(c.Metadata)
	return c
}

// redactURI hides the password of an address; what is no address is hidden whole.
func redactURI(uri *string) *string {
	if uri == nil || *uri == "" {
		return nil
	}
	hidden := "****"
	u, err := url.Parse(*uri)
	if err == nil && u.Host != "" {
		query := u.Query()
		for _, secret := range []string{"password", "sslpassword"} {
			if query.Has(secret) {
				query.Set(secret, hidden)
			}
		}
		u.RawQuery = query.Encode()
		if u.User != nil {
			if _, has := u.User.Password(); has {
				u.User = url.UserPassword(u.User.Username(), hidden)
			}
		}
		hidden = strings.ReplaceAll(u.String(), "%2A%2A%2A%2A", "****")
	}
	return &hidden
}

// RuntimeAthenaClient is a client as this process sees it.
type RuntimeAthenaClient struct {
	// ClientName is what X-Athena-Client names.
	ClientName string `json:"client_name"`
	// Source is "database" or "config".
	Source string `json:"source"`
	// Description says what the client is for.
	Description *string `json:"description"`
	// PgURI is the database's address, its password replaced by stars.
	PgURI *string `json:"pg_uri"`
	// PgURIEnvVar names the environment variable that holds the address.
	PgURIEnvVar *string `json:"pg_uri_env_var"`
	// ConfigURITemplate is the address as the configuration file wrote it.
	ConfigURITemplate *string `json:"config_uri_template"`
	// IsActive is false for a client that is switched off.
	IsActive bool `json:"is_active"`
	// IsFrozen is true for a client whose requests are refused for now.
	IsFrozen bool `json:"is_frozen"`
	// PoolConnected is true while this process holds connections to the database.
	PoolConnected bool `json:"pool_connected"`
}

// ListAthenaClients asks for the catalog.
type ListAthenaClients struct{ AdminHeaders }

// AthenaClientPage is the catalog and what this process knows of each client.
type AthenaClientPage struct {
	// Clients are the catalog's rows, by name.
	Clients []AthenaClient `json:"clients"`
	// Runtime is this process's view, by name.
	Runtime []RuntimeAthenaClient `json:"runtime"`
}

// AthenaClientNames lists the names of the clients.
type AthenaClientNames struct {
	// Clients are the names, in order.
	Clients []string `json:"clients"`
}

// SaveAthenaClient adds a client to the catalog.
type SaveAthenaClient struct {
	AdminHeaders
	// ClientName is what X-Athena-Client will name: letters, digits, - and _.
	ClientName string `json:"client_name" required:"true"`
	// Description says what the client is for.
	Description *string `json:"description"`
	// PgURI is the database's address. Give this or pg_uri_env_var.
	PgURI *string `json:"pg_uri" secret:"true"`
	// PgURIEnvVar names an environment variable of the server with the address.
	PgURIEnvVar *string `json:"pg_uri_env_var"`
	// IsActive switches the client on; it is on unless this says false.
	IsActive *bool `json:"is_active"`
}

var clientName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// Check reports the first thing wrong with the request.
func (s *SaveAthenaClient) Check() error {
	if err := checkClientName(s.ClientName); err != nil {
		return err
	}
	hasURI, hasVar := s.PgURI != nil && *s.PgURI != "", s.PgURIEnvVar != nil && *s.PgURIEnvVar != ""
	if hasURI == hasVar {
		return Fail(InvalidRequest, "give either pg_uri or pg_uri_env_var").At("pg_uri")
	}
	if hasURI {
		if _, err := NormalizePgURI(*s.PgURI); err != nil {
			return err
		}
	}
	return nil
}

func checkClientName(name string) error {
	if !clientName.MatchString(name) {
		return Fail(InvalidRequest, "client_name must be 1 to 63 letters, digits, - or _, and begin with a letter or digit").At("client_name")
	}
	return nil
}

// AthenaClientReply holds one client.
type AthenaClientReply struct {
	// Client is the catalog's row.
	Client AthenaClient `json:"client"`
}

// UpdateAthenaClient changes what it mentions of a client.
type UpdateAthenaClient struct {
	ClientByName
	// NewName renames the client; its keys and rules follow.
	NewName *string `json:"client_name"`
	// Description says what the client is for.
	Description Maybe[string] `json:"description"`
	// PgURI is the database's address; it takes the place of pg_uri_env_var.
	PgURI Maybe[string] `json:"pg_uri" secret:"true"`
	// PgURIEnvVar names an environment variable of the server with the address; it
	// takes the place of pg_uri.
	PgURIEnvVar Maybe[string] `json:"pg_uri_env_var"`
	// IsActive switches the client on or off.
	IsActive *bool `json:"is_active"`
}

// Check reports the first thing wrong with the request.
func (u *UpdateAthenaClient) Check() error {
	if u.NewName != nil {
		if err := checkClientName(*u.NewName); err != nil {
			return err
		}
	}
	hasURI, hasVar := u.PgURI.Value != nil, u.PgURIEnvVar.Value != nil
	switch {
	case hasURI && hasVar:
		return Fail(InvalidRequest, "give either pg_uri or pg_uri_env_var").At("pg_uri")
	case hasURI:
		_, err := NormalizePgURI(*u.PgURI.Value)
		return err
	case hasVar && *u.PgURIEnvVar.Value == "":
		return Fail(InvalidRequest, "pg_uri_env_var must not be empty").At("pg_uri_env_var")
	}
	return nil
}

// Apply changes a record as the request says. A client keeps exactly one source
// of its address.
func (u *UpdateAthenaClient) Apply(c *AthenaClient) error {
	if u.NewName != nil {
		c.ClientName = *u.NewName
	}
	if u.IsActive != nil {
		c.IsActive = *u.IsActive
	}
	c.Description = u.Description.Or(c.Description)
	c.PgURI, c.PgURIEnvVar = u.PgURI.Or(c.PgURI), u.PgURIEnvVar.Or(c.PgURIEnvVar)
	switch {
	case u.PgURI.Value != nil:
		c.PgURIEnvVar = nil
	case u.PgURIEnvVar.Value != nil:
		c.PgURI = nil
	case c.PgURI == nil && c.PgURIEnvVar == nil:
		return Fail(InvalidRequest, "a client needs pg_uri or pg_uri_env_var").At("pg_uri")
	}
	return nil
}

// FreezeAthenaClient has a client's requests refused, or let through again.
type FreezeAthenaClient struct {
	ClientByName
	// IsFrozen is true to refuse requests, false to let them through.
	IsFrozen *bool `json:"is_frozen" required:"true"`
}

// Check reports the first thing wrong with the request.
func (f *FreezeAthenaClient) Check() error { return checkPresent("is_frozen", f.IsFrozen) }

// NormalizePgURI accepts postgres://, postgresql:// and the jdbc: spelling of
// both, and gives the form that the driver takes. The error never repeats the
// address, which may hold a password.
func NormalizePgURI(uri string) (string, error) {
	text := strings.TrimSpace(uri)
	text, jdbc := strings.CutPrefix(text, "jdbc:")
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") || (u.Host == "" && u.Query().Get("host") == "") {
		return "", Fail(InvalidRequest, "the database address must look like postgres://user:password@host:5432/database").At("pg_uri")
	}
	if jdbc {
		moveJDBCCredentials(u)
	}
	u.Scheme = "postgres"
	return u.String(), nil
}

// moveJDBCCredentials takes user and password from where JDBC puts them, the
// query string, and drops JDBC's own switches that the driver does not know.
func moveJDBCCredentials(u *url.URL) {
	query := u.Query()
	if user := query.Get("user"); user != "" && u.User == nil {
		u.User = url.UserPassword(user, query.Get("password"))
	}
	kept := url.Values{}
	for _, name := range []string{"sslmode", "host", "port", "connect_timeout", "application_name", "options"} {
		if query.Has(name) {
			kept.Set(name, query.Get(name))
		}
	}
	u.RawQuery = kept.Encode()
}
