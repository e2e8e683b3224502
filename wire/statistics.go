package wire

import "time"

// ClientStatistics is what the logs of a client add up to.
type ClientStatistics struct {
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// TotalRequests counts the requests that were answered.
	TotalRequests int64 `json:"total_requests" db:"total_requests"`
	// SuccessfulRequests counts those with a status below 400.
	SuccessfulRequests int64 `json:"successful_requests" db:"successful_requests"`
	// FailedRequests counts the others.
	FailedRequests int64 `json:"failed_requests" db:"failed_requests"`
	// TotalCachedRequests counts operations whose answer was kept from before.
	TotalCachedRequests int64 `json:"total_cached_requests" db:"total_cached_requests"`
	// TotalOperations counts operations on the client's data.
	TotalOperations int64 `json:"total_operations" db:"total_operations"`
	// LastRequestAt is when the last request came.
	LastRequestAt *time.Time `json:"last_request_at" db:"last_request_at"`
	// LastOperationAt is when the last operation came.
	LastOperationAt *time.Time `json:"last_operation_at" db:"last_operation_at"`
	// UpdatedAt is when this was last counted.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// ClientTableStatistics counts one kind of operation on one table.
type ClientTableStatistics struct {
	// ClientName is the client.
	ClientName string `json:"client_name" db:"client_name"`
	// TableName is the table.
	TableName string `json:"table_name" db:"table_name"`
	// Operation is what was done.
	Operation string `json:"operation" db:"operation"`
	// TotalOperations counts how often.
	TotalOperations int64 `json:"total_operations" db:"total_operations"`
	// ErrorOperations counts those that failed.
	ErrorOperations int64 `json:"error_operations" db:"error_operations"`
	// LastOperationAt is when the last one came.
	LastOperationAt *time.Time `json:"last_operation_at" db:"last_operation_at"`
	// UpdatedAt is when this was last counted.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// ListStatistics asks for the statistics of all clients.
type ListStatistics struct{ AdminHeaders }

// ClientStatisticsPage holds the statistics of all clients, by name.
type ClientStatisticsPage struct {
	// Statistics are those of the clients that were used.
	Statistics []ClientStatistics `json:"statistics"`
}

// ClientStatisticsDetail holds the statistics of one client.
type ClientStatisticsDetail struct {
	// Statistics are those of the whole client.
	Statistics ClientStatistics `json:"statistics"`
	// Tables are those of its tables, the busiest first.
	Tables []ClientTableStatistics `json:"tables"`
}

// Paging bounds a list.
type Paging struct {
	// Limit is how many entries are wanted: 1 to 500, 100 by default.
	Limit *int `query:"limit" json:"-"`
	// Offset is how many entries to leave out before them; 0 by default.
	Offset *int `query:"offset" json:"-"`
}

const (
	defaultPage = 100
	longestPage = 500
)

// check fills in what is left out.
func (p *Paging) check() error {
	if p.Limit == nil {
		p.Limit = new(int)
		*p.Limit = defaultPage
	}
	if p.Offset == nil {
		p.Offset = new(int)
	}
	if *p.Limit < 1 || *p.Limit > longestPage {
		return Fail(InvalidRequest, "limit must lie between 1 and %d", longestPage).At("limit")
	}
	if *p.Offset < 0 {
		return Fail(InvalidRequest, "offset must not be negative").At("offset")
	}
	return nil
}

// DrillDown asks for the logged operations behind a number of the statistics.
type DrillDown struct {
	ClientByName
	// TableName is the table.
	TableName string `query:"table_name" json:"-" required:"true"`
	// Operation is what was done, such as fetch.
	Operation string `query:"operation" json:"-" required:"true"`
	// Status is all, errors or normal; all by default. An error is an answer with
	// a status of 400 or more.
	Status string `query:"status" json:"-" enum:"all,errors,normal"`
	Paging
}

// Check reports the first thing wrong with the request.
func (d *DrillDown) Check() error {
	if d.TableName == "" {
		return Fail(InvalidRequest, "table_name is missing").At("table_name")
	}
	if d.Operation == "" {
		return Fail(InvalidRequest, "operation is missing").At("operation").WithHint("such as fetch or insert")
	}
	if d.Status == "" {
		d.Status = "all"
	}
	if d.Status != "all" && d.Status != "errors" && d.Status != "normal" {
		return Fail(InvalidRequest, "status must be all, errors or normal").At("status")
	}
	return d.check()
}

// LoggedOperation is one operation as the log has it.
type LoggedOperation struct {
	// CreatedAt is when its request came.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// RequestID is that of its request.
	RequestID string `json:"request_id" db:"request_id"`
	// Operation is what was done.
	Operation *string `json:"operation" db:"operation"`
	// TableName is the table.
	TableName *string `json:"table_name" db:"table_name"`
	// ClientName is the client.
	ClientName *string `json:"client_name" db:"client_name"`
	// Method is that of the request.
	Method *string `json:"method" db:"method"`
	// Path is that of the request.
	Path *string `json:"path" db:"path"`
	// StatusCode is that of the answer.
	StatusCode *int `json:"status_code" db:"status_code"`
	// DurationMS is how long the request took, in whole milliseconds.
	DurationMS *int64 `json:"duration_ms" db:"duration_ms"`
	// OperationTimeMS is the same time with its fraction.
	OperationTimeMS *float64 `json:"operation_time_ms" db:"operation_time_ms"`
	// Details hold the schema, how many rows there were, whether the answer was
	// kept from before, and the code of an error.
	Details JSONObject `json:"details" db:"details"`
	// Error is true for an answer with a status of 400 or more.
	Error *bool `json:"error" db:"error"`
	// Message is what an error said of the request.
	Message *string `json:"message" db:"message"`
	// CacheKey names the kept answer, null where there is none.
	CacheKey *string `json:"cache_key" db:"-"`
}

// DrillDownPage holds logged operations and the filter that was applied.
type DrillDownPage struct {
	// Status is the filter.
	Status string `json:"status"`
	LoggedOperations
}

// LoggedOperations are logged operations, the latest first.
type LoggedOperations struct {
	// ClientName is the client that was asked for.
	ClientName string `json:"client_name"`
	// TableName is the table that was asked for.
	TableName string `json:"table_name"`
	// Operation is the operation that was asked for.
	Operation string `json:"operation"`
	// Limit is how many rows were wanted.
	Limit int `json:"limit"`
	// Offset is how many were left out before them.
	Offset int `json:"offset"`
	// Rows are the operations.
	Rows []LoggedOperation `json:"rows"`
}

// DrillDownReply is the page in the usual envelope. What the page holds stands
// beside the envelope's data, too, for clients that look for it there.
type DrillDownReply struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says in a few words what was done.
	Message string `json:"message"`
	// Data is the page.
	Data DrillDownPage `json:"data"`
	LoggedOperations
}
