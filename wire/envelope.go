// Package wire is the vocabulary that all layers share: requests and answers, the
// envelope, and the registry of errors. It does no I/O and knows no database.
package wire

import "io"

// Success is the envelope of most answers.
type Success[T any] struct {
	// Status is always "success".
	Status string `json:"status"`
	// Message says in a few words what was done.
	Message string `json:"message"`
	// Data is what was asked for.
	Data T `json:"data"`
}

// OK wraps data in the success envelope.
func OK[T any](message string, data T) Success[T] {
	return Success[T]{Status: "success", Message: message, Data: data}
}

// Failure is the envelope of every error.
type Failure struct {
	// Status is always "error".
	Status string `json:"status"`
	// Message is a summary for people.
	Message string `json:"message"`
	// Error says what was wrong with this request.
	Error string `json:"error"`
	// Code is the stable name of the error.
	Code string `json:"code,omitempty"`
	// ErrorNumber is the stable number of the error.
	ErrorNumber int `json:"error_number,omitempty"`
	// DocsURL is the page that explains the error.
	DocsURL string `json:"docs_url,omitempty"`
	// Hint says what to do instead.
	Hint string `json:"hint,omitempty"`
	// Field is the part of the request that is to blame.
	Field string `json:"field,omitempty"`
	// SQLState is the database's own code, where the database refused.
	SQLState string `json:"sqlstate,omitempty"`
	// RequestID finds the request in the server's log.
	RequestID string `json:"request_id,omitempty"`
	// Data holds what else there is to say.
	Data any `json:"data,omitempty"`
}

// Envelope is the problem as its caller sees it. docsURL, where set, is the base
// of the error pages.
func (p *Problem) Envelope(requestID, docsURL string) Failure {
	message := p.Message
	if message == "" {
		message = p.Code.Summary
	}
	f := Failure{
		Status: "error", Message: message, Error: p.Detail,
		Code: p.Code.Name, ErrorNumber: p.Code.Number,
		Hint: p.Hint, Field: p.Field, SQLState: p.SQLState, RequestID: requestID, Data: p.Data,
	}
	if f.Error == "" {
		f.Error = message
	}
	if docsURL != "" {
		f.DocsURL = docsURL + "/" + p.Code.Name
	}
	return f
}

// Pair is a name and a value of a query string or of a header.
type Pair struct {
	Name, Value string
}

// Lookup finds the first value of a name.
func Lookup(pairs []Pair, name string) (value string, ok bool) {
	for _, p := range pairs {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// Rows is an answer whose rows are JSON already: written as Before, JSON, After.
// Without Before and JSON there is no body.
type Rows struct {
	// Status overrides the operation's usual one; zero keeps it.
	Status  int
	Headers []Pair
	// Kept are headers that tell where the answer was kept; it is the same answer
	// whatever they say.
	Kept []Pair
	// Media is the content type where it is not JSON.
	Media  string
	Before []byte
	JSON   []byte
	After  []byte
	// Stream takes the place of JSON where rows are written as they come.
	Stream io.ReadCloser
	// ETag has a tag of the body sent, so that a caller who has it already gets 304.
	ETag bool
	// Release gives the memory of JSON back once it is written; it may be nil.
	Release func()
}

// Done gives the memory of the rows back.
func (r *Rows) Done() {
	if r.Release != nil {
		r.Release()
		r.Release = nil
	}
}

// OptionalBody is embedded in a request that does without a body.
type OptionalBody struct{}

// BodyMayBeMissing tells the decoder.
func (OptionalBody) BodyMayBeMissing() {}

// ChoosingRows is embedded by requests that read or write rows of a caller's choice: no
// key of their body that may say which rows is passed over.
type ChoosingRows struct{}

// ChoosesRows tells the decoder.
func (ChoosingRows) ChoosesRows() {}
