package wire

import "strings"

// What became of a statement of a migration.
const (
	// D1Converted says that it says the same in D1's dialect.
	D1Converted = "converted"
	// D1Warning says that it was converted, but something is different.
	D1Warning = "warning"
	// D1Skipped says that nothing of it is run.
	D1Skipped = "skipped"
)

// MigrateD1 asks for SQL of PostgreSQL to be turned into D1's dialect, and run there.
type MigrateD1 struct {
	// Client names the Athena client whose D1 database is meant; a preview needs none.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// AthenaKey is the API key.
	AthenaKey string `header:"X-Athena-Key" json:"-" doc:"only" secret:"true"`
	// Driver is d1 under any of its names.
	Driver string `json:"driver" enum:"d1,cloudflare-d1,athena-d1" required:"true"`
	// DBName names the database for people; the client decides which it is.
	DBName string `json:"dbName" also:"db_name" required:"true"`
	// SchemaSQL is the SQL, at most 1 MiB and 5000 statements.
	SchemaSQL string `json:"schemaSql" also:"schema_sql"`
	// Files are the texts of SQL files, in place of schemaSql.
	Files []string `json:"files"`
	// Statements are single statements, in place of schemaSql.
	Statements []string `json:"statements"`
	// Dialect is that of the SQL; there is no other than postgresql.
	Dialect string `json:"dialect" enum:"postgresql"`
	// DryRun is false where the statements are to be run; left out, they are not.
	DryRun *bool `json:"dryRun" also:"dry_run"`
	// Strict is false where statements that D1 has nothing for are left out; left
	// out, such statements are errors.
	Strict *bool `json:"strict"`
	// BatchSize is how many statements one transaction holds; 50 where it is left out.
	BatchSize *int `json:"batchSize" also:"batch_size"`
}

// Refusal is the first thing wrong with the request, nil for none. It is told in the
// form of a migration, not in the envelope.
func (m *MigrateD1) Refusal() *Problem {
	given := 0
	for _, there := range []bool{strings.TrimSpace(m.SchemaSQL) != "", len(m.Files) > 0, len(m.Statements) > 0} {
		if there {
			given++
		}
	}
	switch {
	case m.Driver != "d1" && m.Driver != "cloudflare-d1" && m.Driver != "athena-d1":
		return Fail(InvalidRequest, "%.40q is not a driver for D1", m.Driver).At("driver").WithHint("use d1, cloudflare-d1 or athena-d1")
	case m.DBName == "":
		return Fail(InvalidRequest, "dbName is missing").At("dbName")
	case m.Dialect != "" && m.Dialect != "postgresql":
		return Fail(InvalidRequest, "SQL of the dialect %.40q cannot be converted", m.Dialect).At("dialect").WithHint("use postgresql")
	case given != 1:
		return Fail(InvalidRequest, "give the SQL once: as schemaSql, files or statements").At("schemaSql")
	case m.BatchSize != nil && (*m.BatchSize < 1 || *m.BatchSize > MaxD1Batch):
		return Fail(InvalidRequest, "batchSize must be from 1 to %d", MaxD1Batch).At("batchSize")
	}
	return nil
}

// MaxD1Batch is the most statements that one batch holds.
const MaxD1Batch = 1000

// Preview reports whether nothing is to be run.
func (m *MigrateD1) Preview() bool { return m.DryRun == nil || *m.DryRun }

// Source is the whole SQL. Parts of it are joined by a semicolon on a line of its own.
func (m *MigrateD1) Source() string {
	switch {
	case strings.TrimSpace(m.SchemaSQL) != "":
		return m.SchemaSQL
	case len(m.Files) > 0:
		return strings.Join(m.Files, "\n;\n")
	}
	return strings.Join(m.Statements, "\n;\n")
}

