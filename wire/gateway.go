package wire

import (
	"github.com/goccy/go-json"
)

// GatewayHeaders are the headers of every gateway operation. The server reads
// those that route and authenticate before the request is decoded.
type GatewayHeaders struct {
	ChoosingRows
	// Client names the Athena client whose database is meant.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// PgURI is a database address instead of a client, with user and password.
	PgURI string `header:"x-pg-uri" json:"-" doc:"only" secret:"true"`
	// AthenaJDBCURL is an older spelling of x-pg-uri.
	AthenaJDBCURL string `header:"x-athena-jdbc-url" json:"-" doc:"only" secret:"true"`
	// JDBCURL is an older spelling of x-pg-uri.
	JDBCURL string `header:"x-jdbc-url" json:"-" doc:"only" secret:"true"`
	// APIKey is the API key.
	APIKey string `header:"apikey" json:"-" doc:"only" secret:"true"`
	// XAPIKey is another place for the API key.
	XAPIKey string `header:"x-api-key" json:"-" doc:"only" secret:"true"`
	// UserID is the user that the caller acts for; it goes into the logs.
	UserID string `header:"X-User-Id" json:"-" doc:"only"`
}

// ContextHeaders tell for whom a write is made; they go into the logs.
type ContextHeaders struct {
	// CompanyID is the company that the caller acts for.
	CompanyID string `header:"X-Company-Id" json:"-" doc:"only"`
	// OrganizationID is the organization that the caller acts for.
	OrganizationID string `header:"X-Organization-Id" json:"-" doc:"only"`
}

// Selection says which rows of which table, for reads and for writes.
type Selection struct {
	// TableName is the table, with its schema before a dot if need be.
	TableName string `json:"table_name"`
	// ViewName is a view, for a read of one.
	ViewName string `json:"view_name"`
	// SchemaName is the schema of a table named without one.
	SchemaName string `json:"schema_name"`
	// Columns are what to answer: names, or one select string.
	Columns json.RawMessage `json:"columns"`
	// Conditions must all hold.
	Conditions []Condition `json:"conditions"`
	// Where is an object of conditions: a plain value means equality, null means
	// no value, an object holds operators; or is an array of such objects.
	Where json.RawMessage `json:"where"`
	// WhereFilters must all hold, like Conditions.
	WhereFilters []Condition `json:"where_filters"`
	// Limit is how many rows at most.
	Limit *int64 `json:"limit"`
	// Offset is how many rows to pass over.
	Offset *int64 `json:"offset"`
	// CurrentPage is the page to answer, from 1; it needs a page size.
	CurrentPage *int64 `json:"current_page"`
	// PageSize is how many rows a page has.
	PageSize *int64 `json:"page_size"`
	// TotalPages is accepted from older clients and has no effect.
	TotalPages *int64 `json:"total_pages"`
	// OrderBy sorts: column to direction, or an array of columns and directions.
	OrderBy json.RawMessage `json:"orderBy" also:"order_by"`
	// SortBy sorts by one field.
	SortBy json.RawMessage `json:"sort_by" also:"sortBy" keys:"field: The column to sort by.; direction: asc or desc, short or long."`
	// StripNulls leaves members out of rows that are null.
	StripNulls bool `json:"strip_nulls"`
	// StripNullsHeader does the same.
	StripNullsHeader string `header:"X-Strip-Nulls" json:"-"`
}

// Grouping folds the rows that a read finds.
type Grouping struct {
	// GroupBy is the column to group by.
	GroupBy string `json:"group_by"`
	// TimeGranularity rounds the grouping column, a time, down.
	TimeGranularity string `json:"time_granularity" enum:"day,hour,minute"`
	// AggregationColumn is the column to add up.
	AggregationColumn string `json:"aggregation_column"`
	// AggregationStrategy says how to fold; it needs an aggregation column.
	AggregationStrategy string `json:"aggregation_strategy" enum:"cumulative_sum"`
	// AggregationDedup counts equal values of a group once.
	AggregationDedup bool `json:"aggregation_dedup"`
}

// Fetch asks for rows.
type Fetch struct {
	GatewayHeaders
	SupabaseHeaders
	Selection
	Grouping
	// Select is what to answer: an object of columns and relations, or a select
	// string.
	Select json.RawMessage `json:"select"`
	// Count asks for the number of rows without the limit.
	Count string `json:"count" enum:"exact,planned,estimated"`
	// Head asks for the count alone.
	Head bool `json:"head"`
	// Cursor reads page by page, in a total order, with no row twice and none left
	// out: "start", then next_cursor of the answer before, until there is none.
	Cursor string `json:"cursor"`
	// CacheControl of no-cache has the rows read anew where answers are kept.
	CacheControl string `header:"Cache-Control" json:"-"`
}

