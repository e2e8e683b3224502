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

// registry holds the codes in the order of this file.
var registry []Code

// code enters a code into the registry.
func code(name string, number, status int, summary string) Code {
	c := Code{name, number, status, summary}
	registry = append(registry, c)
	return c
}

// The registry. Handlers and stores pick an entry; nothing else decides a status.
var (
	InvalidRequest     = code("invalid_request", 1000, 400, "Invalid request")
	InvalidJSON        = code("invalid_json", 1001, 400, "Invalid JSON body")
	InvalidSelect      = code("invalid_structured_select_request", 1002, 400, "Invalid structured select request")
	InvalidFilter      = code("invalid_filter", 1003, 400, "Invalid filter")
	InvalidOrder       = code("invalid_order", 1004, 400, "Invalid order")
	InvalidValue       = code("invalid_value", 1005, 400, "Invalid value")
	UnknownTable       = code("unknown_table", 1006, 400, "Unknown table")
	UnknownColumn      = code("unknown_column", 1007, 400, "Unknown column")
	UnknownFunction    = code("unknown_function", 1008, 400, "Unknown function")
	InvalidSQL         = code("invalid_sql", 1009, 400, "Invalid SQL")
	MissingFilter      = code("missing_filter", 1010, 400, "Missing filter")
	ClientMissing      = code("client_missing", 1011, 400, "Missing Athena client")
	ClientUnknown      = code("client_unknown", 1012, 400, "Unknown Athena client")
	UniqueViolation    = code("unique_violation", 1020, 409, "Duplicate key: such a row already exists")
	ForeignKey         = code("foreign_key_violation", 1021, 409, "Foreign key violation")
	NotNullViolation   = code("not_null_violation", 1022, 400, "Missing value for a required column")
	CheckViolation     = code("check_violation", 1023, 400, "Check constraint violation")
	ExclusionViolation = code("exclusion_violation", 1024, 409, "Exclusion constraint violation")
	SerializationFail  = code("serialization_failure", 1025, 409, "Concurrent change, safe to retry")
	RangeUnsatisfiable = code("range_not_satisfiable", 1026, 416, "Range not satisfiable")
	StatementTimeout   = code("statement_timeout", 1030, 504, "Statement timeout")
	BackendUnavailable = code("backend_unavailable", 1031, 503, "Backend temporarily unavailable")
	ClientFrozen       = code("client_frozen", 1032, 503, "Athena client is frozen")
	Overloaded         = code("overloaded", 1033, 429, "Too many requests in flight")
	RolePermission     = code("role_permission_denied", 1034, 403, "Permission denied by the database")
	AdmissionLimit     = code("admission_limit_reached", 1036, 429, "Too many requests: the limit of the window is reached")
	AnswerTooLarge     = code("answer_too_large", 1035, 413, "Answer too large: ask for fewer rows, or stream them")

	NotAcceptable     = code("not_acceptable", 1040, 406, "Not acceptable: no such form of the answer")
	UnknownSchema     = code("unknown_schema", 1041, 406, "Unknown schema")
	NotOneRow         = code("not_one_row", 1042, 406, "One row was asked for, and there is not exactly one")
	TransactionEmpty  = code("ATHENA_TRANSACTION_EMPTY", 1050, 400, "Empty transaction")
	TransactionFailed = code("ATHENA_TRANSACTION_FAILED", 1051, 409, "The transaction was undone")
	TransactionKind   = code("ATHENA_TRANSACTION_OPERATION_UNSUPPORTED", 1052, 400, "Unsupported operation in a transaction")
	TransactionOption = code("ATHENA_TRANSACTION_OPTION_UNSUPPORTED", 1053, 400, "Unsupported option of a transaction")
	UpstreamFailed    = code("upstream_failed", 1060, 500, "The service behind the server failed")
	D1Failed          = code("d1_execution_failed", 1061, 503, "Migration stopped: D1 did not run a batch")

	TooManyAffected = code("too_many_rows_affected", 1043, 400, "More rows affected than allowed")
	KeyFilters      = code("primary_key_filters", 1044, 405, "Filters are not those of the primary key")
	MayWrite        = code("function_may_write", 1045, 400, "A function that may write is not run by GET")
	ManyFunctions   = code("ambiguous_function", 1046, 400, "The arguments fit several functions")
	NotASet         = code("function_gives_no_set", 1047, 400, "The function gives no set of rows")

	Unauthenticated = code("unauthenticated", 2000, 401, "Authentication required")
	KeyInvalid      = code("api_key_invalid", 2001, 401, "Invalid API key")
	KeyInactive     = code("api_key_inactive", 2002, 401, "Inactive API key")
	KeyExpired      = code("api_key_expired", 2003, 401, "Expired API key")
	KeyWrongClient  = code("api_key_wrong_client", 2004, 403, "API key belongs to another client")
	RightMissing    = code("right_missing", 2005, 403, "Missing right")
	AdminRequired   = code("admin_key_required", 2006, 401, "Admin key required for authentication")
	KeyStoreDown    = code("api_key_store_unavailable", 2007, 503, "Key store temporarily unavailable")
	RightUnknown    = code("right_unknown", 2008, 400, "Unknown right")
	DirectURIOff    = code("direct_uri_disabled", 2009, 403, "Direct database URIs are switched off")
	AddressRefused  = code("ip_address_refused", 2010, 403, "Refused from this IP address")
	KeyNotBound     = code("api_key_not_bound", 2011, 403, "API key is not bound to a client")
	FeatureOff      = code("feature_disabled", 2012, 403, "Switched off for the client")

	ChatUnauthenticated = code("ATHENA_CHAT_UNAUTHENTICATED", 4000, 401, "Chat authentication required")
	ChatForbidden       = code("ATHENA_CHAT_FORBIDDEN", 4001, 403, "Not allowed in this chat")
	ChatNotFound        = code("ATHENA_CHAT_NOT_FOUND", 4002, 404, "Chat resource not found")
	ChatConflict        = code("ATHENA_CHAT_CONFLICT", 4003, 409, "Chat conflict")
	ChatBadRequest      = code("ATHENA_CHAT_BAD_REQUEST", 4004, 400, "Invalid chat request")
	ChatUnavailable     = code("ATHENA_CHAT_UNAVAILABLE", 4005, 503, "Chat temporarily unavailable")
	ChatRateLimited     = code("ATHENA_CHAT_RATE_LIMITED", 4006, 429, "Too many messages")

	NotFound = code("not_found", 5000, 404, "Not found")
	Conflict = code("conflict", 5001, 409, "Conflict: already exists")
	State    = code("wrong_state", 5002, 409, "Not possible in the present state")

	AuditDown        = code("audit_store_unavailable", 5010, 503, "Audit log temporarily unavailable")
	ReservedName     = code("reserved_name", 5011, 400, "Reserved name")
	InvalidDDL       = code("invalid_ddl", 5012, 400, "Invalid schema change")
	RouteRefused     = code("public_route_refused", 5014, 403, "Not allowed by the public route")
	DependentObjects = code("dependent_objects", 5013, 409, "Other objects depend on it")

	RouteNotFound    = code("route_not_found", 9000, 404, "Route not found")
	MethodNotAllowed = code("method_not_allowed", 9001, 405, "Method not allowed")
	BodyTooLarge     = code("ATHENA_LIMIT_EXCEEDED", 9002, 413, "Request body too large")
	HeadersTooLarge  = code("headers_too_large", 9003, 431, "Request headers too large")
	DeadlineExceeded = code("deadline_exceeded", 9004, 504, "Request timeout")
	Canceled         = code("client_closed_request", 9005, 499, "Client closed the request")
	ShuttingDown     = code("shutting_down", 9006, 503, "Server is shutting down")
	RequestTimeout   = code("request_timeout", 9008, 408, "Request timeout")
	Internal         = code("internal_error", 9007, 500, "Internal error")
)
