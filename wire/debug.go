package wire

import "time"

// Inspect asks for diagnostics.
type Inspect struct{ AdminHeaders }

// SchemaReport compares the control database with what this version needs of it.
type SchemaReport struct {
	// LoggingClient is the name under which the control database is a client.
	LoggingClient string `json:"logging_client"`
	// GeneratedAt is when the database was looked at.
	GeneratedAt time.Time `json:"generated_at"`
	// Summary counts what follows.
	Summary SchemaSummary `json:"summary"`
	// ExpectedTables are the tables that the migrations make, with what was found.
	ExpectedTables []ExpectedTable `json:"expected_tables"`
	// StillNeeded names what is missing.
	StillNeeded SchemaNeeds `json:"still_needed"`
	// ObservedTables are the tables and views that are there; partitions are not told.
	ObservedTables []ObservedTable `json:"observed_tables"`
	// MissingRequiredTables repeats the tables that are missing.
	MissingRequiredTables []string `json:"missing_required_tables"`
	// MissingOptionalTables repeats those missing that nothing depends on.
	MissingOptionalTables []string `json:"missing_optional_tables"`
}

// SchemaSummary counts what a schema lacks.
type SchemaSummary struct {
	// Health is healthy, or unhealthy when something required is missing.
	Health string `json:"health" enum:"healthy,unhealthy"`
	// HealthReasons say why it is not healthy.
	HealthReasons []SchemaReason `json:"health_reasons"`
	// ExpectedTableCount counts the tables that the migrations make.
	ExpectedTableCount int `json:"expected_table_count"`
	// FoundTableCount counts those of them that are there.
	FoundTableCount int `json:"found_table_count"`
	// RequiredMissingTableCount counts the required tables that are missing.
	RequiredMissingTableCount int `json:"required_missing_table_count"`
	// OptionalMissingTableCount counts the others that are missing.
	OptionalMissingTableCount int `json:"optional_missing_table_count"`
	// RequiredMissingColumnCount counts the missing columns of required tables.
	RequiredMissingColumnCount int `json:"required_missing_column_count"`
	// OptionalMissingColumnCount counts the missing columns of other tables.
	OptionalMissingColumnCount int `json:"optional_missing_column_count"`
	// RelationTypeMismatchCount counts tables that are something else.
	RelationTypeMismatchCount int `json:"relation_type_mismatch_count"`
}

// SchemaReason is one reason why a schema is not healthy.
type SchemaReason struct {
	// Code is required_tables_missing, required_columns_missing or
	// relation_types_differ.
	Code string `json:"code"`
	// Severity is error.
	Severity string `json:"severity"`
	// Count is how many there are of it.
	Count int `json:"count"`
	// Message says it to people.
	Message string `json:"message"`
}

// ExpectedTable is a table that the migrations make, beside what was found of it.
type ExpectedTable struct {
	// TableSchema is its schema.
	TableSchema string `json:"table_schema"`
	// TableName is its name.
	TableName string `json:"table_name"`
	// ExpectedRelationType is what it should be, such as table.
	ExpectedRelationType string `json:"expected_relation_type"`
	// Required is true where the server does not work without it.
	Required bool `json:"required"`
	// Purpose says what it holds.
	Purpose string `json:"purpose"`
	// ExpectedColumns are the columns that it should have, in order.
	ExpectedColumns []string `json:"expected_columns"`
	// Found is true where it is there.
	Found bool `json:"found"`
	// FoundRelationType is what it is, null where it is missing.
	FoundRelationType *string `json:"found_relation_type"`
	// RelationTypeMatches is true where it is what it should be.
	RelationTypeMatches bool `json:"relation_type_matches"`
	// FoundColumns are the columns that it has, in order.
	FoundColumns []string `json:"found_columns"`
	// MissingColumns are those that it should have and has not.
	MissingColumns []string `json:"missing_columns"`
	// UnexpectedColumns are those that it has and should not.
	UnexpectedColumns []string `json:"unexpected_columns"`
}

// SchemaNeeds names what a schema lacks: tables as schema.table, columns as
// schema.table.column.
type SchemaNeeds struct {
	// RequiredMissingTables are tables without which the server does not work.
	RequiredMissingTables []string `json:"required_missing_tables"`
	// OptionalMissingTables are others.
	OptionalMissingTables []string `json:"optional_missing_tables"`
	// RequiredMissingColumns are columns of required tables.
	RequiredMissingColumns []string `json:"required_missing_columns"`
	// OptionalMissingColumns are columns of others.
	OptionalMissingColumns []string `json:"optional_missing_columns"`
	// RelationTypeMismatches are tables that are something else.
	RelationTypeMismatches []string `json:"relation_type_mismatches"`
}

