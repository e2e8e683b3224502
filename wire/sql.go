package wire

import "github.com/goccy/go-json"

// SQLHeaders are the headers of statements that go by a driver.
type SQLHeaders struct {
	ChoosingRows
	// Client names the Athena client whose database is meant.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// PgURI is a database address instead of a client, with user and password.
	PgURI string `header:"x-pg-uri" json:"-" doc:"only" secret:"true"`
	// AthenaJDBCURL is an older spelling of x-pg-uri.
	AthenaJDBCURL string `header:"x-athena-jdbc-url" json:"-" doc:"only" secret:"true"`
	// JDBCURL is an older spelling of x-pg-uri.
	JDBCURL string `header:"x-jdbc-url" json:"-" doc:"only" secret:"true"`
	// AthenaKey is the API key.
	AthenaKey string `header:"X-Athena-Key" json:"-" doc:"only" secret:"true"`
	// SupabaseURL is the address of the project, for the client custom_supabase.
	SupabaseURL string `header:"x-supabase-url" json:"-"`
	// SupabaseKey is the key of the project, for the client custom_supabase.
	SupabaseKey string `header:"x-supabase-key" json:"-" secret:"true"`
}

// ExecuteSQL asks for one statement to be run by a driver.
type ExecuteSQL struct {
	SQLHeaders
	// Query is the statement, in the language of the driver's database.
	Query string `json:"query" required:"true"`
	// Driver says where it runs: postgresql, supabase, athena (ScyllaDB or
	// Cassandra), or d1 under any of its names.
	Driver string `json:"driver" enum:"athena,postgresql,supabase,d1,cloudflare-d1,athena-d1" required:"true"`
	// DBName names the database for people; the client decides which it is.
	DBName string `json:"db_name" required:"true"`
	// Params are the values of the parameters $1, $2, ... for PostgreSQL.
	Params json.RawMessage `json:"params"`
	// SchemaName goes before public on the search path of the statement, for
	// PostgreSQL alone.
	SchemaName string `json:"schema_name"`
}

// CountRows asks how many rows there are: of a table, or by a query.
type CountRows struct {
	SQLHeaders
	// CacheControl no-cache has the rows counted anew.
	CacheControl string `header:"Cache-Control" json:"-"`
	// Driver says where the rows are.
	Driver string `json:"driver" enum:"athena,postgresql,supabase" required:"true"`
	// DBName names the database for people; the client decides which it is.
	DBName string `json:"db_name" required:"true"`
	// Query is one plain SELECT count(...); or give table_name.
	Query string `json:"query"`
	// TableName is the table to count.
	TableName string `json:"table_name"`
	// TableSchema is the table's schema; public where it is left out.
	TableSchema string `json:"table_schema"`
}

// RowCount is how many rows there are.
type RowCount struct {
	// Count is the number of rows.
	Count int64 `json:"count"`
	// DBName is the name that the request gave.
	DBName string `json:"db_name"`
	// DurationMS is how long the counting took, in milliseconds; 0 from the cache.
	DurationMS int64 `json:"duration_ms"`
	// CacheKey names the count: the same question has the same name.
	CacheKey string `json:"cache_key"`
	// CacheLookupOutcome is hit_local, miss, shared (with another who asked at the
	// same time) or bypass.
	CacheLookupOutcome string `json:"cache_lookup_outcome"`
}

// EnforceSSL asks for a Supabase project's database to insist on TLS, or not.
type EnforceSSL struct {
	AdminHeaders
	// Enabled is true to insist on it.
	Enabled *bool `json:"enabled" required:"true"`
	// AccessToken takes the place of the server's own token.
	AccessToken string `json:"access_token" secret:"true"`
	// ProjectRef takes the place of the server's own project.
	ProjectRef string `json:"project_ref"`
}

// SSLEnforcement is whether a Supabase project's database insists on TLS.
type SSLEnforcement struct {
	// CurrentConfig is what holds now.
	CurrentConfig struct {
		// Database says that connections without TLS are refused.
		Database bool `json:"database"`
	} `json:"currentConfig"`
	// AppliedSuccessfully says that the change has taken effect.
	AppliedSuccessfully bool `json:"appliedSuccessfully"`
}