// SupabaseHeaders name a Supabase project, for the client custom_supabase.
type SupabaseHeaders struct {
	// SupabaseURL is the project's address.
	SupabaseURL string `header:"x-supabase-url" json:"-" doc:"only"`
	// SupabaseKey is the project's key.
	SupabaseKey string `header:"x-supabase-key" json:"-" doc:"only" secret:"true"`
}

// FetchReply is the answer to a read.
type FetchReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says how many rows there are.
	Message string `json:"message"`
	// Data are the rows.
	Data []map[string]any `json:"data"`
	// Count is the number of rows without the limit, where it was asked for.
	Count *int64 `json:"count,omitempty"`
	// NextCursor is what to send as the cursor to read on; it is left out where the
	// read was not by a cursor or has come to its end.
	NextCursor string `json:"next_cursor,omitempty"`
	// CacheKey names the read: the same read has the same name.
	CacheKey string `json:"cache_key"`
	// PostProcessing holds the groups that were asked for.
	PostProcessing *PostProcessing `json:"post_processing,omitempty"`
}

// PostProcessing is what became of the rows by grouping.
type PostProcessing struct {
	// GroupBy is the column that was grouped by.
	GroupBy string `json:"group_by"`
	// TimeGranularity is the unit that it was rounded down to.
	TimeGranularity string `json:"time_granularity,omitempty"`
	// AggregationColumn is the column that was added up.
	AggregationColumn string `json:"aggregation_column,omitempty"`
	// AggregationStrategy says how.
	AggregationStrategy string `json:"aggregation_strategy,omitempty"`
	// Groups are in the order of their key.
	Groups []Group `json:"groups"`
}

// Group is the rows that have one key.
type Group struct {
	// Key is the value that the rows share.
	Key json.RawMessage `json:"key"`
	// Count is how many rows there are.
	Count int64 `json:"count"`
	// Sum adds up the aggregation column.
	Sum json.Number `json:"sum,omitempty"`
	// CumulativeSum adds up the sums so far.
	CumulativeSum json.Number `json:"cumulative_sum,omitempty"`
}

// FetchByQuery asks for rows by a query string.
type FetchByQuery struct {
	GatewayHeaders
	SupabaseHeaders
	// CacheControl of no-cache has the rows read anew where answers are kept.
	CacheControl string `header:"Cache-Control" json:"-"`
	// View is the table or view.
	View string `query:"view" json:"-" required:"true"`
	// EqColumn is a column to compare for equality.
	EqColumn string `query:"eq_column" json:"-"`
	// EqValue is what to compare it with.
	EqValue *string `query:"eq_value" json:"-"`
	// Columns is a select string.
	Columns string `query:"columns" json:"-"`
	// Limit is how many rows at most.
	Limit *int64 `query:"limit" json:"-"`
	// CurrentPage is the page to answer, from 1; it needs a page size.
	CurrentPage *int64 `query:"current_page" json:"-"`
	// PageSize is how many rows a page has.
	PageSize *int64 `query:"page_size" json:"-"`
	// Offset is how many rows to pass over.
	Offset *int64 `query:"offset" json:"-"`
	// TotalPages is accepted from older clients and has no effect.
	TotalPages *int64 `query:"total_pages" json:"-"`
	// StripNulls leaves members out of rows that are null.
	StripNulls bool `query:"strip_nulls" json:"-"`
	// StripNullsHeader does the same.
	StripNullsHeader string `header:"X-Strip-Nulls" json:"-"`
	// SortBy is a column to sort by.
	SortBy string `query:"sort_by" json:"-"`
	// SortDirection is asc or desc.
	SortDirection string `query:"sort_direction" json:"-"`
	// GroupBy is the column to group by.
	GroupBy string `query:"group_by" json:"-"`
	// TimeGranularity rounds the grouping column, a time, down.
	TimeGranularity string `query:"time_granularity" json:"-" enum:"day,hour,minute"`
	// AggregationColumn is the column to add up.
	AggregationColumn string `query:"aggregation_column" json:"-"`
	// AggregationStrategy says how to fold; it needs an aggregation column.
	AggregationStrategy string `query:"aggregation_strategy" json:"-" enum:"cumulative_sum"`
	// AggregationDedup counts equal values of a group once.
	AggregationDedup bool `query:"aggregation_dedup" json:"-"`
}

