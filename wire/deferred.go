package wire

import (
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// The states of a deferred request.
const (
	// DeferredQueued waits for its turn, or for its next attempt.
	DeferredQueued = "queued"
	// DeferredRunning is being done.
	DeferredRunning = "running"
	// DeferredCompleted was done.
	DeferredCompleted = "completed"
	// DeferredFailed was refused, or was attempted in vain too often.
	DeferredFailed = "failed"
)

// DeferredRequest is a write that was accepted to be done later.
type DeferredRequest struct {
	// RequestID finds the request again.
	RequestID uuid.UUID `json:"request_id"`
	// Status is queued, running, completed or failed.
	Status string `json:"status" enum:"queued,running,completed,failed"`
	// ClientName is the client whose database is written to.
	ClientName string `json:"client_name"`
	// Reason is requested, or the limit that was reached: client_limit or global_limit.
	Reason string `json:"reason"`
	// AcceptedAs is the id of the request that asked for it.
	AcceptedAs string `json:"accepted_as"`
	// Method is that of the request.
	Method string `json:"method"`
	// Route is the path of the operation.
	Route string `json:"route"`
	// SchemaName is the schema of the table, where the request named one.
	SchemaName string `json:"schema_name"`
	// TableName is the table; empty for SQL of the caller's own.
	TableName string `json:"table_name"`
	// Attempts counts how often it was begun.
	Attempts int `json:"attempts"`
	// Error is why the last attempt failed, as the envelope of an error; null where
	// none did.
	Error json.RawMessage `json:"error"`
	// Response is what the request was answered in the end; null before.
	Response *DeferredResponse `json:"response"`
	// CreatedAt is when it was accepted.
	CreatedAt time.Time `json:"created_at"`
	// UpdatedAt is when its state last changed.
	UpdatedAt time.Time `json:"updated_at"`
	// StartedAt is when the last attempt began.
	StartedAt *time.Time `json:"started_at"`
	// NextAttemptAt is when it is attempted again.
	NextAttemptAt *time.Time `json:"next_attempt_at"`
	// CompletedAt is when it was done, or given up.
	CompletedAt *time.Time `json:"completed_at"`
}

// DeferredResponse is an answer that was kept.
type DeferredResponse struct {
	// Status is its HTTP status; 0 where the write was done, but its answer was lost.
	Status int `json:"status"`
	// Headers are its headers by name.
	Headers map[string]string `json:"headers"`
	// Body is its body: JSON as it is, anything else as text; null for none.
	Body json.RawMessage `json:"body"`
}

// DeferredByID asks for a deferred request.
type DeferredByID struct {
	GatewayHeaders
	// RequestID is the id that the deferred request was accepted with.
	RequestID string `path:"request_id" json:"-"`
}

// Accepted is the answer to a write that is done later.
type Accepted struct {
	// RequestID finds the request at /gateway/deferred/{request_id}.
	RequestID uuid.UUID `json:"request_id"`
	// Status is queued.
	Status string `json:"status"`
	// Reason is requested, client_limit or global_limit.
	Reason string `json:"reason"`
	// Location is the path where its state can be asked for.
	Location string `json:"location"`
}

// FlushDeferred has what waits done now.
type FlushDeferred struct {
	AdminHeaders
	// Client limits it to one client; all by default.
	Client string `query:"client" json:"-"`
}

// DeferredFlush is what became of what waited.
type DeferredFlush struct {
	// Enabled says whether writes are deferred by this server.
	Enabled bool `json:"enabled"`
	// Succeeded counts what was done.
	Succeeded int `json:"succeeded"`
	// Failed counts what was attempted in vain; some of it is attempted again.
	Failed int `json:"failed"`
	// Pending counts what was not attempted before the answer was due.
	Pending int `json:"pending"`
	// InvalidatedTables are the tables that were written to, as client/schema.table.
	InvalidatedTables []string `json:"invalidated_tables"`
}

// RecordedRequest is a request as it is kept to be served later.
type RecordedRequest struct {
	URI     string            `json:"uri"`
	Headers []Pair            `json:"headers"`
	Values  map[string]string `json:"values"`
	// Key is the public half of the key that was shown, with its rights then.
	Key *KeyGrant `json:"key,omitempty"`
	// Free says that no key was needed, or that the admin key was shown.
	Free bool `json:"free"`
}

// LaterHeaders ask for a write to be done later.
type LaterHeaders struct {
	// Defer has the write done later where it is "true": the answer is 202 with an id.
	Defer string `header:"X-Athena-Defer" json:"-" doc:"only"`
}

// PreferLater asks for the same in the words of RFC 7240.
type PreferLater struct {
	// Prefer has the write done later where it holds respond-async.
	Prefer string `header:"Prefer" json:"-" doc:"only"`
}
