package wire

import "time"

// Decisions of the admission.
const (
	// Allowed is a request that was let in under a limit.
	Allowed = "allowed"
	// Deferred is one that is done later.
	Deferred = "deferred"
	// Rejected is one that was turned away.
	Rejected = "rejected"
)

// AdmissionEvent is one decision about a request that a limit applied to.
type AdmissionEvent struct {
	// ID numbers the events.
	ID int64 `json:"id" db:"id"`
	// CreatedAt is when the request came.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// EventID is the id of the request.
	EventID string `json:"event_id" db:"event_id"`
	// Method is that of the request.
	Method string `json:"method" db:"method"`
	// Route is the path of the operation.
	Route string `json:"route" db:"route"`
	// ClientName is the client; null for a database named by its address.
	ClientName *string `json:"client_name" db:"client_name"`
	// RequestBytes is how large the body was.
	RequestBytes *int64 `json:"request_bytes" db:"request_bytes"`
	// DeferRequested says that the caller had asked to have it done later.
	DeferRequested bool `json:"defer_requested" db:"defer_requested"`
	// IsQueryRoute says that the operation runs a caller's own SQL.
	IsQueryRoute bool `json:"is_query_route" db:"is_query_route"`
	// Decision is allowed, deferred or rejected.
	Decision string `json:"decision" db:"decision" enum:"allowed,deferred,rejected"`
	// Reason says which limit decided; null for what was allowed.
	Reason *string `json:"reason" db:"reason"`
	// DeferredRequestID finds what is done later.
	DeferredRequestID *string `json:"deferred_request_id" db:"deferred_request_id"`
	// RetryAfterSeconds is when to come back.
	RetryAfterSeconds *int `json:"retry_after_seconds" db:"retry_after_seconds"`
	// WindowSeconds is the length of the window, rounded up.
	WindowSeconds *int `json:"window_seconds" db:"window_seconds"`
	// GlobalLimitPerWindow is the limit for all clients together.
	GlobalLimitPerWindow *int64 `json:"global_limit_per_window" db:"global_limit_per_window"`
	// PerClientLimitPerWindow is the limit for the client.
	PerClientLimitPerWindow *int64 `json:"per_client_limit_per_window" db:"per_client_limit_per_window"`
	// Meta holds the length of the window in milliseconds.
	Meta JSONObject `json:"meta" db:"meta"`
}

// ListAdmissionEvents asks for decisions of the admission.
type ListAdmissionEvents struct {
	AdminHeaders
	// Decision is allowed, deferred or rejected; all by default.
	Decision *string `query:"decision" json:"-"`
	// Client is the client; all by default.
	Client *string `query:"client" json:"-"`
	Paging
}

// Check reports the first thing wrong with the request.
func (l *ListAdmissionEvents) Check() error {
	if d := l.Decision; d != nil && *d != Allowed && *d != Deferred && *d != Rejected {
		return Fail(InvalidRequest, "decision must be allowed, deferred or rejected").At("decision")
	}
	return l.check()
}

// AdmissionEventPage holds decisions, the latest first.
type AdmissionEventPage struct {
	// Decision is the filter that was applied, null for none.
	Decision *string `json:"decision"`
	// Client is the filter that was applied, null for none.
	Client *string `json:"client"`
	// Limit is how many were wanted.
	Limit int `json:"limit"`
	// Offset is how many were left out before them.
	Offset int `json:"offset"`
	// Events are the decisions.
	Events []AdmissionEvent `json:"events"`
}

// AdmissionEventPageReply is the page in the usual envelope, and beside its data.
type AdmissionEventPageReply struct {
	Success[AdmissionEventPage]
	AdmissionEventPage
}