// InsertRows asks for rows to be added.
type InsertRows struct {
	GatewayHeaders
	ContextHeaders
	LaterHeaders
	PreferLater
	// PublishEvent names an event for the logs.
	PublishEvent string `header:"X-Publish-Event" json:"-" doc:"only"`
	// InsertWindow is how many milliseconds, up to 60000, a single row may wait for
	// others, to be stored with them. It is stored even if its caller leaves.
	InsertWindow string `header:"X-Athena-Insert-Window" json:"-"`
	// TableName is the table, with its schema before a dot if need be.
	TableName string `json:"table_name" required:"true"`
	// SchemaName is the schema of a table named without one.
	SchemaName string `json:"schema_name"`
	// InsertBody is one row, or an array of rows.
	InsertBody json.RawMessage `json:"insert_body" required:"true"`
	// UpdateBody is what to set in a row that is there already.
	UpdateBody json.RawMessage `json:"update_body"`
	// OnConflict are the columns of the unique key to compare by: an array, or
	// one string with commas.
	OnConflict json.RawMessage `json:"on_conflict" also:"onConflict"`
	// DefaultToNull stores null where a row does not mention a column that others
	// do; otherwise the column's default is stored.
	DefaultToNull bool `json:"default_to_null" also:"defaultToNull"`
	// Columns are what to answer of the new rows: names, or one select string.
	Columns json.RawMessage `json:"columns"`
	// StripNullsHeader leaves members out of rows that are null.
	StripNullsHeader string `header:"X-Strip-Nulls" json:"-"`
}

// InsertReply is the answer to an insert.
type InsertReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says how many rows were added.
	Message string `json:"message"`
	// TableName is the table.
	TableName string `json:"table_name"`
	// Data are the rows as they are stored.
	Data []map[string]any `json:"data"`
	// AffectedRows is how many rows there are.
	AffectedRows int64 `json:"affected_rows"`
}

// UpdateRows asks for rows to be changed.
type UpdateRows struct {
	GatewayHeaders
	SupabaseHeaders
	Selection
	Grouping
	LaterHeaders
	PreferLater
	// UpdateBody is what to set.
	UpdateBody json.RawMessage `json:"update_body" also:"data"`
}

// MutationReply is the answer to an update or a delete.
type MutationReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says how many rows were touched.
	Message string `json:"message"`
	// Data holds the rows and their number.
	Data Mutated `json:"data"`
	// AffectedRows is how many rows were touched.
	AffectedRows int64 `json:"affected_rows"`
}

// Mutated is what a write touched.
type Mutated struct {
	// TableName is the table.
	TableName string `json:"table_name"`
	// ResourceID is the primary key that was asked for.
	ResourceID string `json:"resource_id,omitempty"`
	// AffectedRows is how many rows were touched.
	AffectedRows int64 `json:"affected_rows"`
	// Rows are the rows as they are, or for a delete were, stored.
	Rows []map[string]any `json:"rows"`
}

// DeleteRows asks for rows to be removed.
type DeleteRows struct {
	GatewayHeaders
	ContextHeaders
	SupabaseHeaders
	Selection
	LaterHeaders
	PreferLater
	// ResourceID is the primary key of the row; or give conditions.
	ResourceID json.RawMessage `json:"resource_id"`
}

// Query asks for one SQL statement to be run.
type Query struct {
	GatewayHeaders
	LaterHeaders
	PreferLater
	// Query is the statement, with parameters $1, $2, ...
	Query string `json:"query" required:"true"`
	// Params are the values of the parameters.
	Params json.RawMessage `json:"params"`
	// SchemaName goes before public on the search path of this statement.
	SchemaName string `json:"schema_name"`
}

// QueryReply is the answer to a statement.
type QueryReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says what was done.
	Message string `json:"message"`
	// Data holds the rows.
	Data QueryRows `json:"data"`
}

// QueryRows are the rows of a statement.
type QueryRows struct {
	// Rows are in the statement's order.
	Rows []map[string]any `json:"rows"`
	// RowCount is how many rows there are, or how many were touched.
	RowCount int64 `json:"row_count"`
	// Command is the server's own word for what it did, such as "SELECT 3".
	Command string `json:"command"`
}
