package wire

import "time"

// What can be recommended.
const (
	// MissingIndex is a foreign key whose columns no index begins with.
	MissingIndex = "missing_index"
	// UnusedIndex is an index that no query has used.
	UnusedIndex = "unused_index"
	// SequentialScans is a large table that is read from end to end again and again.
	SequentialScans = "sequential_scans"
	// SlowStatement is a statement that takes long on average.
	SlowStatement = "slow_statement"
)

// How a statement is run.
const (
	// InTransaction runs it in a transaction of its own.
	InTransaction = "transaction"
	// Concurrently runs it outside of a transaction, so that it blocks nobody.
	Concurrently = "concurrently"
)

// Recommendation is something that would make a client's queries faster.
type Recommendation struct {
	// ID numbers the recommendations.
	ID int64 `json:"id" db:"id"`
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// RunID is the run that found it last.
	RunID *int64 `json:"run_id" db:"run_id"`
	// Kind is missing_index, unused_index, sequential_scans or slow_statement.
	Kind string `json:"kind" db:"kind" enum:"missing_index,unused_index,sequential_scans,slow_statement"`
	// Fingerprint tells recommendations of a client apart.
	Fingerprint string `json:"fingerprint" db:"fingerprint"`
	// SchemaName is the table's schema.
	SchemaName *string `json:"schema_name" db:"schema_name"`
	// TableName is the table; null for a statement.
	TableName *string `json:"table_name" db:"table_name"`
	// IndexName is the index to make or to drop.
	IndexName *string `json:"index_name" db:"index_name"`
	// Reason says why, in a sentence.
	Reason string `json:"reason" db:"reason"`
	// Statement is what apply runs; null where only a person can tell what to do.
	Statement *string `json:"statement" db:"statement"`
	// Mode is how apply runs it: transaction or concurrently.
	Mode *string `json:"mode" db:"mode" enum:"transaction,concurrently"`
	// Impact orders recommendations: about how many rows or milliseconds it is about.
	Impact float64 `json:"impact" db:"impact"`
	// Details hold the numbers behind it.
	Details JSONObject `json:"details" db:"details"`
	// Status is open, applied, or dismissed for what was not found again.
	Status string `json:"status" db:"status" enum:"open,applied,dismissed"`
	// AppliedAt is when it was applied.
	AppliedAt *time.Time `json:"applied_at" db:"applied_at"`
	// AppliedBy is who had it applied.
	AppliedBy *string `json:"applied_by" db:"applied_by"`
	// CreatedAt is when it was first found.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it was last found or applied.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// OptimizationRun is one search for recommendations.
type OptimizationRun struct {
	// ID numbers the runs.
	ID int64 `json:"id" db:"id"`
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// Status is running, succeeded or failed.
	Status string `json:"status" db:"status" enum:"running,succeeded,failed"`
	// StartedAt is when it began.
	StartedAt time.Time `json:"started_at" db:"started_at"`
	// FinishedAt is when it ended.
	FinishedAt *time.Time `json:"finished_at" db:"finished_at"`
	// Found counts the recommendations that it found.
	Found int `json:"found" db:"found"`
	// Error says why it failed.
	Error *string `json:"error" db:"error"`
}

// ListRecommendations asks for a client's recommendations.
type ListRecommendations struct {
	ClientByName
	// Status is all, open, applied or dismissed; all by default.
	Status string `query:"status" json:"-" enum:"all,open,applied,dismissed"`
	Paging
}

// Check reports the first thing wrong with the request.
func (l *ListRecommendations) Check() error {
	switch l.Status {
	case "":
		l.Status = "all"
	case "all", "open", "applied", "dismissed":
	default:
		return Fail(InvalidRequest, "status must be all, open, applied or dismissed").At("status")
	}
	return l.check()
}

// RecommendationPage holds recommendations and the filter that was applied.
type RecommendationPage struct {
	// Status is the filter.
	Status string `json:"status"`
	Recommendations
}

// Recommendations are recommendations of a client, those with most impact first.
type Recommendations struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Limit is how many were wanted.
	Limit int `json:"limit"`
	// Offset is how many were left out before them.
	Offset int `json:"offset"`
	// Recommendations are the recommendations.
	Recommendations []Recommendation `json:"recommendations"`
}

