package wire

import "time"

// ListRowEstimates asks about how many rows a client's tables have.
type ListRowEstimates struct {
	ClientByName
	// Schema is the schema to look at; all by default.
	Schema *string `query:"schema" json:"-"`
	// Limit is how many of the largest tables are named: 1 to 100, 12 by default.
	Limit *int `query:"limit" json:"-"`
	// IncludeSystemSchemas counts PostgreSQL's own tables, too.
	IncludeSystemSchemas bool `query:"include_system_schemas" json:"-"`
	// CacheControl of no-cache asks for a fresh look; otherwise one of the last
	// half minute will do.
	CacheControl string `header:"Cache-Control" json:"-"`
}

const (
	defaultTop = 12
	longestTop = 100
)

// Check fills in what is left out.
func (l *ListRowEstimates) Check() error {
	if l.Limit == nil {
		l.Limit = new(int)
		*l.Limit = defaultTop
	}
	if *l.Limit < 1 || *l.Limit > longestTop {
		return Fail(InvalidRequest, "limit must lie between 1 and %d", longestTop).At("limit")
	}
	return nil
}

// RowEstimatesPage holds estimates and what was asked for.
type RowEstimatesPage struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Schema is the schema that was asked for, null for all.
	Schema *string `json:"schema"`
	// Limit is how many tables are named at most.
	Limit int `json:"limit"`
	// IncludeSystemSchemas says whether PostgreSQL's own tables are counted.
	IncludeSystemSchemas bool `json:"include_system_schemas"`
	// Snapshot holds the estimates.
	Snapshot RowEstimates `json:"snapshot"`
}

// RowEstimatesReply is the page in the usual envelope, and beside its data.
type RowEstimatesReply struct {
	Success[RowEstimatesPage]
	RowEstimatesPage
}

// RowEstimates tells about how many rows the tables of a database have.
type RowEstimates struct {
	// Source is where the numbers come from.
	Source string `json:"source"`
	// CollectedAt is when they were read.
	CollectedAt time.Time `json:"collected_at"`
	// Summary adds them up.
	Summary RowEstimateSummary `json:"summary"`
	// TopTables are the largest tables.
	TopTables []RowEstimate `json:"top_tables"`
	// SchemaRollups add up each schema, the largest first.
	SchemaRollups []RowEstimateRollup `json:"schema_rollups"`
	// Buckets count the tables by their size.
	Buckets []RowEstimateBucket `json:"buckets"`
	// Advisories say what may become a burden.
	Advisories []RowEstimateAdvisory `json:"advisories"`
}

// RowEstimateSummary adds up all tables.
type RowEstimateSummary struct {
	// TableCount counts the tables.
	TableCount int64 `json:"table_count"`
	// NonzeroTableCount counts those with rows.
	NonzeroTableCount int64 `json:"nonzero_table_count"`
	// EstimatedTotalRows is about how many rows they have together.
	EstimatedTotalRows int64 `json:"estimated_total_rows"`
	// MaxEstimatedRows is about how many the largest has.
	MaxEstimatedRows int64 `json:"max_estimated_rows"`
	// MaxTableName is the largest.
	MaxTableName *string `json:"max_table_name"`
	// MaxQualifiedTableName is the largest, with its schema.
	MaxQualifiedTableName *string `json:"max_qualified_table_name"`
}

// RowEstimate is about how many rows one table has.
type RowEstimate struct {
	// SchemaName is the table's schema.
	SchemaName string `json:"schema_name"`
	// TableName is the table.
	TableName string `json:"table_name"`
	// QualifiedTableName is the table with its schema.
	QualifiedTableName string `json:"qualified_table_name"`
	// EstimatedRows is about how many rows it has.
	EstimatedRows int64 `json:"estimated_rows"`
}

// RowEstimateRollup adds up one schema.
type RowEstimateRollup struct {
	// SchemaName is the schema.
	SchemaName string `json:"schema_name"`
	// TableCount counts its tables.
	TableCount int64 `json:"table_count"`
	// EstimatedRows is about how many rows they have.
	EstimatedRows int64 `json:"estimated_rows"`
}

// RowEstimateBucket counts the tables of one size.
type RowEstimateBucket struct {
	// Label names the size.
	Label string `json:"label"`
	// MinRows is the least that a table of the bucket has.
	MinRows int64 `json:"min_rows"`
	// MaxRows is the most; null for no bound.
	MaxRows *int64 `json:"max_rows"`
	// TableCount counts the tables.
	TableCount int64 `json:"table_count"`
}

// RowEstimateAdvisory says what may become a burden.
type RowEstimateAdvisory struct {
	// Code names the advice.
	Code string `json:"code"`
	// Severity is info, warn or critical.
	Severity string `json:"severity" enum:"info,warn,critical"`
	// Title is a headline.
	Title string `json:"title"`
	// Message says what to do.
	Message string `json:"message"`
	// AffectedTables are the tables that it is about.
	AffectedTables []RowEstimate `json:"affected_tables"`
	// AffectedEstimatedRows is about how many rows they have.
	AffectedEstimatedRows int64 `json:"affected_estimated_rows"`
	// ShareOfEstimatedTotalPct is their share of all rows in percent.
	ShareOfEstimatedTotalPct *float64 `json:"share_of_estimated_total_pct"`
	// ConfigKey is the setting that would help.
	ConfigKey *string `json:"config_key"`
	// ConfigDefaultSeconds is what it is where nobody set it.
	ConfigDefaultSeconds *int64 `json:"config_default_seconds"`
}
