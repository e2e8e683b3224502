package wire

import "github.com/goccy/go-json"

// RPCHeaders are the headers of every call of a function. The server reads them
// before the request is decoded.
type RPCHeaders struct {
	// Client names the Athena client whose database is meant.
	Client string `header:"X-Athena-Client" json:"-" doc:"only"`
	// APIKey is the API key.
	APIKey string `header:"apikey" json:"-" doc:"only" secret:"true"`
	// XAPIKey is another place for the API key.
	XAPIKey string `header:"x-api-key" json:"-" doc:"only" secret:"true"`
}

// FunctionCall says which function to call, and how to shape what it returns.
type FunctionCall struct {
	// Function is the function, with its schema before a dot if need be.
	Function string `json:"function"`
	// FunctionName is another spelling of function.
	FunctionName string `json:"function_name"`
	// Schema is the schema of a function named without one; public where it is
	// left out.
	Schema string `json:"schema"`
	// Args are the arguments by name.
	Args json.RawMessage `json:"args"`
	// Select is what to answer of each row, in the select language.
	Select string `json:"select"`
	// Filters must all hold for a row that is answered.
	Filters []Condition `json:"filters"`
	// Count asks for the number of rows without the limit. The function runs once,
	// so that every way of counting is exact.
	Count string `json:"count" enum:"exact,planned,estimated"`
	// Head asks for the count alone.
	Head bool `json:"head"`
	// Limit is how many rows at most.
	Limit *int64 `json:"limit"`
	// Offset is how many rows to pass over.
	Offset *int64 `json:"offset"`
	// Order sorts by one column, or by several in an array.
	Order json.RawMessage `json:"order" keys:"column: The column to sort by.; ascending: Whether from the smallest on, which is usual."`
}

// CallFunction asks for a function to be called.
type CallFunction struct {
	ChoosingRows
	RPCHeaders
	SupabaseHeaders
	FunctionCall
}

// CallNamed asks for the function of the path to be called. The body is an object
// of arguments, or of the keys below.
type CallNamed struct {
	RPCHeaders
	// Name is the function, with its schema before a dot if need be.
	Name string `path:"function_name" json:"-"`
	FunctionCall
	// Pairs are all parameters of the query string: select, filters such as
	// age=gte.18, order, limit, offset, count and schema.
	Pairs []Pair `query:"*" json:"-"`
	// Body is an object of arguments by name, or one that says more.
	Body []byte `body:"raw"`
}

// CallByQuery asks for a function to be called that changes nothing, in a
// transaction that can only read.
type CallByQuery struct {
	RPCHeaders
	// Name is the function, with its schema before a dot if need be.
	Name string `path:"function_name" json:"-"`
	// Schema is the schema of a function named without one.
	Schema string `query:"schema" json:"-" doc:"only"`
	// Select is what to answer of each row, in the select language.
	Select string `query:"select" json:"-" doc:"only"`
	// Count asks for the number of rows without the limit.
	Count string `query:"count" json:"-" doc:"only"`
	// Head asks for the count alone.
	Head bool `query:"head" json:"-" doc:"only"`
	// Limit is how many rows at most.
	Limit *int64 `query:"limit" json:"-" doc:"only"`
	// Offset is how many rows to pass over.
	Offset *int64 `query:"offset" json:"-" doc:"only"`
	// Order sorts, such as name.desc.nullslast,id.
	Order string `query:"order" json:"-" doc:"only"`
	// Pairs are all parameters of the query string; those that are neither of the
	// above nor arguments of the function are filters, such as age=gte.18.
	Pairs []Pair `query:"*" json:"-"`
}

// CallReply is the answer to a call.
type CallReply struct {
	// Data are the rows. A single value is a row of one column that is named like
	// the function.
	Data []map[string]any `json:"data"`
	// Count is the number of rows without the limit, where it was asked for.
	Count *int64 `json:"count,omitempty"`
}
