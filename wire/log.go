package wire

import "time"

// RequestLog is one row of the control database's http_request_log.
type RequestLog struct {
	RequestID      string
	Method         string
	Path           string
	Route          string
	StatusCode     int
	ClientName     string
	APIKeyPublicID string
	UserID         string
	OrganizationID string
	CompanyID      string
	RemoteAddr     string
	UserAgent      string
	SDK            string
	Duration       time.Duration
	RequestBytes   int
	ResponseBytes  int
	ErrorCode      string
	At             time.Time
}

// OperationLog is one row of the control database's gateway_operation_log.
type OperationLog struct {
	RequestID  string
	ClientName string
	Operation  string
	SchemaName string
	TableName  string
	Method     string
	Path       string
	StatusCode int
	Rows       int64
	Duration   time.Duration
	Cached     bool
	ErrorCode  string
	Message    string // what an error said of the request
	At         time.Time
}