// RecommendationPageReply is the page in the usual envelope, and what it holds
// beside the envelope's data.
type RecommendationPageReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says in a few words what was done.
	Message string `json:"message"`
	// Data is the page.
	Data RecommendationPage `json:"data"`
	Recommendations
}

// RefreshedRecommendations is what a search found.
type RefreshedRecommendations struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Run is the search.
	Run OptimizationRun `json:"run"`
	// Recommendations are those that are open now.
	Recommendations []Recommendation `json:"recommendations"`
}

// RefreshedRecommendationsReply is that in the usual envelope, and beside its data.
type RefreshedRecommendationsReply struct {
	Success[RefreshedRecommendations]
	RefreshedRecommendations
}

// ListOptimizationRuns asks for the searches of a client.
type ListOptimizationRuns struct {
	ClientByName
	Paging
}

// Check reports the first thing wrong with the request.
func (l *ListOptimizationRuns) Check() error { return l.check() }

// OptimizationRunPage holds searches, the latest first.
type OptimizationRunPage struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Limit is how many were wanted.
	Limit int `json:"limit"`
	// Offset is how many were left out before them.
	Offset int `json:"offset"`
	// Runs are the searches.
	Runs []OptimizationRun `json:"runs"`
}

// OptimizationRunPageReply is the page in the usual envelope, and beside its data.
type OptimizationRunPageReply struct {
	Success[OptimizationRunPage]
	OptimizationRunPage
}

// ApplyRecommendation has the statement of a recommendation run.
type ApplyRecommendation struct {
	ClientByName
	OptionalBody
	// RecommendationID is the recommendation.
	RecommendationID int64 `path:"recommendation_id" json:"-"`
	// Actor is who is noted as having had it done; "admin" by default.
	Actor string `json:"actor"`
}

const longestActor = 200

// Check fills in what is left out.
func (a *ApplyRecommendation) Check() error {
	if a.Actor == "" {
		a.Actor = "admin"
	}
	if len(a.Actor) > longestActor {
		return Fail(InvalidRequest, "actor must have at most %d characters", longestActor).At("actor")
	}
	return nil
}

// OptimizationResult is what came of applying a recommendation.
type OptimizationResult struct {
	// ActionID numbers what was done, for the audit.
	ActionID int64 `json:"action_id" db:"action_id"`
	// RecommendationID is the recommendation.
	RecommendationID int64 `json:"recommendation_id" db:"recommendation_id"`
	// Actor is who had it done.
	Actor string `json:"actor" db:"actor"`
	// Statement is what was run.
	Statement string `json:"statement" db:"statement"`
	// Mode is how it was run.
	Mode string `json:"mode" db:"mode" enum:"transaction,concurrently"`
	// Status is started, succeeded or failed.
	Status string `json:"status" db:"status" enum:"started,succeeded,failed"`
	// Error says why it failed.
	Error *string `json:"error" db:"error"`
	// StartedAt is when it began.
	StartedAt time.Time `json:"started_at" db:"started_at"`
	// FinishedAt is when it ended.
	FinishedAt *time.Time `json:"finished_at" db:"finished_at"`
}

// AppliedRecommendation is a recommendation that was applied.
type AppliedRecommendation struct {
	// ClientName is the client.
	ClientName string `json:"client_name"`
	// Result is what came of it.
	Result OptimizationResult `json:"result"`
}

// AppliedRecommendationReply is that in the usual envelope, and beside its data.
type AppliedRecommendationReply struct {
	Success[AppliedRecommendation]
	AppliedRecommendation
}