// ObservedTable is a table or view of a database.
type ObservedTable struct {
	// TableSchema is its schema.
	TableSchema string `json:"table_schema" db:"table_schema"`
	// TableName is its name.
	TableName string `json:"table_name" db:"table_name"`
	// RelationType is table, partitioned_table, view, materialized_view or
	// foreign_table.
	RelationType string `json:"relation_type" db:"relation_type"`
	// Columns are its columns, in order.
	Columns []string `json:"columns" db:"columns"`
}

// GatewayReport is where requests go at present, and how what they need is.
type GatewayReport struct {
	// GeneratedAt is when it was looked.
	GeneratedAt time.Time `json:"generated_at"`
	// Routing is how a request finds its client.
	Routing GatewayRouting `json:"routing"`
	// Clients are the clients of the catalog with their databases, by name.
	Clients []GatewayUpstream `json:"clients"`
	// DirectPools are the databases that callers named by address.
	DirectPools []PoolStats `json:"direct_pools"`
	// ControlPlane is what the gateway itself depends on.
	ControlPlane ControlPlane `json:"control_plane"`
}

// GatewayRouting is how a request finds its client.
type GatewayRouting struct {
	// BaseDomain is the domain below which hostnames are public routes; empty: none.
	BaseDomain string `json:"base_domain"`
	// DirectURI is true where callers may name a database by address.
	DirectURI bool `json:"direct_uri"`
	// APIKeyFailMode is fail_closed or fail_open.
	APIKeyFailMode string `json:"api_key_fail_mode"`
	// PublicRoutes are the public routes as this process knows them, by key.
	PublicRoutes []GatewayRoute `json:"public_routes"`
}

// GatewayRoute is a public route and where it leads.
type GatewayRoute struct {
	// RouteKey is its name.
	RouteKey string `json:"route_key"`
	// ClientName is where it leads.
	ClientName string `json:"client_name"`
	// IsActive is false while it is switched off.
	IsActive bool `json:"is_active"`
	// ClientKnown is false where it leads nowhere.
	ClientKnown bool `json:"client_known"`
}

// GatewayUpstream is a client and its database.
type GatewayUpstream struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Readiness is ready, idle (no connection was needed yet), unhealthy, frozen,
	// inactive or misconfigured.
	Readiness string `json:"readiness" enum:"ready,idle,unhealthy,frozen,inactive,misconfigured"`
	// Backends are the kinds of database that it has beside PostgreSQL.
	Backends []string `json:"backends"`
	// Pool is the state of its connections, null where there are none.
	Pool *PoolStats `json:"pool"`
}

// ControlPlane is what the gateway itself depends on.
type ControlPlane struct {
	// KeyStore is online while API keys can be looked up.
	KeyStore string `json:"key_store" enum:"online,offline"`
	// Register is online while the register of processes can be read.
	Register string `json:"register" enum:"online,offline"`
	// Nodes counts the processes that told lately that they are alive.
	Nodes int `json:"nodes"`
	// FailingJobs are the background jobs whose last run failed.
	FailingJobs []string `json:"failing_jobs"`
	// LogRowsWaiting counts requests whose log rows are not written yet.
	LogRowsWaiting int64 `json:"log_rows_waiting"`
	// LogRowsDropped counts requests whose log rows were dropped since the start.
	LogRowsDropped int64 `json:"log_rows_dropped"`
}

// S3Report is what is known of S3 stores.
type S3Report struct {
	// GeneratedAt is when it was looked.
	GeneratedAt time.Time `json:"generated_at"`
	// ObjectStoreConfigured is true where this server reaches an object store.
	ObjectStoreConfigured bool `json:"object_store_configured"`
	// CatalogCount counts the catalogs of all clients that were looked at.
	CatalogCount int64 `json:"catalog_count"`
	// Clients are the clients of the catalog, by name.
	Clients []S3Client `json:"clients"`
}

// S3Client is what a client's database holds about S3 stores.
type S3Client struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Connected is true where connections are open; else it was not looked at.
	Connected bool `json:"connected"`
	// CatalogTableFound is true where the database has the table athena.s3_catalogs.
	CatalogTableFound bool `json:"catalog_table_found"`
	// CatalogCount counts its rows.
	CatalogCount int64 `json:"catalog_count"`
	// Problem says why it could not be looked at, null where it could.
	Problem *string `json:"problem"`
}