// D1Migration is what SQL of PostgreSQL becomes in D1's dialect, and what came of it.
type D1Migration struct {
	// Status is preview, applied, or error where the SQL cannot be taken over as it is.
	Status string `json:"status" enum:"preview,applied,error"`
	// Message says in a few words what was done.
	Message string `json:"message"`
	// Error says what is wrong, where something is.
	Error string `json:"error,omitempty"`
	// Code is the stable name of the error.
	Code string `json:"code,omitempty"`
	// Field is the part of the request that is to blame.
	Field string `json:"field,omitempty"`
	// Hint says what to do instead.
	Hint string `json:"hint,omitempty"`
	// OriginalSQL is the SQL that was given.
	OriginalSQL string `json:"originalSql"`
	// PlanID names what was run; null where nothing was.
	PlanID *string `json:"planId"`
	// ConvertedSQL is all that is run, in order.
	ConvertedSQL string `json:"convertedSql"`
	// Statements are the statements that were given, with what became of each.
	Statements []D1Statement `json:"statements"`
	// Warnings tell what is different in D1, and what was left out.
	Warnings []D1Diagnostic `json:"warnings"`
	// Errors tell what D1 has nothing for.
	Errors []D1Diagnostic `json:"errors"`
	// SourceMeta describes the SQL that was given.
	SourceMeta D1SourceMeta `json:"sourceMeta"`
	// PerStatementResults tell what each statement did; empty in a preview.
	PerStatementResults []D1Applied `json:"perStatementResults"`
}

// D1Statement is one statement and what became of it.
type D1Statement struct {
	// Action is converted, warning (converted, but something is different) or skipped.
	Action string `json:"action" enum:"converted,skipped,warning"`
	// StatementIndex counts the statements from 0.
	StatementIndex int `json:"statementIndex"`
	// SourceRange is where it stands.
	SourceRange D1Range `json:"sourceRange"`
	// SourceSQL is the statement as it was given, without what surrounds it.
	SourceSQL string `json:"sourceSql"`
	// TargetSQL is what it became; empty where it was skipped.
	TargetSQL string `json:"targetSql"`
	// ApplyOrder counts what is run from 0; -1 where it was skipped.
	ApplyOrder int `json:"applyOrder"`
	// Targets are the single statements of TargetSQL.
	Targets []string `json:"-"`
}

// D1Range is a place in the SQL that was given.
type D1Range struct {
	// StatementIndex is the statement's.
	StatementIndex int `json:"statementIndex"`
	// StartLine is the line of its first byte, counted from 1.
	StartLine int `json:"startLine"`
	// EndLine is the line of its end.
	EndLine int `json:"endLine"`
	// StartColumn is the byte of the line with which it begins, counted from 1.
	StartColumn int `json:"startColumn"`
	// EndColumn is the byte of the line after its last one.
	EndColumn int `json:"endColumn"`
}

// D1Diagnostic is something to know about a statement; its places are 0 where it is
// about the request.
type D1Diagnostic struct {
	// Code is the kind of it, such as type.uuid or unsupported.function, or the error's
	// own where no statement was looked at.
	Code string `json:"code"`
	// Message says it to people.
	Message string `json:"message"`
	// StatementIndex is the statement's.
	StatementIndex int `json:"statementIndex"`
	// SourceRange is where the statement stands.
	SourceRange D1Range `json:"sourceRange"`
}

// D1SourceMeta describes SQL that was given.
type D1SourceMeta struct {
	// StatementCount counts its statements.
	StatementCount int `json:"statementCount"`
	// Fingerprint is the same for the same text.
	Fingerprint string `json:"fingerprint"`
	// EstimatedApplyOrder are the indexes of the statements that are run, in order.
	EstimatedApplyOrder []int `json:"estimatedApplyOrder"`
}

// D1Applied is a statement that was run.
type D1Applied struct {
	// StatementIndex is that of the statement that was given.
	StatementIndex int `json:"statementIndex"`
	// SourceSQL is the statement that was given.
	SourceSQL string `json:"sourceSql"`
	// TargetSQL is what was run.
	TargetSQL string `json:"targetSql"`
	// BatchIndex is the transaction that it was part of, counted from 0.
	BatchIndex int `json:"batchIndex"`
	// RowsAffected counts the rows that it changed.
	RowsAffected *int64 `json:"rowsAffected"`
	// DurationMS is how long D1 worked on it, in milliseconds.
	DurationMS *int64 `json:"durationMs"`
	// Status is applied.
	Status string `json:"status"`
}

// D1Partial is what was done before a migration failed.
type D1Partial struct {
	// PerStatementResults are the statements of the batches that are kept.
	PerStatementResults []D1Applied `json:"perStatementResults"`
	// FailedBatch is the batch that failed, counted from 0; nothing of it is kept,
	// unless D1's answer to it was lost, and nothing after it was run.
	FailedBatch int `json:"failedBatch"`
}
