package wire

// Code is one entry of the error registry. Its name and number are stable: a
// client may branch on either, so an entry is never renamed or renumbered.
type Code struct {
	// Name is what the envelope carries in `code`.
	Name string
	// Number is what the envelope carries in `error_number`. The thousands tell
	// the domain: 1 gateway, 2 identity, 3 storage, 4 chat, 5 control plane,
	// 9 the server itself.
	Number int
	// Status is the HTTP status of an answer with this code.
	Status int
	// Summary says in one line what happened, in words a person can act on.
	Summary string
}

// The registry. Handlers and stores pick an entry; nothing else decides a status.
var (
	InvalidRequest     = Code{"invalid_request", 1000, 400, "Invalid request"}
	InvalidJSON        = Code{"invalid_json", 1001, 400, "Invalid JSON body"}
	InvalidSelect      = Code{"invalid_structured_select_request", 1002, 400, "Invalid structured select request"}
	InvalidFilter      = Code{"invalid_filter", 1003, 400, "Invalid filter"}
	InvalidOrder       = Code{"invalid_order", 1004, 400, "Invalid order"}
	InvalidValue       = Code{"invalid_value", 1005, 400, "Invalid value"}
	UnknownTable       = Code{"unknown_table", 1006, 400, "Unknown table"}
	UnknownColumn      = Code{"unknown_column", 1007, 400, "Unknown column"}
	UnknownFunction    = Code{"unknown_function", 1008, 400, "Unknown function"}
	InvalidSQL         = Code{"invalid_sql", 1009, 400, "Invalid SQL"}
	MissingFilter      = Code{"missing_filter", 1010, 400, "Missing filter"}
	ClientMissing      = Code{"client_missing", 1011, 400, "Missing Athena client"}
	ClientUnknown      = Code{"client_unknown", 1012, 400, "Unknown Athena client"}
	UniqueViolation    = Code{"unique_violation", 1020, 409, "Duplicate key: such a row already exists"}
	ForeignKey         = Code{"foreign_key_violation", 1021, 409, "Foreign key violation"}
	NotNullViolation   = Code{"not_null_violation", 1022, 400, "Missing value for a required column"}
	CheckViolation     = Code{"check_violation", 1023, 400, "Check constraint violation"}
	ExclusionViolation = Code{"exclusion_violation", 1024, 409, "Exclusion constraint violation"}
	SerializationFail  = Code{"serialization_failure", 1025, 409, "Concurrent change, safe to retry"}
	RangeUnsatisfiable = Code{"range_not_satisfiable", 1026, 416, "Range not satisfiable"}
	StatementTimeout   = Code{"statement_timeout", 1030, 504, "Statement timeout"}
	BackendUnavailable = Code{"backend_unavailable", 1031, 503, "Backend temporarily unavailable"}
	ClientFrozen       = Code{"client_frozen", 1032, 503, "Athena client is frozen"}
	Overloaded         = Code{"overloaded", 1033, 429, "Too many requests in flight"}
	RolePermission     = Code{"role_permission_denied", 1034, 403, "Permission denied by the database"}
	AnswerTooLarge     = Code{"answer_too_large", 1035, 413, "Answer too large: ask for fewer rows, or stream them"}

	Unauthenticated = Code{"unauthenticated", 2000, 401, "Authentication required"}
	KeyInvalid      = Code{"api_key_invalid", 2001, 401, "Invalid API key"}
	KeyInactive     = Code{"api_key_inactive", 2002, 401, "Inactive API key"}
	KeyExpired      = Code{"api_key_expired", 2003, 401, "Expired API key"}
	KeyWrongClient  = Code{"api_key_wrong_client", 2004, 403, "API key belongs to another client"}
	RightMissing    = Code{"right_missing", 2005, 403, "Missing right"}
	AdminRequired   = Code{"admin_key_required", 2006, 401, "Admin key required for authentication"}
	KeyStoreDown    = Code{"api_key_store_unavailable", 2007, 503, "Key store temporarily unavailable"}
	RightUnknown    = Code{"right_unknown", 2008, 400, "Unknown right"}
	DirectURIOff    = Code{"direct_uri_disabled", 2009, 403, "Direct database URIs are switched off"}
	AddressRefused  = Code{"ip_address_refused", 2010, 403, "Refused from this IP address"}

	ChatUnauthenticated = Code{"ATHENA_CHAT_UNAUTHENTICATED", 4000, 401, "Chat authentication required"}
	ChatForbidden       = Code{"ATHENA_CHAT_FORBIDDEN", 4001, 403, "Not allowed in this chat"}
	ChatNotFound        = Code{"ATHENA_CHAT_NOT_FOUND", 4002, 404, "Chat resource not found"}
	ChatConflict        = Code{"ATHENA_CHAT_CONFLICT", 4003, 409, "Chat conflict"}
	ChatBadRequest      = Code{"ATHENA_CHAT_BAD_REQUEST", 4004, 400, "Invalid chat request"}
	ChatUnavailable     = Code{"ATHENA_CHAT_UNAVAILABLE", 4005, 503, "Chat temporarily unavailable"}

	NotFound = Code{"not_found", 5000, 404, "Not found"}
	Conflict = Code{"conflict", 5001, 409, "Conflict: already exists"}
	State    = Code{"wrong_state", 5002, 409, "Not possible in the present state"}

	RouteNotFound    = Code{"route_not_found", 9000, 404, "Route not found"}
	MethodNotAllowed = Code{"method_not_allowed", 9001, 405, "Method not allowed"}
	BodyTooLarge     = Code{"ATHENA_LIMIT_EXCEEDED", 9002, 413, "Request body too large"}
	HeadersTooLarge  = Code{"headers_too_large", 9003, 431, "Request headers too large"}
	DeadlineExceeded = Code{"deadline_exceeded", 9004, 504, "Request timeout"}
	Canceled         = Code{"client_closed_request", 9005, 499, "Client closed the request"}
	ShuttingDown     = Code{"shutting_down", 9006, 503, "Server is shutting down"}
	RequestTimeout   = Code{"request_timeout", 9008, 408, "Request timeout"}
	Internal         = Code{"internal_error", 9007, 500, "Internal error"}
)
